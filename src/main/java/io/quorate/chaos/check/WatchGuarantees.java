package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Reply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * The promises of watches, as the API gives them: ordered, unique, reliable, atomic, resumable and
 * bookmarkable; beyond these, that the row before is right, that the numbers of a row follow from
 * what was before, and that everybody tells the same of a revision.
 *
 * <p>A watch that was told how far it is ({@code told}) must have told all known changes of its
 * prefix up to there. What is known is the {@link Chronicle}. Where its history was compacted, it
 * may go on at the oldest revision that is left; where it begins with now, there is no gap before.
 *
 * <p>Time: each event is looked up a few times in trees. Memory: the chronicle, and the events of
 * one watcher at a time.
 */
public final class WatchGuarantees implements Checker {
  @Override
  public List<Finding> check(History history) {
    Map<String, List<Fact>> watchers = watchers(history);
    if (watchers.isEmpty()) {
      return List.of();
    }
    WatchTallies tallies = new WatchTallies();
    Chronicle chronicle = new Chronicle(history, tallies.agreed);
    List<Fact.State> states = history.of(Fact.State.class);
    long newest = newest(history);
    for (Map.Entry<String, List<Fact>> each : watchers.entrySet()) {
      new WatchCourse(each.getKey(), chronicle, tallies, states, newest).follow(each.getValue());
    }
    return tallies.findings();
  }

  private static Map<String, List<Fact>> watchers(History history) {
    Map<String, List<Fact>> watchers = new LinkedHashMap<>();
    for (Fact fact : history.facts()) {
      String watcher = null;
      if (fact instanceof Fact.WatchOpened it) {
        watcher = it.watcher();
      } else if (fact instanceof Fact.WatchTold it) {
        watcher = it.watcher();
      } else if (fact instanceof Fact.WatchEnded it) {
        watcher = it.watcher();
      }
      if (watcher != null) {
        watchers.computeIfAbsent(watcher, name -> new ArrayList<>()).add(fact);
      }
    }
    return watchers;
  }

  /**
   * The newest revision of an answer, an event or a state: leases end also while states are read.
   */
  private static long newest(History history) {
    LongStream answers =
        history.of(Fact.Operation.class).stream()
            .flatMap(each -> each.reply().stream())
            .mapToLong(Reply::revision);
    LongStream events =
        history.of(Fact.WatchTold.class).stream()
            .flatMap(each -> each.events().stream())
            .mapToLong(each -> each.row().modified());
    LongStream states = history.of(Fact.State.class).stream().mapToLong(Fact.State::revision);
    return LongStream.concat(answers, LongStream.concat(events, states)).max().orElse(0);
  }
}
