package io.quorate.chaos.report;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.report.Picture.Anchor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Draws facts as a diagram of time: a lane for each client or watcher, in it a bar from each call
 * to its answer, or a diamond for what took no time. All times at which something began or ended
 * have the same distance, as it is the order that matters: what ended before something else began
 * lies to the left of it, and only then.
 */
final class Evidence {
  private static final int TITLE_CHARS_MAX = 240;
  private static final double HEADER = 20;
  private static final double ROW = 31;
  private static final double BAR_TOP = 17;
  private static final double BAR = 8;
  private static final double MARGIN = 8;
  private static final double DIAMOND = 5;
  private static final double AXIS_HEIGHT = 36;

  private final Picture picture;
  private final List<Fact> facts;
  private final Instants instants;

  /** {@code id} is a name for the picture. */
  Evidence(Markup out, Size size, String id, List<Fact> facts) {
    this.picture = new Picture(out, size, id);
    this.facts = facts;
    this.instants = new Instants(facts);
  }

  /** A fact with its row in its lane and the place of its label. */
  private record Placed(Fact fact, int row, double label, String words) {}

  private record Lane(String name, List<Placed> facts, int rows) {
    double height() {
      return HEADER + rows * ROW;
    }
  }

  /** Draws it. */
  void draw() {
    Map<String, List<Fact>> byLane = new LinkedHashMap<>();
    facts.forEach(
        each -> byLane.computeIfAbsent(Telling.lane(each), k -> new ArrayList<>()).add(each));
    List<Lane> lanes = new ArrayList<>();
    byLane.forEach((name, those) -> lanes.add(lane(name, those)));
    double bottom = lanes.stream().mapToDouble(Lane::height).sum();
    picture.begin(bottom + AXIS_HEIGHT, "the facts that show it, in the order of time");
    marks(bottom);
    double y = 0;
    for (Lane each : lanes) {
      draw(each, y);
      y += each.height();
    }
    picture.end();
  }

  private Lane lane(String name, List<Fact> those) {
    Packing packing = new Packing(those.size());
    List<Placed> placed = new ArrayList<>();
    double width = picture.size().width() - 2 * MARGIN;
    for (Fact each : those) {
      String words = picture.size().fit(Telling.what(each), width);
      double wide = picture.size().widthOf(words);
      double begin = x(each.span().begin());
      double label = Math.max(MARGIN, Math.min(begin - DIAMOND, MARGIN + width - wide));
      double end = Math.max(end(each), label + wide);
      int row = packing.place(Math.min(begin - DIAMOND, label), end + 14);
      placed.add(new Placed(each, row, label, words));
    }
    return new Lane(name, placed, packing.rows());
  }

  /** What nobody answered may happen at any time after. */
  private double end(Fact fact) {
    return isOpen(fact) ? picture.size().width() - MARGIN : x(fact.span().end()) + DIAMOND;
  }

  private static boolean isOpen(Fact fact) {
    return fact instanceof Fact.Operation each && each.outcome() == Outcome.UNKNOWN;
  }

  private void draw(Lane lane, double top) {
    picture.line(0, top + 0.5, picture.size().width(), top + 0.5, "rule");
    String name = picture.size().fit(Words.name(lane.name()), picture.size().width());
    picture.text(0, top + 14, Anchor.START, "name", name);
    for (Placed each : lane.facts()) {
      double y = top + HEADER + each.row() * ROW;
      picture.out().open("g").element("title", title(each.fact()));
      picture.text(each.label(), y + 12, Anchor.START, "told", each.words());
      shape(each.fact(), y + BAR_TOP);
      picture.out().close().line();
    }
  }

  private String title(Fact fact) {
    return instants.when(fact) + ": " + Words.cut(Telling.what(fact), TITLE_CHARS_MAX);
  }

  private void shape(Fact fact, double y) {
    double begin = x(fact.span().begin());
    double end = x(fact.span().end());
    if (begin == end) {
      double middle = y + BAR / 2;
      picture.path(
          "M"
              + Picture.at(begin - DIAMOND, middle)
              + "L"
              + Picture.at(begin, middle - DIAMOND)
              + "L"
              + Picture.at(begin + DIAMOND, middle)
              + "L"
              + Picture.at(begin, middle + DIAMOND)
              + "Z",
          "point");
      return;
    }
    picture.rect(begin, y, end - begin, BAR, style(fact));
    if (isOpen(fact)) {
      double right = picture.size().width() - MARGIN;
      double middle = y + BAR / 2;
      picture.line(end, middle, right, middle, "open");
      picture.path(
          "M"
              + Picture.at(right - 6, y)
              + "L"
              + Picture.at(right, middle)
              + "L"
              + Picture.at(right - 6, y + BAR),
          "tip");
    }
  }

  private static String style(Fact fact) {
    if (fact instanceof Fact.Operation operation) {
      return switch (operation.outcome()) {
        case DONE -> "done";
        case REFUSED -> "refused";
        case UNKNOWN -> "unknown";
      };
    }
    return "f1";
  }

  /** Marks of time at as many of the times as have room. */
  private void marks(double bottom) {
    double free = 0;
    for (long each : instants.times()) {
      String label = instants.label(each);
      double half = picture.size().widthOf(label) / 2;
      double middle = Math.max(half, Math.min(picture.size().width() - half, x(each)));
      if (middle - half >= free) {
        picture.line(x(each), 0, x(each), bottom + 4, "grid");
        picture.text(middle, bottom + 17, Anchor.MIDDLE, "soft", label);
        free = middle + half + 12;
      }
    }
    String unit = "time since the run began; in order, not to scale";
    picture.text(picture.size().width(), bottom + 33, Anchor.END, "soft", unit);
  }

  private double x(long time) {
    int rank = instants.rank(time);
    double room = picture.size().width() - 2 * (MARGIN + DIAMOND);
    return MARGIN + DIAMOND + room * (rank + 0.5) / instants.count();
  }
}
