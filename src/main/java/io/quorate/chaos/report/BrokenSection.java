package io.quorate.chaos.report;

import io.quorate.chaos.check.Finding;
import io.quorate.chaos.check.Verdict;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.report.Table.Column;
import java.util.ArrayList;
import java.util.List;

/** The part of the page that shows what broken promises are broken by: drawn, and in words. */
final class BrokenSection {
  /** The most broken promises of which the evidence is shown. */
  static final int PROMISES_MAX = 8;

  /** The most facts of one picture. */
  static final int DRAWN_MAX = 24;

  /** The most facts that are listed below it. */
  static final int LISTED_MAX = 40;

  private final Markup out;

  BrokenSection(Markup out) {
    this.out = out;
  }

  /** Writes it, unless nothing is broken. */
  void write(List<Finding> findings) {
    List<Finding> broken =
        findings.stream().filter(each -> each.verdict() == Verdict.BROKEN).toList();
    if (broken.isEmpty()) {
      return;
    }
    out.section("evidence", "What is broken");
    for (int i = 0; i < Math.min(broken.size(), PROMISES_MAX); i++) {
      Finding each = broken.get(i);
      out.line().element("h3", Words.cutCounted(each.promise(), Report.WHY_CHARS_MAX));
      out.element("p", Words.cutCounted(each.why(), Report.WHY_CHARS_MAX));
      evidence("evidence" + (i + 1), each.evidence());
    }
    if (broken.size() > PROMISES_MAX) {
      out.note(Words.count(broken.size() - PROMISES_MAX, "more broken promise") + " not shown");
    }
    out.close();
  }

  private void evidence(String id, List<Fact> facts) {
    if (facts.isEmpty()) {
      out.note("the checker named no facts");
      return;
    }
    List<Fact> drawn = ends(facts, DRAWN_MAX);
    out.open("figure");
    for (Size each : Size.values()) {
      new Evidence(out, each, id, drawn).draw();
    }
    out.close();
    left(facts.size() - drawn.size(), "drawn");
    out.open("details", "open", "open").element("summary", "the same in words");
    List<Fact> listed = ends(facts, LISTED_MAX);
    list(listed);
    left(facts.size() - listed.size(), "listed");
    out.close();
  }

  private void list(List<Fact> facts) {
    Instants instants = new Instants(facts);
    Table table =
        new Table(out, new Column("when", "when"), new Column("who", "who"), Column.text("what"));
    for (Fact each : facts) {
      table
          .cell(instants.when(each))
          .cell(who(each))
          .cell("mono", Words.cutCounted(Telling.what(each), Report.WHY_CHARS_MAX));
    }
    table.end();
  }

  private void left(int count, String what) {
    if (count > 0) {
      out.note(Words.count(count, "fact") + " in the middle not " + what);
    }
  }

  /** The first and the last: what it began with and what it led to. */
  static List<Fact> ends(List<Fact> facts, int max) {
    if (facts.size() <= max) {
      return facts;
    }
    List<Fact> ends = new ArrayList<>(facts.subList(0, max / 2));
    ends.addAll(facts.subList(facts.size() - max / 2, facts.size()));
    return ends;
  }

  private static String who(Fact fact) {
    String lane = Words.cut(Telling.lane(fact), Telling.WORD_CHARS_MAX);
    return fact instanceof Fact.Operation operation && !operation.member().isEmpty()
        ? lane + " at " + Words.cut(operation.member(), Telling.WORD_CHARS_MAX)
        : lane;
  }
}
