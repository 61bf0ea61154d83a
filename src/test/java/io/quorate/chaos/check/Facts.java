package io.quorate.chaos.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Short names for facts that tests write by hand. */
final class Facts {
  private Facts() {}

  static Row row(String key, String value, long created, long modified, long version) {
    return new Row(key, value, created, modified, version, 0);
  }

  static Fact.Event put(Row row) {
    return new Fact.Event(row, false, Optional.empty());
  }

  static Fact.Event put(Row row, Row previous) {
    return new Fact.Event(row, false, Optional.of(previous));
  }

  static Fact.Event removal(String key, long revision) {
    return new Fact.Event(new Row(key, "", 0, revision, 0, 0), true, Optional.empty());
  }

  static Fact.WatchOpened opened(long at, String watcher, long from) {
    return new Fact.WatchOpened(at, watcher, "m1", "", from, false);
  }

  static Fact.WatchTold told(long at, String watcher, long revision, Fact.Event... events) {
    return new Fact.WatchTold(at, watcher, revision, List.of(events));
  }

  static Fact.State state(long at, String member, long revision, Row... rows) {
    return new Fact.State(at, member, revision, List.of(rows));
  }

  static Fact.Operation done(String client, Span span, long revision, Step.Write write) {
    return new Fact.Operation(
        client,
        "",
        span,
        Request.of(write),
        Outcome.DONE,
        Optional.of(new Reply(revision, true, List.of(new Reply.Result(List.of(), 0)))),
        "");
  }

  static Fact.Operation failed(String client, Span span, Outcome outcome, Step... steps) {
    return new Fact.Operation(
        client, "", span, Request.of(steps), outcome, Optional.empty(), "no luck");
  }

  /**
   * A transaction over lists that was done.
   *
   * @param steps in words: {@code "r x 1,2"} found that, {@code "w x 1,2,3"} wrote that
   */
  static Fact.Operation lists(String client, long begin, long end, String... steps) {
    List<Step> asked = new ArrayList<>();
    List<Reply.Result> results = new ArrayList<>();
    for (String each : steps) {
      List<String> words = List.of(each.split(" ", -1));
      if (words.get(0).equals("w")) {
        asked.add(new Step.Write(words.get(1), words.get(2), 0));
        results.add(new Reply.Result(List.of(), 0));
      } else {
        asked.add(new Step.Read(words.get(1)));
        List<Row> rows =
            words.get(2).isEmpty() ? List.of() : List.of(row(words.get(1), words.get(2), 2, 2, 1));
        results.add(new Reply.Result(rows, rows.size()));
      }
    }
    return new Fact.Operation(
        "append-" + client,
        "",
        new Span(begin, end),
        new Request(List.of(), asked, List.of(), false),
        Outcome.DONE,
        Optional.of(new Reply(2, true, results)),
        "");
  }

  static Fact.Run run(String... members) {
    return new Fact.Run(1, "hand", List.of(members), Map.of());
  }

  /** What a checker says of the promise whose name contains some words; there is exactly one. */
  static Finding finding(Checker checker, String promise, Fact... facts) {
    List<Finding> all =
        checker.check(new History(List.of(facts))).stream()
            .filter(each -> each.promise().contains(promise))
            .toList();
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  /** Asserts that a promise is broken, and that these facts are all of the evidence. */
  static void assertBroken(Finding finding, Fact... evidence) {
    assertThat(finding.verdict()).as(finding.why()).isEqualTo(Verdict.BROKEN);
    assertThat(finding.evidence()).containsExactly(evidence);
  }

  static void assertHeld(Finding finding) {
    assertThat(finding.verdict()).as(finding.why()).isEqualTo(Verdict.HELD);
  }
}
