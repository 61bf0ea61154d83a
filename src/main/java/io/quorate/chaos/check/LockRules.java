package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Guard;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A lock has one holder at a time, who holds from the fact that it does to the fact that it no
 * longer counts on that; a later holder has a greater fence; and of the writes that the operations
 * of one workload guarded by a fence, no later one has a smaller one. Such a write has a guard that
 * compares {@link Guard.Field#CREATED} of the lock's key with the fence.
 *
 * <p>Memory: one entry for each time that a lock was taken.
 */
public final class LockRules implements Checker {
  private final String workload;

  /** From when to when somebody held a lock; without an end it went on. */
  private record Hold(Fact.LockTold taken, Fact.@Nullable LockTold left) {}

  /** Who holds what. */
  private record Holder(String client, String lock, long fence) {}

  /** A write at a revision under a fence. */
  private record Guarded(long revision, long fence, Fact.Operation operation) {}

  /**
   * Looks at locks.
   *
   * @param workload whose operations write under a lock
   */
  public LockRules(String workload) {
    this.workload = workload;
  }

  @Override
  public List<Finding> check(History history) {
    List<Fact.LockTold> told = history.of(Fact.LockTold.class);
    if (told.isEmpty()) {
      return List.of();
    }
    Tally holders = new Tally("lock: one holder at a time");
    Tally fences = new Tally("lock: fences grow");
    Tally writes = new Tally("lock: no write after one with a greater fence");
    for (List<Hold> each : holds(told).values()) {
      each.sort(Comparator.comparingLong(hold -> hold.taken().at()));
      lookAtHolders(each, holders);
      lookAtFences(each, fences);
    }
    for (List<Guarded> each : guarded(history).values()) {
      each.sort(Comparator.comparingLong(Guarded::revision));
      lookAtWrites(each, writes);
    }
    return List.of(
        holders.finding("times that a lock was taken"),
        fences.finding("times that a lock was taken"),
        writes.finding("writes under a lock"));
  }

  private static Map<String, List<Hold>> holds(List<Fact.LockTold> told) {
    Map<String, List<Hold>> holds = new LinkedHashMap<>();
    HashMap<Holder, List<Integer>> open = new HashMap<>();
    for (Fact.LockTold each : told) {
      List<Hold> ofLock = holds.computeIfAbsent(each.lock(), lock -> new ArrayList<>());
      List<Integer> places =
          open.computeIfAbsent(
              new Holder(each.client(), each.lock(), each.fence()), key -> new ArrayList<>());
      if (each.isHeld()) {
        places.add(ofLock.size());
        ofLock.add(new Hold(each, null));
      } else if (!places.isEmpty()) {
        int place = places.remove(places.size() - 1);
        ofLock.set(place, new Hold(ofLock.get(place).taken(), each));
      }
    }
    return holds;
  }

  private static void lookAtHolders(List<Hold> holds, Tally tally) {
    Hold longest = null;
    for (Hold each : holds) {
      tally.looked();
      if (longest != null && each.taken().at() < until(longest)) {
        List<Fact> evidence = new ArrayList<>(List.of(longest.taken(), each.taken()));
        if (longest.left() != null) {
          evidence.add(longest.left());
        }
        tally.broken(
            each.taken().client()
                + " took "
                + each.taken().lock()
                + " while "
                + longest.taken().client()
                + " held it",
            evidence);
      }
      longest = longest == null || until(each) > until(longest) ? each : longest;
    }
  }

  private static long until(Hold hold) {
    return hold.left() == null ? Long.MAX_VALUE : hold.left().at();
  }

  private static void lookAtFences(List<Hold> holds, Tally tally) {
    Hold before = null;
    for (Hold each : holds) {
      tally.looked();
      if (before != null && each.taken().fence() <= before.taken().fence()) {
        tally.broken(
            each.taken().lock()
                + " was taken with the fence "
                + each.taken().fence()
                + " after "
                + before.taken().fence(),
            List.of(before.taken(), each.taken()));
      }
      before = before == null || each.taken().fence() > before.taken().fence() ? each : before;
    }
  }

  private Map<String, List<Guarded>> guarded(History history) {
    Map<String, List<Guarded>> writes = new LinkedHashMap<>();
    for (Fact.Operation each : history.operations(workload)) {
      long fence = fence(each);
      if (fence == 0 || !each.reply().map(Reply::succeeded).orElse(false)) {
        continue;
      }
      for (Step step : each.request().then()) {
        if (step instanceof Step.Write write) {
          writes
              .computeIfAbsent(write.key(), key -> new ArrayList<>())
              .add(new Guarded(each.reply().get().revision(), fence, each));
        }
      }
    }
    return writes;
  }

  /** The fence that guards a request; 0 if none does. */
  private static long fence(Fact.Operation operation) {
    for (Guard guard : operation.request().guards()) {
      if (guard.field() == Guard.Field.CREATED && !guard.expected().equals("0")) {
        return Long.parseLong(guard.expected());
      }
    }
    return 0;
  }

  private static void lookAtWrites(List<Guarded> writes, Tally tally) {
    Guarded greatest = null;
    for (Guarded each : writes) {
      tally.looked();
      if (greatest != null && each.fence() < greatest.fence()) {
        tally.broken(
            "a write at "
                + each.revision()
                + " under the fence "
                + each.fence()
                + " came after one at "
                + greatest.revision()
                + " under "
                + greatest.fence(),
            List.of(greatest.operation(), each.operation()));
      }
      if (each.fence() >= each.revision()) {
        tally.broken(
            "a write at " + each.revision() + " found a lock that was made at " + each.fence(),
            List.of(each.operation()));
      }
      greatest = greatest == null || each.fence() > greatest.fence() ? each : greatest;
    }
  }
}
