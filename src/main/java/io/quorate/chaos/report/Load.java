package io.quorate.chaos.report;

import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.report.Legend.Item;
import io.quorate.chaos.report.Picture.Anchor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Draws what clients had: answers for each second, what was not answered, and how long it took. */
final class Load {
  private static final double ANSWERED_HEIGHT = 96;
  private static final double FAILED_HEIGHT = 48;
  private static final double LATENCY_HEIGHT = 120;
  private static final double HEAD = 20;
  private static final double SPACE = 16;

  /** What is drawn at least, so that a run in which nothing failed has a scale. */
  private static final double RATE_MIN = 1;

  private final Picture picture;
  private final TimeAxis axis;
  private final List<Tally> tallies;
  private final long widthNanos;
  private final long endNanos;

  /** Where a plot lies, from above. */
  record Band(double top, double bottom) {}

  Load(Picture picture, TimeAxis axis, Figures figures) {
    this.picture = picture;
    this.axis = axis;
    this.tallies = figures.buckets().tallies();
    this.widthNanos = figures.buckets().widthNanos();
    this.endNanos = figures.asked().end();
  }

  /** Draws all three below {@code top} and says where each lies. */
  List<Band> draw(double top) {
    List<Band> bands = new ArrayList<>();
    double y = head(top, "answered, operations per second", List.of());
    rates(y, ANSWERED_HEIGHT, List.of(Outcome.DONE), List.of("done"));
    bands.add(new Band(y, y + ANSWERED_HEIGHT));
    y += ANSWERED_HEIGHT + SPACE;
    List<Item> failures =
        List.of(
            Item.area("refused", "refused"),
            Item.area("unknown", "unknown: nobody said whether it was done"));
    y = head(y, "not answered, operations per second", failures);
    List<Outcome> outcomes = List.of(Outcome.REFUSED, Outcome.UNKNOWN);
    rates(y, FAILED_HEIGHT, outcomes, List.of("refused", "unknown"));
    bands.add(new Band(y, y + FAILED_HEIGHT));
    y += FAILED_HEIGHT + SPACE;
    List<Item> lines =
        List.of(
            Item.line("p50", "median"),
            Item.line("p99", "99 of 100"),
            Item.line("max", "the longest"));
    y = head(y, "time to an answer, log scale", lines);
    latencies(y);
    bands.add(new Band(y, y + LATENCY_HEIGHT));
    return bands;
  }

  private double head(double top, String title, List<Item> legend) {
    picture.text(0, top + 13, Anchor.START, "head", title);
    double after = picture.size().widthOf(title) + 24;
    double width = picture.size().width();
    if (Legend.height(picture.size(), after, width, legend) <= Legend.LINE) {
      Legend.draw(picture, after, width, top, legend);
      return top + HEAD + 4;
    }
    return Legend.draw(picture, 0, width, top + Legend.LINE, legend) + 4;
  }

  /** Areas on top of each other. */
  private void rates(double top, double height, List<Outcome> outcomes, List<String> styles) {
    double most = RATE_MIN;
    for (int i = 0; i < tallies.size(); i++) {
      most = Math.max(most, rate(i, outcomes));
    }
    double max = niceAbove(most);
    Plot plot = plot(top, height, 0, max);
    for (double each : new double[] {0, max / 2, max}) {
      mark(plot.y(each), shortRate(each));
    }
    for (int k = 0; k < outcomes.size(); k++) {
      List<Outcome> below = outcomes.subList(0, k);
      List<Outcome> with = outcomes.subList(0, k + 1);
      picture.path(plot.area(i -> rate(i, below), i -> rate(i, with)), styles.get(k));
    }
  }

  /** For each second that the bucket has; the last may have less than the others. */
  private double rate(int bucket, List<Outcome> outcomes) {
    long count = outcomes.stream().mapToLong(tallies.get(bucket)::count).sum();
    long covered = Math.min(widthNanos, endNanos - bucket * widthNanos);
    double nanos = Math.max(covered, widthNanos / 10);
    return count * (double) TimeUnit.SECONDS.toNanos(1) / nanos;
  }

  private void latencies(double top) {
    long least = Long.MAX_VALUE;
    long most = 1;
    for (Tally each : tallies) {
      if (each.latencies().count() > 0) {
        least = Math.min(least, each.latencies().nanosAt(500));
        most = Math.max(most, each.latencies().maxNanos());
      }
    }
    int low = 6;
    int high = 9;
    if (least <= most) {
      low = (int) Math.floor(Math.log10((double) Math.max(1, least)));
      high = Math.max(low + 1, (int) Math.ceil(Math.log10((double) most)));
    }
    Plot plot = plot(top, LATENCY_HEIGHT, low, high);
    for (int decade = low; decade <= high; decade++) {
      mark(plot.y(decade), power(decade));
    }
    picture.path(plot.line(i -> log(i, 1000)), "max");
    picture.path(plot.line(i -> log(i, 990)), "p99");
    picture.path(plot.line(i -> log(i, 500)), "p50");
  }

  private double log(int bucket, int perMille) {
    Latencies latencies = tallies.get(bucket).latencies();
    return latencies.count() == 0
        ? Double.NaN
        : Math.log10((double) Math.max(1, latencies.nanosAt(perMille)));
  }

  private Plot plot(double top, double height, double min, double max) {
    return new Plot(axis, widthNanos, tallies.size(), top, top + height, min, max);
  }

  private void mark(double y, String label) {
    picture.line(axis.left(), y, axis.right(), y, "grid");
    picture.text(axis.left() - 6, y + 4, Anchor.END, "soft", label);
  }

  /** A round number that is not smaller. */
  static double niceAbove(double number) {
    double power = Math.pow(10, Math.floor(Math.log10(number)));
    for (double each : new double[] {1, 2, 4, 5, 8}) {
      if (each * power >= number) {
        return each * power;
      }
    }
    return 10 * power;
  }

  private static String shortRate(double rate) {
    if (rate >= 1_000_000) {
      return trimmed(rate / 1_000_000) + "M";
    }
    return rate >= 1_000 ? trimmed(rate / 1_000) + "k" : trimmed(rate);
  }

  private static String trimmed(double number) {
    String text = String.format(Locale.ROOT, "%.1f", number);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  /** Ten to that power in nanoseconds, with a unit. */
  static String power(int decade) {
    List<String> units = List.of("ns", "µs", "ms", "s");
    int unit = Math.min(units.size() - 1, decade / 3);
    return "1" + "0".repeat(decade - 3 * unit) + " " + units.get(unit);
  }
}
