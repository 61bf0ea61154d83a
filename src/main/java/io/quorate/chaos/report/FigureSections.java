package io.quorate.chaos.report;

import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.report.Reigns.Reign;
import io.quorate.chaos.report.Silences.Silence;
import io.quorate.chaos.report.Table.Column;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The parts of the page with the numbers: the timeline, the faults and the workloads. */
final class FigureSections {
  private final Markup out;
  private final Figures figures;
  private final List<FaultFigures> kinds;

  FigureSections(Markup out, Figures figures, List<FaultFigures> kinds) {
    this.out = out;
    this.figures = figures;
    this.kinds = kinds;
  }

  /** Writes all three. */
  void write() {
    timeline();
    faults();
    workloads();
  }

  private void timeline() {
    out.section("timeline", "Timeline");
    Timeline timeline = new Timeline(figures, kinds.stream().map(FaultFigures::kind).toList());
    out.open("figure");
    for (Size each : Size.values()) {
      timeline.draw(out, each);
    }
    out.element("output", "", "id", "pointed").close();
    out.note(leaders(figures) + "; " + silences(figures));
    out.note("an operation counts where it ended: with its answer, or when it was given up");
    out.close();
  }

  /** How long somebody led, and how often that changed. */
  static String leaders(Figures figures) {
    List<Reign> reigns = figures.reigns();
    if (reigns.isEmpty()) {
      return "nobody was seen to lead";
    }
    Set<Long> terms = new HashSet<>();
    long led = 0;
    for (Reign each : reigns) {
      terms.add(each.term());
      led += each.span().end() - each.span().begin();
    }
    double part = 100.0 * led / figures.nanos();
    return String.format(
        Locale.ROOT,
        "a leader was known for %.1f %% of the time, in %s",
        part,
        Words.count(terms.size(), "term"));
  }

  /** How long nobody was answered. */
  static String silences(Figures figures) {
    List<Silence> silences = figures.silences().atLeast(Timeline.SHADED_NANOS_MIN);
    String least = Words.duration(Timeline.SHADED_NANOS_MIN);
    if (silences.isEmpty()) {
      return "somebody was answered at least every " + least;
    }
    long all = silences.stream().mapToLong(Silence::nanos).sum();
    long longest = silences.stream().mapToLong(Silence::nanos).max().orElse(0);
    return "nobody was answered for "
        + least
        + " or more "
        + Words.count(silences.size(), "time")
        + ", "
        + Words.duration(all)
        + " together, "
        + Words.duration(longest)
        + " at the longest";
  }

  private void faults() {
    out.section("faults", "Faults");
    if (kinds.isEmpty()) {
      out.note("none was done").close();
      return;
    }
    out.note(
        "a silence is a time in which no request that writes was answered; of each fault the"
            + " longest counts that began while it worked, from its beginning at the earliest");
    Table table =
        new Table(
            out,
            Column.text("kind"),
            Column.number("times"),
            Column.number("proven"),
            Column.number("total time"),
            Column.number("longest silence"),
            Column.number("median silence"));
    for (int i = 0; i < kinds.size(); i++) {
      FaultFigures each = kinds.get(i);
      table
          .cell((i + 1) + " " + Words.cutCounted(each.kind(), Telling.WORD_CHARS_MAX))
          .cell(Words.count(each.count()))
          .cell(each.proven() < each.count() ? "doubt" : "", Words.count(each.proven()))
          .cell(Words.duration(each.nanos()))
          .cell(silence(each.longest()))
          .cell(silence(each.median()));
    }
    table.end();
    out.close();
  }

  /** One that was not over when the run was may have lasted longer. */
  static String silence(Optional<Silence> silence) {
    return silence
        .map(each -> (each.isOver() ? "" : "≥ ") + Words.duration(each.nanos()))
        .orElse("–");
  }

  private void workloads() {
    out.section("workloads", "Workloads");
    Table table =
        new Table(
            out,
            Column.text("workload"),
            Column.number("done"),
            Column.number("refused"),
            Column.number("unknown"),
            Column.number("median"),
            Column.number("99 of 100"),
            Column.number("longest"));
    figures.workloads().forEach((name, tally) -> workload(table, name, tally));
    workload(table, "all", figures.all());
    table.end();
    Span asked = figures.asked();
    double seconds = Math.max(1, asked.end() - asked.begin()) / 1e9;
    String rate = Words.count(Math.round(figures.all().count(Outcome.DONE) / seconds));
    out.note(
        "times are from the call to the answer, of those that were done; clients asked for "
            + Words.duration(asked.end() - asked.begin())
            + " and were answered "
            + rate
            + " times per second on average");
    out.close();
  }

  private static void workload(Table table, String name, Tally tally) {
    Latencies latencies = tally.latencies();
    table
        .cell(Words.cutCounted(name, Telling.WORD_CHARS_MAX))
        .cell(Words.count(tally.count(Outcome.DONE)))
        .cell(Words.count(tally.count(Outcome.REFUSED)))
        .cell(Words.count(tally.count(Outcome.UNKNOWN)))
        .cell(latency(latencies, latencies.nanosAt(500)))
        .cell(latency(latencies, latencies.nanosAt(990)))
        .cell(latency(latencies, latencies.maxNanos()));
  }

  /** A dash where nothing was answered. */
  static String latency(Latencies latencies, long nanos) {
    return latencies.count() == 0 ? "–" : Words.duration(nanos);
  }
}
