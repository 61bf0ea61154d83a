package io.quorate.sim;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.StoreHash;
import io.quorate.raft.ConfChange;
import io.quorate.raft.HardState;
import io.quorate.raft.Message;
import io.quorate.raft.ProposeResult;
import io.quorate.raft.RaftCore;
import io.quorate.raft.RoleKind;
import io.quorate.raft.progress.Progress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One run: a cluster, clients and watches, first under all faults for a while (safety), then with
 * none, when everything must come to rest within a bound (liveness). All of it follows from the
 * seed.
 */
final class Simulation {
  private static final int CLIENTS = 5;
  private static final int WATCHERS = 4;
  private static final long CALM_MAX = 60 * Timeline.SECONDS;
  private static final int CALM_OPERATIONS = 200;
  // Some bugs need a quiet hour, some a storm: each run draws how wild it is.
  private static final int[] FAULT_MILLIS = {20, 100, 500, 1_500};
  private static final int[] SPELL_MILLIS = {40, 300, 3_000};
  private static final int[] LOSS_PER_MILLE = {20, 60, 300};
  private static final int OPERATOR_MILLIS = 700;

  private final int size;
  private final int faultMillis;
  private final int spellMillis;
  private final int lossPerMilleMax;
  private final Tally tally = new Tally();
  private final Timeline timeline = new Timeline();
  private final SeededRandom random;
  private final Checks checks = new Checks(tally);
  private final SimNetwork network;
  private final Map<Long, SimNode> nodes = new TreeMap<>();
  // Those that will never come back under their id: removed, or with their disk wiped.
  private final Set<Long> lost = new TreeSet<>();
  private final List<SimWatcher> watchers = new ArrayList<>();
  private final SimNode.World world;
  private long nextId;
  private boolean calm;
  private boolean quiet;

  Simulation(long seed, int size) {
    this.size = size;
    this.random = new SeededRandom(seed);
    this.faultMillis = draw(FAULT_MILLIS);
    this.spellMillis = draw(SPELL_MILLIS);
    this.lossPerMilleMax = draw(LOSS_PER_MILLE);
    this.network = new SimNetwork(timeline, random, tally, this::deliver, this::deliverBulk);
    this.world =
        new SimNode.World(
            timeline, random, tally, checks, network, !random.chance(400), this::onRemoved);
    Set<Long> founders = new TreeSet<>();
    for (long id = 1; id <= size; id++) {
      founders.add(id);
    }
    nextId = size + 1;
    founders.forEach(id -> nodes.put(id, new SimNode(id, Durable.ofFounder(founders), world)));
    SimClient.Told told = new SimClient.Told();
    for (int i = 0; i < CLIENTS; i++) {
      new SimClient("c" + i, timeline, random, tally, checks, told, () -> quiet ? null : pick())
          .start();
    }
    for (int i = 0; i < WATCHERS; i++) {
      KeyRange range =
          i % 2 == 0
              ? new KeyRange(Bytes.utf8("k"), Bytes.utf8("m"))
              : KeyRange.single(Bytes.utf8("k" + i));
      SimWatcher watcher = new SimWatcher(range, timeline, random, tally, checks, this::pick);
      watchers.add(watcher);
      watcher.start();
    }
  }

  /** Runs it; throws {@link AssertionError} when a promise was broken. */
  Tally run(long seconds) {
    long begin = System.nanoTime();
    network.setHostile(lossPerMilleMax);
    faultLater();
    operateLater();
    timeline.run(seconds * Timeline.SECONDS);
    heal();
    rest();
    tally.steps = timeline.steps();
    tally.virtualNanos = timeline.now();
    tally.realNanos = System.nanoTime() - begin;
    return tally;
  }

  /** How long something lasts. */
  private long spell() {
    return random.nextInt(spellMillis) * Timeline.MILLIS;
  }

  private int draw(int[] choices) {
    return choices[random.nextInt(choices.length)];
  }

  private void deliver(Message m) {
    SimNode to = nodes.get(m.to());
    if (to != null) {
      to.receive(m);
    }
  }

  private boolean deliverBulk(Message.InstallSnapshot m, Durable.Checkpoint content) {
    SimNode to = nodes.get(m.to());
    if (to == null || !to.process().isUp() || to.process().isPaused()) {
      return false;
    }
    to.receive(m, content);
    return true;
  }

  private @Nullable SimNode pick() {
    SimNode node = pick(each -> each.process().isUp() && each.core().leader() != HardState.NOBODY);
    // Now and then one that is no member yet, or knows nobody.
    return node == null || random.chance(100) ? pick(each -> each.process().isUp()) : node;
  }

  private @Nullable SimNode pick(Predicate<SimNode> wanted) {
    List<SimNode> found = nodes.values().stream().filter(wanted).toList();
    return found.isEmpty() ? null : found.get(random.nextInt(found.size()));
  }

  private void onRemoved(SimNode node) {
    lost.add(node.id);
    node.crash();
  }

  // --- faults ----------------------------------------------------------------------------------

  private void faultLater() {
    timeline.after(
        random.nextInt(faultMillis) * Timeline.MILLIS,
        () -> {
          if (!calm) {
            fault();
            faultLater();
          }
        });
  }

  private void fault() {
    SimNode node = pick();
    switch (random.nextInt(15)) {
      case 0, 1 -> network.partition(nodes.keySet());
      case 2 -> {
        if (node != null) {
          crash(node);
        }
      }
      case 3 -> {
        if (random.chance(100)) {
          tally.count(Fault.POWER_CUT);
          nodes.values().forEach(this::crash);
        }
      }
      case 4 -> {
        if (node != null) {
          tally.count(Fault.PAUSE);
          node.process().pause(true);
          timeline.after(spell(), () -> node.process().pause(false));
        }
      }
      case 5 -> {
        if (node != null) {
          node.device().setSlow(true);
          timeline.after(spell(), () -> node.device().setSlow(false));
        }
      }
      case 6 -> {
        if (node != null && random.chance(200)) {
          node.device().setFull(true);
          timeline.after(spell(), () -> node.device().setFull(false));
        }
      }
      case 7 -> {
        if (node != null) {
          tally.count(Fault.CLOCK_DRIFT);
          node.process().setDrift(0.5 + random.nextInt(1_500) / 1_000.0);
        }
      }
      case 8 -> lead(core -> core.transferLeadership(any()), Fault.TRANSFER);
      case 9 -> lead(RaftCore::resign, Fault.RESIGNATION);
      case 10 -> {
        if (node != null) {
          node.act(
              core -> {
                // Its leader is gone, or so it believes.
                core.forgetLeader();
                if (core.campaign()) {
                  tally.count(Fault.EARLY_ELECTION);
                }
              });
        }
      }
      case 11 -> {
        if (node != null && random.chance(150)) {
          wipe(node);
        }
      }
      case 12, 13 -> {
        if (node != null) {
          node.doom(() -> crash(node));
        }
      }
      default -> network.setHostile(lossPerMilleMax);
    }
  }

  private void lead(Predicate<RaftCore> what, Fault fault) {
    SimNode leader = leader();
    if (leader != null) {
      leader.act(
          core -> {
            if (what.test(core)) {
              tally.count(fault);
            }
          });
    }
  }

  private long any() {
    SimNode node = pick();
    return node == null ? HardState.NOBODY : node.id;
  }

  private void crash(SimNode node) {
    if (node.process().isUp() && !lost.contains(node.id)) {
      tally.count(Fault.CRASH);
      node.crash();
    }
    timeline.after(spell(), () -> restart(node));
  }

  private void restart(SimNode node) {
    if (!node.process().isUp() && !lost.contains(node.id)) {
      if (node.device().isFull() && !calm) {
        timeline.after(500 * Timeline.MILLIS, () -> restart(node));
      } else {
        node.start();
      }
    }
  }

  /** Loses a disk for good, where the others still make a majority whatever is under way. */
  private void wipe(SimNode node) {
    SimNode newest =
        nodes.values().stream()
            .max(Comparator.comparingLong(each -> each.machine().appliedIndex()))
            .orElseThrow();
    Membership known = newest.core().membership();
    boolean settled =
        !known.isJoint()
            && known.voters().stream().noneMatch(lost::contains)
            && known.voters().stream().allMatch(id -> nodes.get(id).hasCheckpointOf(known))
            && nodes.values().stream().noneMatch(SimNode::mayChange);
    if (settled && known.voters().contains(node.id) && known.voters().size() >= Math.max(size, 3)) {
      tally.count(Fault.WIPED_DISK);
      lost.add(node.id);
      node.crash();
    }
  }

  // --- the operator ----------------------------------------------------------------------------

  private @Nullable SimNode leader() {
    SimNode leader = null;
    for (SimNode node : nodes.values()) {
      if (node.process().isUp()
          && !node.process().isPaused()
          && node.core().roleKind() == RoleKind.LEADER
          && (leader == null || node.core().term() > leader.core().term())) {
        leader = node;
      }
    }
    return leader;
  }

  private void operateLater() {
    timeline.after(
        random.nextInt(OPERATOR_MILLIS) * Timeline.MILLIS,
        () -> {
          operate();
          operateLater();
        });
  }

  /** Replaces members that are lost, and now and then one that is not. */
  private void operate() {
    for (SimNode node : nodes.values()) {
      restartIfDown(node);
    }
    SimNode leader = leader();
    if (leader == null || leader.core().membership().isJoint()) {
      return;
    }
    leader.act(this::operate);
  }

  private void restartIfDown(SimNode node) {
    if (!node.process().isUp() && !lost.contains(node.id) && !node.device().isFull()) {
      timeline.after(spell(), () -> restart(node));
    }
  }

  private void operate(RaftCore core) {
    Set<Long> voters = core.membership().voters();
    Set<Long> learners = core.membership().learners();
    for (long id : voters) {
      if (lost.contains(id)) {
        replace(core, id);
        return;
      }
    }
    for (Progress progress : core.progress()) {
      if (learners.contains(progress.id()) && progress.match() + 100 > core.log().last()) {
        core.proposeConfChange(ConfChange.of(ConfChange.Op.ADD_VOTER, progress.id()));
        return;
      }
    }
    if (voters.size() + learners.size() < size) {
      long id = nextId++;
      ConfChange.Op op = random.chance(700) ? ConfChange.Op.ADD_LEARNER : ConfChange.Op.ADD_VOTER;
      if (core.proposeConfChange(ConfChange.of(op, id)) == ProposeResult.APPENDED) {
        nodes.put(id, new SimNode(id, Durable.empty(), world));
      }
    } else if (!calm && learners.isEmpty() && voters.size() > 1 && random.chance(30)) {
      core.proposeConfChange(ConfChange.of(ConfChange.Op.REMOVE, any()));
    }
  }

  /** Removes a lost member, or swaps it for a new one through a joint phase. */
  private void replace(RaftCore core, long gone) {
    if (!random.chance(400)) {
      core.proposeConfChange(ConfChange.of(ConfChange.Op.REMOVE, gone));
      return;
    }
    long id = nextId++;
    ConfChange swap =
        new ConfChange(
            ConfChange.Mode.JOINT,
            List.of(
                new ConfChange.Step(ConfChange.Op.REMOVE, gone),
                new ConfChange.Step(ConfChange.Op.ADD_VOTER, id)),
            Bytes.EMPTY);
    if (core.proposeConfChange(swap) == ProposeResult.APPENDED) {
      nodes.put(id, new SimNode(id, Durable.empty(), world));
    }
  }

  // --- rest ------------------------------------------------------------------------------------

  private void heal() {
    calm = true;
    network.setCalm();
    for (SimNode node : nodes.values()) {
      node.process().pause(false);
      node.process().setDrift(1);
      node.device().setSlow(false);
      node.device().setFull(false);
      restart(node);
    }
  }

  /** Without faults the group must elect, decide, and bring everybody to the same state. */
  private void rest() {
    long end = timeline.now() + CALM_MAX;
    long goal = tally.acknowledged + CALM_OPERATIONS;
    while (timeline.now() < end) {
      timeline.run(Timeline.SECONDS);
      quiet = tally.acknowledged > goal;
      if (quiet && atRest()) {
        return;
      }
    }
    throw new AssertionError(
        "no rest " + CALM_MAX / Timeline.SECONDS + " s after all faults ended: " + nodes.values());
  }

  private boolean atRest() {
    SimNode leader = leader();
    if (leader == null || !watchers.stream().allMatch(SimWatcher::isUpToDate)) {
      return false;
    }
    Set<Long> members = new TreeSet<>(leader.core().membership().voters());
    members.addAll(leader.core().membership().learners());
    if (members.size() < size || members.stream().anyMatch(lost::contains)) {
      return false;
    }
    StoreHash expected = leader.hash();
    for (long id : members) {
      SimNode node = nodes.get(id);
      if (node == null
          || !node.process().isUp()
          || node.machine().appliedIndex() != leader.machine().appliedIndex()) {
        return false;
      }
      checks.that(node.hash().equals(expected), "%s holds another state than %s", node, leader);
    }
    return true;
  }

  @Override
  public String toString() {
    return nodes.values().toString();
  }
}
