package io.quorate.sim;

import io.quorate.base.Bytes;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.StoreHash;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One run: a cluster, clients and watches, first under all faults for a while (safety), then with
 * none, when everything must come to rest within a bound (liveness). All of it follows from the
 * seed.
 */
final class Simulation {
  private static final int WATCHERS = 4;
  private static final int VOTERS_MIN = 3;
  private static final long CALM_MAX = 60 * Timeline.SECONDS;
  private static final int CALM_OPERATIONS = 30;
  private static final int BACKLOG_MAX = 50;

  private final int size;
  private final Cluster cluster;
  private final List<SimWatcher> watchers = new ArrayList<>();
  private boolean quiet;
  private long steadyTerm;
  private long steadyNanos;

  Simulation(long seed, int size) {
    this.size = size;
    this.cluster = new Cluster(seed, size);
    SimClient.Told told = new SimClient.Told();
    for (int i = 0; i < cluster.climate.clients; i++) {
      new SimClient("c" + i, cluster.world, told, () -> quiet ? null : cluster.pick()).start();
    }
    for (int i = 0; i < cluster.climate.tenants; i++) {
      new SimTenant(i, cluster.world, cluster::pick).start();
    }
    for (int i = 0; i < WATCHERS; i++) {
      KeyRange range =
          i % 2 == 0
              ? new KeyRange(Bytes.utf8("k"), Bytes.utf8("m"))
              : KeyRange.single(Bytes.utf8("k" + i));
      SimWatcher watcher = new SimWatcher(range, cluster.world, cluster::pick);
      watchers.add(watcher);
      watcher.start();
    }
  }

  /** Runs it; throws {@link AssertionError} when a promise was broken. */
  Tally run(long seconds) {
    long begin = System.nanoTime();
    new Faults(cluster, Math.max(size, VOTERS_MIN)).start();
    new Operator(cluster, size).start();
    cluster.timeline.run(seconds * Timeline.SECONDS);
    cluster.heal();
    rest();
    Tally tally = cluster.tally;
    tally.steps = cluster.timeline.steps();
    tally.virtualNanos = cluster.timeline.now();
    tally.realNanos = System.nanoTime() - begin;
    return tally;
  }

  /** Without faults the group must elect, decide, and bring everybody to the same state. */
  private void rest() {
    long end = cluster.timeline.now() + CALM_MAX;
    long goal = cluster.tally.acknowledged + (long) CALM_OPERATIONS * cluster.climate.clients;
    while (cluster.timeline.now() < end) {
      cluster.timeline.run(Timeline.SECONDS);
      steady();
      quiet = cluster.tally.acknowledged > goal;
      if (quiet && atRest()) {
        return;
      }
    }
    throw new AssertionError(
        "no rest " + CALM_MAX / Timeline.SECONDS + " s after all faults ended: " + cluster);
  }

  /** As long as one member leads, what nobody renews ends in time. */
  private void steady() {
    SimNode leader = cluster.leader();
    long term = leader == null || !leader.leases().isCounting() ? 0 : leader.core().term();
    if (term == 0 || term != steadyTerm || isBehind(leader)) {
      steadyTerm = term;
      steadyNanos = cluster.timeline.now();
    } else {
      cluster
          .checks
          .leases()
          .steady(steadyNanos, cluster.climate.electionNanos(), cluster.climate.leaseLimits());
    }
  }

  /** Whether what a leader proposes waits for much that was proposed before. */
  private static boolean isBehind(@Nullable SimNode leader) {
    return leader != null
        && leader.core().log().last() - leader.core().log().commit() > BACKLOG_MAX;
  }

  private boolean atRest() {
    SimNode leader = cluster.leader();
    if (leader == null
        || !cluster.checks.leases().isEmpty()
        || !watchers.stream().allMatch(SimWatcher::isUpToDate)) {
      return false;
    }
    Set<Long> members = new TreeSet<>(leader.core().membership().voters());
    members.addAll(leader.core().membership().learners());
    if (members.size() < size || members.stream().anyMatch(cluster::isLost)) {
      return false;
    }
    StoreHash expected = leader.hash();
    for (long id : members) {
      SimNode node = cluster.find(id);
      if (node == null
          || !node.process().isUp()
          || node.machine().appliedIndex() != leader.machine().appliedIndex()) {
        return false;
      }
      cluster.checks.that(
          node.hash().equals(expected), "%s holds another state than %s", node, leader);
    }
    return true;
  }

  @Override
  public String toString() {
    return cluster.toString();
  }
}
