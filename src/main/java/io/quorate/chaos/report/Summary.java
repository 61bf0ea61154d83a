package io.quorate.chaos.report;

import io.quorate.chaos.check.Finding;
import io.quorate.chaos.check.Verdict;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What came out of a run, for a terminal of {@link #COLUMNS_MAX} columns. */
public final class Summary {
  /** The most columns of a line. */
  public static final int COLUMNS_MAX = 100;

  /** The most lines. */
  public static final int LINES_MAX = 40;

  private static final int PROMISES_LINES_MAX = 12;
  private static final int KINDS_MAX = 6;
  private static final int WORKLOADS_MAX = 5;

  private final List<String> lines = new ArrayList<>();
  private final Figures figures;
  private final List<Finding> findings;

  private Summary(Figures figures, List<Finding> findings) {
    this.figures = figures;
    this.findings = Ruling.worstFirst(findings);
  }

  /**
   * The verdict, the promises and the most important numbers.
   *
   * @param history what was asked, answered and seen; read once
   * @param findings what checkers said of it
   * @param replay the command that does the same run again
   * @return lines that end in a line feed each; the command alone may exceed the columns
   */
  public static String text(History history, List<Finding> findings, String replay) {
    Summary summary = new Summary(Figures.of(history), findings);
    summary.verdict();
    summary.promises();
    summary.faults();
    summary.workloads();
    summary.lines.add("");
    summary.lines.add("again: " + Words.visible(Words.cut(replay, Markup.TEXT_CHARS_MAX)));
    return String.join("\n", summary.lines) + "\n";
  }

  private void verdict() {
    Ruling ruling = Ruling.of(figures.end(), findings);
    String headline = ruling.headline().toUpperCase(Locale.ROOT);
    lines.addAll(wrapped(headline + ": " + ruling.reason(), 0));
    String seed = figures.run().map(each -> Long.toString(each.seed())).orElse("unknown");
    line(
        figures.run().map(Fact.Run::target).orElse("unknown target")
            + ", seed "
            + seed
            + ", "
            + Words.duration(figures.nanos()));
    line("members " + Report.members(figures));
    line("operations " + Report.operations(figures));
    line(FigureSections.leaders(figures) + ";");
    line(FigureSections.silences(figures));
  }

  private void promises() {
    lines.add("");
    int end = lines.size() + PROMISES_LINES_MAX;
    int shown = 0;
    for (Finding each : findings) {
      String verdict = each.verdict().name().toLowerCase(Locale.ROOT);
      boolean isHeld = each.verdict() == Verdict.HELD;
      String why = isHeld ? Words.count(each.checked(), "check") : each.why();
      List<String> told =
          wrapped(String.format(Locale.ROOT, "%-12s  %s: %s", verdict, each.promise(), why), 14);
      if (lines.size() + told.size() > end) {
        break;
      }
      lines.addAll(told);
      shown++;
    }
    more(findings.size() - shown);
  }

  /** A text in one line or two, the second after so many blanks. */
  private static List<String> wrapped(String text, int indent) {
    String seen = Words.visible(Words.cut(text, 2 * COLUMNS_MAX));
    if (seen.length() <= COLUMNS_MAX) {
      return List.of(seen.stripTrailing());
    }
    int blank = seen.lastIndexOf(' ', COLUMNS_MAX);
    int first = blank > COLUMNS_MAX / 2 ? blank : COLUMNS_MAX;
    String rest = " ".repeat(indent) + seen.substring(first).strip();
    return List.of(seen.substring(0, first).stripTrailing(), Words.cut(rest, COLUMNS_MAX));
  }

  private void faults() {
    List<FaultFigures> kinds = FaultFigures.of(figures.faults(), figures.silencesOfWrites());
    if (kinds.isEmpty()) {
      return;
    }
    lines.add("");
    line(row("fault", "times", "proven", "longest", "median silence"));
    for (FaultFigures each : kinds.subList(0, Math.min(kinds.size(), KINDS_MAX))) {
      line(
          row(
              each.kind(),
              Words.count(each.count()),
              Words.count(each.proven()),
              FigureSections.silence(each.longest()),
              FigureSections.silence(each.median())));
    }
    more(kinds.size() - KINDS_MAX);
  }

  private void workloads() {
    lines.add("");
    line(row("workload", "done", "not done", "median", "99 of 100"));
    List<Map.Entry<String, Tally>> workloads =
        figures.workloads().entrySet().stream().limit(WORKLOADS_MAX).toList();
    for (Map.Entry<String, Tally> each : workloads) {
      Tally tally = each.getValue();
      Latencies latencies = tally.latencies();
      line(
          row(
              each.getKey(),
              Words.count(tally.count(Outcome.DONE)),
              Words.count(tally.all() - tally.count(Outcome.DONE)),
              FigureSections.latency(latencies, latencies.nanosAt(500)),
              FigureSections.latency(latencies, latencies.nanosAt(990))));
    }
    more(figures.workloads().size() - WORKLOADS_MAX);
  }

  private static String row(String name, String... numbers) {
    StringBuilder row = new StringBuilder();
    row.append(String.format(Locale.ROOT, "%-24s", Words.cut(Words.name(name), 24)));
    for (String each : numbers) {
      row.append(String.format(Locale.ROOT, " %16s", each));
    }
    return row.toString();
  }

  private void more(int count) {
    if (count > 0) {
      line(Words.count(count) + " more, see the report");
    }
  }

  private void line(String text) {
    String seen = Words.visible(Words.cut(text, COLUMNS_MAX));
    lines.add(Words.cut(seen, COLUMNS_MAX).stripTrailing());
  }
}
