package io.quorate.chaos.report;

import io.quorate.chaos.check.Finding;
import io.quorate.chaos.check.Verdict;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.report.Table.Column;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The page that tells what came out of a run: one file that needs no network and no other file. It
 * is below {@link #PAGE_BYTES_MAX}, however long the run was, and in general below a tenth of that:
 * times are put into buckets, and of all else a bounded number is shown, with a word on how many
 * are not.
 */
public final class Report {
  /** What no page exceeds, in bytes, even if all its text has to be escaped. */
  public static final int PAGE_BYTES_MAX = 4 * 1024 * 1024;

  /** The most promises in the table; the worst come first. */
  static final int PROMISES_MAX = 100;

  /** The most options that are shown. */
  static final int OPTIONS_MAX = 100;

  /** The most characters of a reason or an option. */
  static final int WHY_CHARS_MAX = 400;

  private static final int MEMBERS_MAX = 16;

  private final Markup out = new Markup();
  private final Figures figures;
  private final List<Finding> findings;
  private final Ruling ruling;
  private final String replay;

  private Report(Figures figures, List<Finding> findings, String replay) {
    this.figures = figures;
    this.findings = Ruling.worstFirst(findings);
    this.ruling = Ruling.of(figures.end(), findings);
    this.replay = replay;
  }

  /**
   * Writes the page; a file that is there is overwritten.
   *
   * @param file where to
   * @param history what was asked, answered and seen; read once
   * @param findings what checkers said of it
   * @param replay the command that does the same run again, as text
   * @throws IOException if it cannot be written
   */
  public static void write(Path file, History history, List<Finding> findings, String replay)
      throws IOException {
    Files.writeString(file, page(history, findings, replay), StandardCharsets.UTF_8);
  }

  /** The page as text. */
  static String page(History history, List<Finding> findings, String replay) {
    return new Report(Figures.of(history), findings, replay).page();
  }

  private String page() {
    out.own("<!DOCTYPE html>").line();
    out.open("html", "lang", "en", "xmlns", "http://www.w3.org/1999/xhtml").open("head").line();
    out.leaf("meta", "charset", "utf-8");
    out.leaf("meta", "http-equiv", "Content-Security-Policy", "content", Look.policy());
    out.leaf("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    out.line().element("title", ruling.headline() + ": " + target());
    out.line().open("style").own(Look.style()).close();
    out.line().close().open("body").line();
    verdict();
    promises();
    new BrokenSection(out).write(findings);
    timeline();
    options();
    out.open("script").own(Look.SCRIPT).close().line();
    return out.close().close().line().page();
  }

  private String target() {
    return figures.run().map(each -> each.target()).orElse("unknown target");
  }

  private void verdict() {
    out.open("header", "id", "verdict");
    out.element("h1", ruling.headline(), "class", style(ruling.verdict()));
    out.element("p", Words.cutCounted(ruling.reason(), WHY_CHARS_MAX), "class", "reason");
    out.open("dl");
    entry("target", Words.cutCounted(target(), WHY_CHARS_MAX));
    entry("seed", figures.run().map(each -> Long.toString(each.seed())).orElse("unknown"));
    entry("members", members(figures));
    entry("duration", Words.duration(figures.nanos()));
    entry("operations", operations(figures));
    out.element("dt", "replay").open("dd").element("code", replay).close();
    out.close().close().line();
  }

  private void entry(String name, String text) {
    out.element("dt", name).element("dd", text);
  }

  static String members(Figures figures) {
    List<String> members = figures.members();
    List<String> shown =
        members.stream()
            .limit(MEMBERS_MAX)
            .map(each -> Words.cut(each, Telling.WORD_CHARS_MAX))
            .toList();
    String more = members.size() > MEMBERS_MAX ? " and more" : "";
    return members.isEmpty()
        ? "unknown"
        : Words.count(members.size()) + ": " + String.join(", ", shown) + more;
  }

  static String operations(Figures figures) {
    Tally all = figures.all();
    return Words.count(all.all())
        + ": "
        + Words.count(all.count(Outcome.DONE))
        + " done, "
        + Words.count(all.count(Outcome.REFUSED))
        + " refused, "
        + Words.count(all.count(Outcome.UNKNOWN))
        + " unknown";
  }

  private void promises() {
    out.section("promises", "Promises");
    Table table =
        new Table(
            out,
            Column.text("promise"),
            Column.text("verdict"),
            Column.number("checked"),
            Column.text("why"));
    for (Finding each : findings.subList(0, Math.min(findings.size(), PROMISES_MAX))) {
      table
          .cell(Words.cutCounted(each.promise(), WHY_CHARS_MAX))
          .cell(style(each.verdict()), style(each.verdict()))
          .cell(Words.count(each.checked()))
          .cell(Words.cutCounted(each.why(), WHY_CHARS_MAX));
    }
    table.end();
    left(findings.size() - PROMISES_MAX, "promise");
    out.close();
  }

  private static String style(Verdict verdict) {
    return verdict.name().toLowerCase(Locale.ROOT);
  }

  private void left(long count, String one) {
    if (count > 0) {
      out.note(Words.count(count, "more " + one) + " not shown");
    }
  }

  private void timeline() {
    List<FaultFigures> kinds = FaultFigures.of(figures.faults(), figures.silencesOfWrites());
    new FigureSections(out, figures, kinds).write();
  }

  private void options() {
    out.section("options", "Options");
    Table table = new Table(out, Column.text("option"), Column.text("value"));
    Map<String, String> options =
        new TreeMap<>(figures.run().map(Fact.Run::options).orElse(Map.of()));
    options.entrySet().stream()
        .limit(OPTIONS_MAX)
        .forEach(
            each ->
                table
                    .cell("mono", Words.cutCounted(each.getKey(), Telling.WORD_CHARS_MAX))
                    .cell("mono", Words.cutCounted(each.getValue(), WHY_CHARS_MAX)));
    table.end();
    left(options.size() - OPTIONS_MAX, "option");
    out.close();
  }
}
