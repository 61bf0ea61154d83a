package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What members hold in the end: all the same, and nothing that was acknowledged is lost. Let {@code
 * c} be the last known change of a key. If the key is there in the end, it was last written at
 * {@code c} or later, and its version counts every write since it was created. If it is not, {@code
 * c} is a removal; or nobody could have seen the removal, and somebody may have done it: whoever
 * was never answered, or the lease of the key.
 *
 * <p>Memory: that of a {@link Chronicle}, and the rows of one state once more.
 */
public final class FinalStates implements Checker {
  private static final String SAME = "end: all members hold the same";
  private static final String LOST = "end: no acknowledged write is lost";

  @Override
  public List<Finding> check(History history) {
    List<Fact.State> states = history.of(Fact.State.class);
    if (states.isEmpty()) {
      return history.of(Fact.Run.class).isEmpty()
          ? List.of()
          : List.of(
              Finding.inconclusive(SAME, "nobody said what is there in the end", 0),
              Finding.inconclusive(LOST, "nobody said what is there in the end", 0));
    }
    long newest = states.stream().mapToLong(Fact.State::revision).max().orElseThrow();
    List<Fact.State> last = states.stream().filter(it -> it.revision() == newest).toList();
    List<Finding> findings = new ArrayList<>();
    same(history, states, last).ifPresent(findings::add);
    findings.add(new Lost(history, newest).finding(last));
    return List.copyOf(findings);
  }

  private static Optional<Finding> same(
      History history, List<Fact.State> states, List<Fact.State> last) {
    Tally tally = new Tally(SAME);
    HashMap<Long, Fact.State> first = new HashMap<>();
    HashSet<String> upToDate = new HashSet<>();
    last.forEach(each -> upToDate.add(each.member()));
    HashSet<String> members = new HashSet<>();
    for (Fact.Run each : history.of(Fact.Run.class)) {
      members.addAll(each.members());
    }
    for (Fact.State each : states) {
      members.add(each.member());
      Fact.State known = first.putIfAbsent(each.revision(), each);
      if (known != null) {
        tally.looked(Math.max(1, each.rows().size()));
        difference(known, each)
            .ifPresent(
                key ->
                    tally.broken(
                        known.member()
                            + " and "
                            + each.member()
                            + " are at "
                            + each.revision()
                            + " and differ in "
                            + key,
                        List.of(known, each)));
      }
      if (!upToDate.contains(each.member())) {
        tally.unsure(
            each.member()
                + " is at "
                + each.revision()
                + " in the end, another at "
                + last.get(0).revision());
      }
    }
    return members.size() == 1 ? Optional.empty() : Optional.of(tally.finding("rows compared"));
  }

  /** The first key in which two states differ. */
  private static Optional<String> difference(Fact.State one, Fact.State other) {
    List<Row> left = one.rows();
    List<Row> right = other.rows();
    for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
      Row a = i < left.size() ? left.get(i) : null;
      Row b = i < right.size() ? right.get(i) : null;
      if (a == null || b == null) {
        return Optional.of(a == null ? right.get(i).key() : a.key());
      }
      if (!a.equals(b)) {
        return Optional.of(a.key().compareTo(b.key()) <= 0 ? a.key() : b.key());
      }
    }
    return Optional.empty();
  }

  /** Looks for what was acknowledged, or seen, and is not there. */
  private static final class Lost {
    private final Tally tally = new Tally(LOST);
    private final Chronicle chronicle;
    private final HashSet<String> watched = new HashSet<>();

    Lost(History history, long newest) {
      this.chronicle = new Chronicle(history, new Tally("told"));
      HashMap<String, String> prefixes = new HashMap<>();
      HashSet<String> compacted = new HashSet<>();
      for (Fact.WatchOpened each : history.of(Fact.WatchOpened.class)) {
        prefixes.put(each.watcher(), each.prefix());
      }
      for (Fact.WatchEnded each : history.of(Fact.WatchEnded.class)) {
        if (each.compacted() > 0) {
          compacted.add(each.watcher());
        }
      }
      for (Fact.WatchTold each : history.of(Fact.WatchTold.class)) {
        String prefix = prefixes.get(each.watcher());
        if (prefix != null && each.revision() >= newest && !compacted.contains(each.watcher())) {
          watched.add(prefix);
        }
      }
    }

    Finding finding(List<Fact.State> last) {
      for (Fact.State state : last) {
        HashMap<String, Row> rows = new HashMap<>();
        state.rows().forEach(row -> rows.put(row.key(), row));
        for (String key : chronicle.keys()) {
          Row row = rows.get(key);
          if (row == null) {
            lookAtAbsent(key, state);
          } else {
            lookAtPresent(key, row, state);
          }
        }
      }
      return tally.finding("writes that were answered or seen");
    }

    private void lookAtPresent(String key, Row row, Fact.State state) {
      long writes = 0;
      Change end = null;
      for (Change each : known(key, state).values()) {
        tally.looked();
        end = each;
        if (each.revision() < row.created() || each.revision() > row.modified()) {
          continue;
        }
        writes++;
        if (each.isRemoval()) {
          lost(each, state, row);
        }
      }
      if (end == null) {
        return;
      }
      Change told = new Change(row, false, true, null, state);
      if (end.revision() > row.modified()) {
        lost(end, state, row);
      } else if (end.revision() == row.modified() && !end.agrees(told)) {
        tally.broken(
            state.member() + " ends with other contents than " + end.text(),
            List.of(end.source(), state));
      } else if (writes > row.version()) {
        tally.broken(
            key
                + " is there with version "
                + row.version()
                + ", but was written "
                + writes
                + " times since it was created at "
                + row.created(),
            sources(key, row.created(), state));
      }
    }

    private void lookAtAbsent(String key, Fact.State state) {
      NavigableMap<Long, Change> changes = known(key, state);
      tally.looked(changes.size());
      if (!changes.isEmpty()) {
        Change end = changes.lastEntry().getValue();
        if (!end.isRemoval() && !isExcused(end)) {
          lost(end, state, null);
        }
      }
    }

    /** What happened up to the revision of a state: leases end also while it is read. */
    private NavigableMap<Long, Change> known(String key, Fact.State state) {
      return chronicle.of(key).headMap(state.revision(), true);
    }

    /** Whether a key may have been removed so that nobody could see it. */
    private boolean isExcused(Change end) {
      String key = end.row().key();
      return watched.stream().noneMatch(key::startsWith)
          && (end.row().lease() != 0 || chronicle.isPerhapsRemoved(key));
    }

    private void lost(Change change, Fact.State state, @Nullable Row row) {
      tally.broken(
          change.text()
              + " is lost: "
              + state.member()
              + " has "
              + (row == null ? "no such key" : "what was written at " + row.modified())
              + " at "
              + state.revision(),
          List.of(change.witness(), state));
    }

    private List<Fact> sources(String key, long from, Fact.State state) {
      List<Fact> sources = new ArrayList<>(List.of(state));
      chronicle.of(key).tailMap(from, true).values().forEach(it -> sources.add(it.witness()));
      return sources;
    }
  }
}
