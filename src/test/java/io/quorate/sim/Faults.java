package io.quorate.sim;

import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.raft.HardState;
import io.quorate.raft.RaftCore;
import io.quorate.raft.RoleKind;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Does to a cluster what the {@link Climate} of the run allows, at moments drawn from the seed. */
final class Faults {
  private static final int STORM_MICROS = 5_000;
  private static final int CHANGE_MILLIS = 100;
  private static final int CRASH_MICROS = 5_000;

  private final Cluster cluster;
  private final SeededRandom random;
  private final Timeline timeline;
  private final int votersMin;

  /** Faults that leave {@code votersMin} voters at least. */
  Faults(Cluster cluster, int votersMin) {
    this.cluster = cluster;
    this.random = cluster.random;
    this.timeline = cluster.timeline;
    this.votersMin = votersMin;
  }

  void start() {
    cluster.network.setHostile(cluster.climate.lossPerMilleMax);
    cluster.onElected(this::endReign);
    cluster.onChanging(this::disturbChange);
    later();
  }

  /** In some runs nobody leads for long: figure 8 of the Raft paper needs three short reigns. */
  private void endReign(SimNode leader) {
    aimLater(leader, cluster.climate.reignMillis);
  }

  /** Old and new majority part while not all of them know of the change. */
  private void disturbChange(SimNode leader) {
    if (random.chance(cluster.climate.shufflePerMille / 2)) {
      aimLater(leader, CHANGE_MILLIS);
    }
  }

  private void aimLater(SimNode leader, int millis) {
    if (millis > 0 && !cluster.climate.isCalm()) {
      timeline.after(
          random.nextInt(millis * 1_000) * Timeline.MICROS,
          () -> {
            if (!cluster.climate.isCalm() && leader.core().roleKind() == RoleKind.LEADER) {
              aimAt(leader);
            }
          });
    }
  }

  private void later() {
    timeline.after(
        random.nextInt(cluster.climate.faultMillis) * Timeline.MILLIS,
        () -> {
          if (!cluster.climate.isCalm()) {
            happen();
            later();
          }
        });
  }

  private void happen() {
    SimNode node = cluster.pick();
    if (node == null) {
      return;
    }
    switch (cluster.climate.act(random)) {
      case PARTITION -> cluster.network.partition(cluster.ids());
      case LEADER_CUT -> {
        SimNode leader = cluster.leader();
        if (leader != null) {
          aimAt(leader);
        }
      }
      case CRASH -> cluster.crash(node);
      case POWER_CUT -> {
        if (random.chance(100)) {
          cluster.tally.count(Fault.POWER_CUT);
          cluster.nodes().forEach(cluster::crash);
        }
      }
      case PAUSE -> pause(node);
      case SLOW_DISK -> {
        node.device().setSlow(true);
        timeline.after(cluster.spell(), () -> node.device().setSlow(false));
      }
      case FULL_DISK -> {
        if (random.chance(400)) {
          node.device().setFull(true);
          timeline.after(cluster.spell(), () -> node.device().setFull(false));
        }
      }
      case CLOCK_DRIFT -> {
        cluster.tally.count(Fault.CLOCK_DRIFT);
        node.setDrift(0.5 + random.nextInt(1_500) / 1_000.0);
      }
      case TRANSFER -> lead(core -> core.transferLeadership(any()), Fault.TRANSFER);
      case RESIGNATION -> lead(RaftCore::resign, Fault.RESIGNATION);
      case EARLY_ELECTION -> campaign(node, Fault.EARLY_ELECTION);
      case ELECTION_STORM -> storm();
      case WIPED_DISK -> {
        if (random.chance(700)) {
          wipe(node);
        }
      }
      case CORRUPT_LOG -> {
        if (random.chance(700)) {
          corrupt(node);
        }
      }
      case DAMAGED_STORE -> damage(node);
      case DOOM -> node.doom(() -> cluster.crash(node));
      case OTHER_LOSS -> cluster.network.setHostile(cluster.climate.lossPerMilleMax);
    }
  }

  private void pause(SimNode node) {
    cluster.tally.count(Fault.PAUSE);
    node.process().pause(true);
    long millis = random.nextInt(cluster.climate.pauseMillis);
    timeline.after(millis * Timeline.MILLIS, () -> node.process().pause(false));
  }

  /** What a leader has just begun is not finished by it, and perhaps known to few. */
  private void aimAt(SimNode leader) {
    switch (random.nextInt(5)) {
      case 0 -> depose(Set.of(leader.id));
      case 1 -> depose(new HashSet<>(List.of(leader.id, any())));
      case 2 -> cluster.network.isolate(leader.id, cluster.ids(), 500);
      case 3 -> pause(leader);
      default -> {
        long at = random.nextInt(CRASH_MICROS) * Timeline.MICROS;
        timeline.after(at, () -> cluster.crash(leader));
      }
    }
  }

  /** The others elect somebody at once, while a leader and those on its side know nothing of it. */
  private void depose(Set<Long> side) {
    cluster.network.isolate(side, cluster.ids());
    for (SimNode other : cluster.nodes()) {
      if (!side.contains(other.id)) {
        timeline.after(
            random.nextInt(STORM_MICROS) * Timeline.MICROS,
            () -> campaign(other, Fault.EARLY_ELECTION));
      }
    }
  }

  private void lead(Predicate<RaftCore> what, Fault fault) {
    SimNode leader = cluster.leader();
    if (leader != null) {
      leader.act(
          core -> {
            if (what.test(core)) {
              cluster.tally.count(fault);
            }
          });
    }
  }

  private long any() {
    SimNode node = cluster.pick();
    return node == null ? HardState.NOBODY : node.id;
  }

  private void campaign(SimNode node, Fault fault) {
    node.act(
        core -> {
          // Its leader is gone, or so it believes.
          core.forgetLeader();
          if (core.campaign()) {
            cluster.tally.count(fault);
          }
        });
  }

  /** Many stand at nearly the same time, and some come back without waiting for the result. */
  private void storm() {
    int crashMicros = STORM_MICROS + 2 * cluster.climate.delayMicros();
    for (SimNode node : cluster.nodes()) {
      if (random.chance(600)) {
        timeline.after(
            random.nextInt(STORM_MICROS) * Timeline.MICROS,
            () -> campaign(node, Fault.ELECTION_STORM));
      }
      if (random.chance(400)) {
        timeline.after(
            random.nextInt(crashMicros) * Timeline.MICROS, () -> cluster.crashBriefly(node));
      }
    }
  }

  /** Finds a store damaged, where those of all others are whole. */
  private void damage(SimNode node) {
    if (node.process().isUp() && isSettledWith(node)) {
      cluster.tally.count(Fault.DAMAGED_STORE);
      node.quarantine();
    }
  }

  /** A log that is damaged is as good as a disk that is lost. */
  private void corrupt(SimNode node) {
    if (node.process().isUp() && isSettledWith(node)) {
      cluster.tally.count(Fault.CORRUPT_LOG);
      node.crash();
      node.disk().corruptLog(node.id, cluster.checks);
      lose(node);
    }
  }

  /** Loses a disk for good, where the others still make a majority whatever is under way. */
  private void wipe(SimNode node) {
    if (isSettledWith(node)) {
      cluster.tally.count(Fault.WIPED_DISK);
      lose(node);
    }
  }

  private void lose(SimNode node) {
    cluster.lose(node);
    if (random.chance(700)) {
      timeline.after(cluster.spell(), node::wipe);
    }
  }

  /** Whether {@code node} is one of enough voters, all of them whole, and nothing is under way. */
  private boolean isSettledWith(SimNode node) {
    SimNode newest =
        cluster.nodes().stream()
            .max(Comparator.comparingLong(each -> each.machine().appliedIndex()))
            .orElseThrow();
    Membership known = newest.core().membership();
    boolean settled =
        !known.isJoint()
            && known.voters().stream().noneMatch(cluster::isLost)
            && known.voters().stream().allMatch(id -> knows(id, known))
            && cluster.nodes().stream().noneMatch(SimNode::isQuarantined)
            && !cluster.mayChange();
    return settled && known.voters().contains(node.id) && known.voters().size() >= votersMin;
  }

  private boolean knows(long id, Membership known) {
    SimNode node = cluster.find(id);
    return node != null && node.hasCheckpointOf(known);
  }
}
