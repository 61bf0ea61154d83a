package io.quorate.chaos.report;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.report.Picture.Anchor;
import io.quorate.chaos.report.Reigns.Reign;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Draws a lane for each member: a row for when it led, and below it the faults that it had. Faults
 * that were meant for nobody by name have a lane of their own.
 */
final class Lanes {
  /** The most members that have a lane. */
  static final int LANES_MAX = 16;

  /** The most rows of faults in a lane. */
  static final int ROWS_MAX = 6;

  /** The most faults and reigns, each, that are drawn in all lanes. */
  static final int MARKS_MAX = 1200;

  static final String EVERYWHERE = "(all)";

  /** How many colours the style has for kinds of faults. */
  static final int COLOURS = 8;

  private static final double ROW = 16;
  private static final double BAR = 13;
  private static final double SPACE = 10;
  private static final double WIDTH_MIN = 2;

  private final Picture picture;
  private final TimeAxis axis;
  private final List<String> kinds;
  private long leftOut;

  /** {@code kinds} of faults have the number of their place, from 1, and its colour. */
  Lanes(Picture picture, TimeAxis axis, List<String> kinds) {
    this.picture = picture;
    this.axis = axis;
    this.kinds = kinds;
  }

  /** The names of all lanes, at most {@link #LANES_MAX}. */
  static List<String> names(Figures figures) {
    Set<String> names = new LinkedHashSet<>(figures.members());
    boolean isEverywhere = false;
    for (Fact.Fault each : figures.faults()) {
      names.addAll(each.targets());
      isEverywhere |= each.targets().isEmpty();
    }
    figures.reigns().forEach(each -> names.add(each.leader()));
    if (isEverywhere) {
      names.add(EVERYWHERE);
    }
    return names.stream().limit(LANES_MAX).toList();
  }

  /** Draws them below {@code top} and says where they end. */
  double draw(double top, List<String> names, Figures figures) {
    Map<String, List<Fact.Fault>> faults = new LinkedHashMap<>();
    for (Target each : targets(figures.faults(), new LinkedHashSet<>(names))) {
      faults.computeIfAbsent(each.lane(), k -> new ArrayList<>()).add(each.fault());
    }
    Map<String, List<Reign>> reigns = new LinkedHashMap<>();
    for (Reign each : longest(figures.reigns())) {
      reigns.computeIfAbsent(each.leader(), k -> new ArrayList<>()).add(each);
    }
    double y = top;
    for (String each : names) {
      y = lane(y, each, reigns.getOrDefault(each, List.of()), faults.getOrDefault(each, List.of()));
    }
    return y;
  }

  /** A fault at one of those that it was meant for. */
  private record Target(String lane, Fact.Fault fault) {}

  /** The longest of all, which can be seen best. */
  private List<Target> targets(List<Fact.Fault> faults, Set<String> lanes) {
    List<Target> all = new ArrayList<>();
    for (Fact.Fault fault : faults) {
      List<String> names = fault.targets().isEmpty() ? List.of(EVERYWHERE) : fault.targets();
      names.stream().distinct().forEach(each -> all.add(new Target(each, fault)));
    }
    List<Target> drawn =
        all.stream()
            .filter(each -> lanes.contains(each.lane()))
            .sorted(Comparator.comparingLong(each -> shortness(each.fault().span())))
            .limit(MARKS_MAX)
            .toList();
    leftOut += all.size() - drawn.size();
    return drawn;
  }

  /** Those that can be seen best. */
  private static List<Reign> longest(List<Reign> reigns) {
    return reigns.stream()
        .sorted(Comparator.comparingLong(each -> shortness(each.span())))
        .limit(MARKS_MAX)
        .toList();
  }

  private static long shortness(Span span) {
    return span.begin() - span.end();
  }

  /** How many faults were not drawn, for want of room. */
  long leftOut() {
    return leftOut;
  }

  private double lane(double top, String name, List<Reign> reigns, List<Fact.Fault> faults) {
    String shown = Words.cut(Words.name(name), picture.size().gutterChars());
    picture.line(0, top, axis.right(), top, "rule");
    picture.text(0, top + SPACE / 2 + 12, Anchor.START, "name", shown);
    double y = top + SPACE / 2;
    for (Reign each : reigns) {
      reign(y, each);
    }
    int rows = faults(y + ROW, faults);
    return y + ROW * (1 + Math.max(1, rows)) + SPACE / 2;
  }

  private void reign(double y, Reign reign) {
    double x = axis.x(reign.span().begin());
    double width = Math.max(1, axis.width(reign.span()));
    String title = "leader of term " + reign.term() + ", " + when(reign.span());
    begin(title);
    picture.rect(x, y + 2, width, BAR - 2, "leads");
    for (String label : List.of("leads term " + reign.term(), Long.toString(reign.term()))) {
      if (picture.size().widthOf(label) + 6 <= width) {
        picture.text(x + 3, y + 11.5, Anchor.START, "leadtext", label);
        break;
      }
    }
    picture.out().close();
  }

  /** A fault with the places of its bar and of its label. */
  private record Placed(Fact.Fault fault, int row, double x, double width, double label) {}

  private int faults(double top, List<Fact.Fault> faults) {
    List<Fact.Fault> inOrder = new ArrayList<>(faults);
    inOrder.sort(Comparator.comparingLong(each -> each.span().begin()));
    List<Placed> placed = place(inOrder, true);
    boolean hasNumbers = placed.size() == inOrder.size();
    if (!hasNumbers) {
      placed = place(inOrder, false);
      leftOut += inOrder.size() - placed.size();
    }
    double[] nexts = new double[ROWS_MAX];
    Arrays.fill(nexts, axis.right());
    int rows = 0;
    for (int i = placed.size() - 1; i >= 0; i--) {
      Placed each = placed.get(i);
      double room = hasNumbers ? nexts[each.row()] - each.label() : 0;
      draw(each, top + each.row() * ROW, room);
      nexts[each.row()] = Math.min(each.x(), each.label()) - 4;
      rows = Math.max(rows, each.row() + 1);
    }
    return rows;
  }

  private List<Placed> place(List<Fact.Fault> inOrder, boolean withNumbers) {
    List<Placed> placed = new ArrayList<>();
    Packing packing = new Packing(ROWS_MAX);
    for (Fact.Fault each : inOrder) {
      double x = axis.x(each.span().begin());
      double width = Math.max(WIDTH_MIN, axis.width(each.span()));
      if (!withNumbers) {
        int row = packing.place(x, x + width + 1);
        if (row >= 0) {
          placed.add(new Placed(each, row, x, width, x));
        }
        continue;
      }
      double number = picture.size().widthOf(number(each));
      // Within a bar that has room, else behind it; at the right edge in front of it.
      double behind = width >= number + 5 ? x + 3 : x + width + 2;
      double label = behind + number <= axis.right() ? behind : x - number - 2;
      double end = Math.max(x + width, label + number + 4);
      int row = packing.place(Math.min(x, label), end + 1);
      if (row >= 0) {
        placed.add(new Placed(each, row, x, width, label));
      }
    }
    return placed;
  }

  private void draw(Placed placed, double y, double room) {
    Fact.Fault fault = placed.fault();
    int colour = index(fault) % COLOURS;
    String proof = fault.isProven() ? ", proven: " : ", not proven: ";
    String title =
        Words.cut(fault.kind(), Telling.WORD_CHARS_MAX)
            + ", "
            + when(fault.span())
            + proof
            + Words.cut(fault.evidence(), Telling.WORD_CHARS_MAX);
    begin(title);
    if (fault.isProven()) {
      picture.rect(placed.x(), y + 1, placed.width(), BAR, "f" + colour);
    } else {
      picture
          .out()
          .leaf(
              "rect",
              "x",
              placed.x(),
              "y",
              y + 1,
              "width",
              placed.width(),
              "height",
              BAR,
              "class",
              "u" + colour,
              "fill",
              picture.stripes(colour));
    }
    String full = number(fault) + " " + Words.name(fault.kind());
    for (String label : List.of(full, number(fault))) {
      if (picture.size().widthOf(label) <= room) {
        picture.text(placed.label(), y + 11.5, Anchor.START, "mark", label);
        break;
      }
    }
    picture.out().close();
  }

  /** What is told to whoever points there; nobody points at a telephone. */
  private void begin(String title) {
    picture.out().open("g");
    if (picture.size() == Size.WIDE) {
      picture.out().element("title", title);
    }
  }

  private String number(Fact.Fault fault) {
    return Integer.toString(index(fault) + 1);
  }

  /** Of its kind; a kind too many counts as the others. */
  private int index(Fact.Fault fault) {
    int index = kinds.indexOf(fault.kind());
    return index >= 0 ? index : kinds.indexOf(FaultFigures.OTHERS);
  }

  private static String when(Span span) {
    return Words.seconds(span.begin(), 1)
        + " to "
        + Words.seconds(span.end(), 1)
        + " ("
        + Words.duration(span.end() - span.begin())
        + ")";
  }
}
