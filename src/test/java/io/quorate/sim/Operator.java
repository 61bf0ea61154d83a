package io.quorate.sim;

import io.quorate.base.Bytes;
import io.quorate.base.SeededRandom;
import io.quorate.raft.ConfChange;
import io.quorate.raft.ProposeResult;
import io.quorate.raft.RaftCore;
import io.quorate.raft.progress.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who looks after a cluster: starts what is down, replaces members that are lost, and now and then
 * one that is not. A restless one lets other members vote all the time, several at once; one with
 * ebb and flow leaves a single member, and adds others again.
 */
final class Operator {
  private final Cluster cluster;
  private final SeededRandom random;
  private final int size;

  /** An operator who wants {@code size} members. */
  Operator(Cluster cluster, int size) {
    this.cluster = cluster;
    this.random = cluster.random;
    this.size = size;
  }

  void start() {
    cluster.timeline.after(
        random.nextInt(cluster.climate.operatorMillis) * Timeline.MILLIS,
        () -> {
          look();
          start();
        });
  }

  private void look() {
    for (SimNode node : cluster.nodes()) {
      if (!node.process().isUp() && !cluster.isLost(node.id) && !node.device().isFull()) {
        cluster.restartLater(node);
      }
    }
    SimNode leader = cluster.leader();
    if (leader != null) {
      leader.act(this::operate);
    }
  }

  private void operate(RaftCore core) {
    if (core.membership().isJoint()) {
      if (!core.membership().autoLeave()) {
        propose(core, ConfChange.LEAVE_JOINT);
      }
      return;
    }
    Set<Long> voters = core.membership().voters();
    Set<Long> learners = core.membership().learners();
    for (long id : voters) {
      if (cluster.isLost(id)) {
        replace(core, id);
        return;
      }
    }
    if (cluster.nodes().stream().anyMatch(SimNode::isQuarantined)) {
      // Nobody changes who votes while one of them cannot lead.
      return;
    }
    if (!cluster.climate.isCalm() && random.chance(cluster.climate.shufflePerMille)) {
      shuffle(core);
      return;
    }
    for (Progress progress : core.progress()) {
      if (learners.contains(progress.id()) && progress.match() + 100 > core.log().last()) {
        propose(core, ConfChange.of(ConfChange.Op.ADD_VOTER, progress.id()));
        return;
      }
    }
    int members = voters.size() + learners.size();
    if (isEbb()) {
      if (members > 1) {
        removeAny(core);
      }
    } else if (members < size) {
      long id = cluster.newId();
      ConfChange.Op op = random.chance(700) ? ConfChange.Op.ADD_LEARNER : ConfChange.Op.ADD_VOTER;
      join(core, id, ConfChange.of(op, id));
    } else if (!cluster.climate.isCalm()
        && learners.isEmpty()
        && voters.size() > 1
        && random.chance(30)) {
      removeAny(core);
    }
  }

  private boolean isEbb() {
    long period = cluster.climate.ebbMillis * Timeline.MILLIS;
    return period > 0 && !cluster.climate.isCalm() && cluster.timeline.now() / period % 2 == 1;
  }

  private void removeAny(RaftCore core) {
    SimNode gone = cluster.pick();
    if (gone != null) {
      propose(core, ConfChange.of(ConfChange.Op.REMOVE, gone.id));
    }
  }

  private boolean propose(RaftCore core, ConfChange change) {
    boolean taken = core.proposeConfChange(change) == ProposeResult.APPENDED;
    if (taken) {
      cluster.changing(core);
    }
    return taken;
  }

  /** Removes a lost member, or swaps it for a new one through a joint phase. */
  private void replace(RaftCore core, long gone) {
    if (!random.chance(400)) {
      propose(core, ConfChange.of(ConfChange.Op.REMOVE, gone));
      return;
    }
    long id = cluster.newId();
    ConfChange swap =
        new ConfChange(
            ConfChange.Mode.JOINT,
            List.of(
                new ConfChange.Step(ConfChange.Op.REMOVE, gone),
                new ConfChange.Step(ConfChange.Op.ADD_VOTER, id)),
            Bytes.EMPTY);
    join(core, id, swap);
  }

  /** Starts member {@code id} if the change that lets it in was taken. */
  private void join(RaftCore core, long id, ConfChange change) {
    if (propose(core, change)) {
      cluster.join(id);
    }
  }

  /** Draws who votes from now on among all members; the others learn. */
  private void shuffle(RaftCore core) {
    Set<Long> all = new TreeSet<>(core.membership().voters());
    all.addAll(core.membership().learners());
    List<ConfChange.Step> steps = new ArrayList<>();
    int voters = 0;
    for (long id : all) {
      boolean votes = random.chance(600);
      voters += votes ? 1 : 0;
      boolean voted = core.membership().voters().contains(id);
      if (votes != voted) {
        ConfChange.Op op = votes ? ConfChange.Op.ADD_VOTER : ConfChange.Op.ADD_LEARNER;
        steps.add(new ConfChange.Step(op, id));
      }
    }
    ConfChange.Mode mode =
        random.chance(500) ? ConfChange.Mode.JOINT : ConfChange.Mode.JOINT_EXPLICIT;
    if (voters > 0 && !steps.isEmpty()) {
      ConfChange change = new ConfChange(mode, steps, Bytes.EMPTY);
      if (propose(core, change)) {
        cluster.tally.count(Fault.JOINT_CHANGE);
      }
    }
  }
}
