package io.quorate.chaos.report;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Span;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who led when, by what members said: a member leads a term while more members named it than half
 * of those with which the run began, each counted with what it said last. Those that were added and
 * removed meanwhile make no majority harder. Where no half agrees, or somebody knows of a newer
 * term, nobody is known to lead.
 */
final class Reigns {
  private Reigns() {}

  /**
   * A time in which a member led.
   *
   * @param span from when to when, as far as members told
   */
  record Reign(Span span, String leader, long term) {}

  private record Vote(String leader, long term) {}

  /** In their order; {@code end} is when the run ended. */
  static List<Reign> of(List<String> members, List<Fact.Leader> told, long end) {
    List<Reign> reigns = new ArrayList<>();
    Map<String, Vote> votes = new HashMap<>();
    Set<String> all = new HashSet<>(members);
    boolean isToldWho = !members.isEmpty();
    Vote present = new Vote("", 0);
    long since = 0;
    List<Fact.Leader> inOrder = new ArrayList<>(told);
    inOrder.sort(Comparator.comparingLong(Fact.Leader::at));
    for (Fact.Leader each : inOrder) {
      if (!isToldWho) {
        all.add(each.member());
      }
      votes.put(each.member(), new Vote(each.leader(), each.term()));
      Vote elected = elected(votes, present, all.size());
      if (!elected.equals(present)) {
        add(reigns, present, since, each.at());
        present = elected;
        since = each.at();
      }
    }
    add(reigns, present, since, Math.max(end, since));
    return reigns;
  }

  private static void add(List<Reign> reigns, Vote who, long from, long to) {
    if (!who.leader().isEmpty()) {
      reigns.add(new Reign(new Span(from, to), who.leader(), who.term()));
    }
  }

  private static Vote elected(Map<String, Vote> votes, Vote present, int members) {
    Map<Vote, Integer> counts = new HashMap<>();
    votes.values().forEach(vote -> counts.merge(vote, 1, Integer::sum));
    long newest = votes.values().stream().mapToLong(Vote::term).max().orElse(0);
    return counts.entrySet().stream()
        .filter(each -> each.getKey().leader().isEmpty() || each.getKey().term() == newest)
        .filter(each -> 2 * each.getValue() > members)
        .map(Map.Entry::getKey)
        .findAny()
        .orElse(new Vote("", present.term()));
  }
}
