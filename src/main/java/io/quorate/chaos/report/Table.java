package io.quorate.chaos.report;

import java.util.List;

/**
 * Writes a table. In a narrow window the style makes a block of each row, so every cell carries the
 * name of its column.
 */
final class Table {
  private final Markup out;
  private final List<Column> columns;
  private int next;

  /**
   * A column.
   *
   * @param name what its cells are
   * @param style {@code number} for numbers, or nothing
   */
  record Column(String name, String style) {
    static Column text(String name) {
      return new Column(name, "");
    }

    static Column number(String name) {
      return new Column(name, "number");
    }
  }

  /** Begins a table with these columns. */
  Table(Markup out, Column... columns) {
    this.out = out;
    this.columns = List.of(columns);
    out.line().open("table").open("thead").open("tr");
    for (Column each : columns) {
      out.element("th", each.name(), "class", each.style(), "scope", "col");
    }
    out.close().close().open("tbody");
  }

  /** The next cell, of a new row if the last is full. */
  Table cell(String style, String text) {
    if (next == 0) {
      out.line().open("tr");
    }
    Column column = columns.get(next++);
    String both = (column.style() + " " + style).strip();
    out.element("td", text, "class", both, "data-name", column.name());
    if (next == columns.size()) {
      out.close();
      next = 0;
    }
    return this;
  }

  /** A cell in the usual style. */
  Table cell(String text) {
    return cell("", text);
  }

  /** Ends the table; its last row must be full. */
  void end() {
    out.close().close().line();
  }
}
