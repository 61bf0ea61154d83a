package io.quorate.chaos.report;

import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.report.Legend.Item;
import io.quorate.chaos.report.Load.Band;
import io.quorate.chaos.report.Picture.Anchor;
import io.quorate.chaos.report.Silences.Silence;
import io.quorate.chaos.report.TimeAxis.Mark;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Draws what happened when: the load, the leaders and the faults above one axis of time. */
final class Timeline {
  /** From this length on, a time without any answer is shaded. */
  static final long SHADED_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(500);

  private static final double GUTTER = 62;
  private static final double SPACE = 18;

  private final Figures figures;
  private final List<String> kinds;

  /** {@code kinds} of faults, in the order of their numbers. */
  Timeline(Figures figures, List<String> kinds) {
    this.figures = figures;
    this.kinds = kinds;
  }

  /** Draws it. */
  void draw(Markup out, Size size) {
    List<String> names = Lanes.names(figures);
    TimeAxis axis = new TimeAxis(gutter(size, names), size.width() - 10, figures.nanos());
    // How high it is, is known in the end only; and what is shaded lies below all else.
    Markup front = new Markup();
    Picture drawn = new Picture(front, size, "timeline");
    Lanes lanes = new Lanes(drawn, axis, kinds);
    List<Band> bands = new Load(drawn, axis, figures).draw(0);
    double load = bands.get(bands.size() - 1).bottom();
    drawn.text(0, load + SPACE + 13, Anchor.START, "head", "leaders and faults by member");
    double end = lanes.draw(load + SPACE + 22, names, figures);
    double labels = axis(drawn, axis, end);
    double height = Legend.draw(drawn, 0, size.width(), labels + 8, legend(drawn));
    if (lanes.leftOut() > 0) {
      String leftOut = Words.count(lanes.leftOut(), "fault") + " not drawn, for want of room";
      drawn.text(0, height + 12, Anchor.START, "soft", leftOut);
      height += Legend.LINE;
    }

    Picture picture = new Picture(out, size, "timeline");
    picture.begin(height + 2, "load, leaders and faults over time");
    picture.defineStripes(Math.min(Lanes.COLOURS, kinds.size()));
    bands.forEach(each -> backdrop(picture, axis, each));
    backdrop(picture, axis, new Band(load + SPACE + 22, end));
    out.own(front.page());
    if (size == Size.WIDE) {
      columns(picture, axis, load);
    }
    picture.end();
  }

  private static double gutter(Size size, List<String> names) {
    int longest = names.stream().mapToInt(each -> Words.name(each).length()).max().orElse(0);
    String widest = "m".repeat(Math.min(size.gutterChars(), longest));
    return Math.max(GUTTER, size.widthOf(widest) + 8);
  }

  /** Lines for the marks of time, and shades where nobody was answered. */
  private void backdrop(Picture picture, TimeAxis axis, Band band) {
    double height = band.bottom() - band.top();
    double shaded = axis.left();
    for (Silence each : figures.silences().atLeast(SHADED_NANOS_MIN)) {
      double begin = Math.max(shaded, axis.x(each.span().begin()));
      double end = Math.max(axis.x(each.span().end()), axis.x(each.span().begin()) + 1);
      // Shades that would lie on each other are one.
      if (end - begin >= 0.5) {
        picture.rect(begin, band.top(), end - begin, height, "gap");
        shaded = end;
      }
    }
    for (Mark each : axis.marks(picture.size())) {
      double x = axis.x(each.at());
      picture.line(x, band.top(), x, band.bottom(), "grid");
    }
  }

  private static double axis(Picture picture, TimeAxis axis, double top) {
    picture.line(axis.left(), top, axis.right(), top, "axis");
    for (Mark each : axis.marks(picture.size())) {
      double half = picture.size().widthOf(each.label()) / 2;
      if (axis.x(each.at()) + half <= picture.size().width()) {
        picture.text(axis.x(each.at()), top + 17, Anchor.MIDDLE, "soft", each.label());
      }
    }
    picture.text(axis.right(), top + 34, Anchor.END, "soft", axis.unit());
    return top + 40;
  }

  private List<Item> legend(Picture picture) {
    List<Item> items = new ArrayList<>();
    items.add(Item.area("leads", "leads, with its term"));
    String length = Words.duration(SHADED_NANOS_MIN);
    items.add(Item.area("gap shown", "no answer to anybody for " + length + " or more"));
    if (figures.faults().stream().anyMatch(each -> !each.isProven())) {
      items.add(new Item("u0", picture.stripes(0), false, "striped: a fault not proven to work"));
    }
    for (int i = 0; i < kinds.size(); i++) {
      items.add(Item.area("f" + i % Lanes.COLOURS, (i + 1) + " " + Words.name(kinds.get(i))));
    }
    return items;
  }

  /** Invisible, one for each bucket: they tell the numbers to whoever points there. */
  private void columns(Picture picture, TimeAxis axis, double bottom) {
    List<Tally> tallies = figures.buckets().tallies();
    long width = figures.buckets().widthNanos();
    for (int i = 0; i < tallies.size(); i++) {
      double x = axis.x(i * width);
      picture
          .out()
          .open(
              "rect",
              "class",
              "column",
              "x",
              x,
              "y",
              20,
              "width",
              axis.x((i + 1) * width) - x,
              "height",
              bottom - 20);
      picture.out().element("title", numbers(tallies.get(i), i * width, width)).close();
    }
  }

  private static String numbers(Tally tally, long from, long width) {
    String counts =
        Words.clock(from)
            + " to "
            + Words.clock(from + width)
            + ": "
            + Words.count(tally.count(Outcome.DONE))
            + " done, "
            + Words.count(tally.count(Outcome.REFUSED))
            + " refused, "
            + Words.count(tally.count(Outcome.UNKNOWN))
            + " unknown";
    Latencies latencies = tally.latencies();
    return latencies.count() == 0
        ? counts
        : counts
            + "; median "
            + Words.duration(latencies.nanosAt(500))
            + ", 99 of 100 "
            + Words.duration(latencies.nanosAt(990))
            + ", longest "
            + Words.duration(latencies.maxNanos());
  }
}
