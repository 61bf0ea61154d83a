package io.quorate.chaos.report;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes a page that is HTML and XML at once. All text and all values of attributes are escaped
 * here and nowhere else, and cut at {@link #TEXT_CHARS_MAX}; elements close in the order in which
 * they must.
 */
final class Markup {
  /** The most characters of one text or value. What callers show is far below. */
  static final int TEXT_CHARS_MAX = 4096;

  /** Text of our own in an attribute, which is neither cut nor escaped. */
  record Own(String text) {}

  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /** Begins an element; attributes are names and values in turn. */
  Markup open(String tag, Object... attributes) {
    begin(tag, attributes);
    out.append('>');
    open.push(tag);
    return this;
  }

  /** Ends the element that was begun last. */
  Markup close() {
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  /** An element without content: of HTML only those that never have any. */
  Markup leaf(String tag, Object... attributes) {
    begin(tag, attributes);
    out.append("/>");
    return this;
  }

  /** An element that holds only text. */
  Markup element(String tag, String text, Object... attributes) {
    return open(tag, attributes).text(text).close();
  }

  /** Begins a part of the page with its heading. */
  Markup section(String id, String heading) {
    return line().open("section", "id", id).element("h2", heading);
  }

  /** A remark of one line. */
  Markup note(String text) {
    return element("p", text, "class", "note");
  }

  /** Text. */
  Markup text(String text) {
    escape(text);
    return this;
  }

  /** A line feed, so that the source can be read. */
  Markup line() {
    out.append('\n');
    return this;
  }

  /** Our own text as it is, for style and script. */
  Markup own(String text) {
    out.append(text);
    return this;
  }

  /** The whole page; everything must be closed. */
  String page() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not closed: " + open);
    }
    return out.toString();
  }

  private void begin(String tag, Object... attributes) {
    out.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      if (attributes[i].equals("class") && attributes[i + 1].equals("")) {
        continue;
      }
      out.append(' ').append(attributes[i]).append("=\"");
      if (attributes[i + 1] instanceof Own own) {
        out.append(own.text());
      } else {
        escape(value(attributes[i + 1]));
      }
      out.append('"');
    }
  }

  private static String value(Object value) {
    return value instanceof Double number ? number(number) : value.toString();
  }

  /** A place in a picture, to a tenth of a pixel. */
  static String number(double value) {
    long tenths = Math.round(value * 10);
    String sign = tenths < 0 ? "-" : "";
    long rest = Math.abs(tenths);
    return sign + rest / 10 + (rest % 10 == 0 ? "" : "." + rest % 10);
  }

  private void escape(String text) {
    String shown = Words.visible(Words.cut(text, TEXT_CHARS_MAX));
    for (int i = 0; i < shown.length(); i++) {
      char each = shown.charAt(i);
      switch (each) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(each);
      }
    }
  }
}
