package io.quorate.sim;

import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.raft.HardState;
import io.quorate.raft.Message;
import io.quorate.raft.RaftCore;
import io.quorate.raft.RoleKind;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** All members that ever were in one run, and which of them are lost for good. */
final class Cluster implements SimNode.Listener {
  private static final long FULL_DISK_RETRY = 500 * Timeline.MILLIS;
  private static final long LEAVE_RETRY = 100 * Timeline.MILLIS;
  private static final int START_CUT_PER_MILLE = 200;
  private static final int BRIEF_MICROS = 3_000;
  // No message is on its way for longer, not even through a pause.
  private static final long CHANGE_MAX = 8 * Timeline.SECONDS;

  final Timeline timeline = new Timeline();
  final Tally tally = new Tally();
  final SeededRandom random;
  final Climate climate;
  final Checks checks = new Checks(tally, timeline);
  final SimNetwork network;
  final SimNode.World world;
  private final Map<Long, SimNode> nodes = new TreeMap<>();
  // Those that are to be replaced: removed, or with their disk wiped, with or without a new one.
  private final Set<Long> lost = new TreeSet<>();
  private final Set<Long> leaving = new TreeSet<>();
  private Consumer<SimNode> onElected = node -> {};
  private Consumer<SimNode> onChanging = node -> {};
  private long lastId;
  private long changedNanos;

  Cluster(long seed, int size) {
    random = new SeededRandom(seed);
    climate = new Climate(random);
    network = new SimNetwork(timeline, random, tally, climate, this::deliver, this::deliverBulk);
    world = new SimNode.World(timeline, random, tally, checks, network, climate, this);
    Set<Long> founders = new TreeSet<>();
    for (long id = 1; id <= size; id++) {
      founders.add(id);
    }
    founders.forEach(
        id -> nodes.put(id, new SimNode(id, Durable.ofFounder(founders, random), world)));
    lastId = size;
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

  /** The last of two stays until the other one knows for good that it is alone. */
  @Override
  public void removed(SimNode node) {
    Membership next = node.core().membership();
    SimNode sole = next.voters().size() == 1 ? nodes.get(next.voters().first()) : null;
    if (sole == null || sole.hasCheckpointOf(next)) {
      lose(node);
    } else if (leaving.add(node.id)) {
      timeline.after(
          LEAVE_RETRY,
          () -> {
            leaving.remove(node.id);
            if (node.isRemoved()) {
              removed(node);
            }
          });
    }
  }

  @Override
  public void elected(SimNode node) {
    onElected.accept(node);
  }

  /** Tells {@code listener} of each member that begins to lead. */
  void onElected(Consumer<SimNode> listener) {
    onElected = listener;
  }

  Set<Long> ids() {
    return nodes.keySet();
  }

  Collection<SimNode> nodes() {
    return nodes.values();
  }

  @Override
  public @Nullable SimNode find(long id) {
    return nodes.get(id);
  }

  boolean isLost(long id) {
    return lost.contains(id);
  }

  /** A change of the membership is on its way from the leader {@code core}. */
  void changing(RaftCore core) {
    changedNanos = timeline.now();
    SimNode leader = nodes.get(core.id());
    if (leader != null) {
      onChanging.accept(leader);
    }
  }

  /** Tells {@code listener} of each leader that begins to change the membership. */
  void onChanging(Consumer<SimNode> listener) {
    onChanging = listener;
  }

  /** Whether one may still be on its way. */
  boolean mayChange() {
    return timeline.now() < changedNanos + CHANGE_MAX
        || nodes.values().stream().anyMatch(SimNode::mayChange);
  }

  /** The id of the next member that joins. */
  long newId() {
    return ++lastId;
  }

  /** Starts a member that is to join. */
  void join(long id) {
    nodes.put(id, new SimNode(id, Durable.empty(random), world));
  }

  /** A member whom a client would find. */
  @Nullable SimNode pick() {
    SimNode leader = climate.isCalm() ? leader() : null;
    if (leader != null) {
      // Once all is well, clients have learnt who the members are.
      Membership members = leader.core().membership();
      return pick(
          each ->
              each.process().isUp()
                  && (members.voters().contains(each.id) || members.learners().contains(each.id)));
    }
    // Some know who led last, which may have changed.
    SimNode node =
        random.chance(300)
            ? pick(each -> each.process().isUp() && each.core().roleKind() == RoleKind.LEADER)
            : null;
    if (node != null) {
      return node;
    }
    node = pick(each -> each.process().isUp() && each.core().leader() != HardState.NOBODY);
    // Now and then one that is no member yet, or knows nobody.
    return node == null || random.chance(100) ? pick(each -> each.process().isUp()) : node;
  }

  private @Nullable SimNode pick(Predicate<SimNode> wanted) {
    List<SimNode> found = nodes.values().stream().filter(wanted).toList();
    return found.isEmpty() ? null : found.get(random.nextInt(found.size()));
  }

  /** The leader of the highest term that is up. */
  @Nullable SimNode leader() {
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

  /** How long something lasts. */
  long spell() {
    return random.nextInt(climate.spellMillis) * Timeline.MILLIS;
  }

  /** Ends a process for a while. */
  void crash(SimNode node) {
    if (node.process().isUp() && !lost.contains(node.id)) {
      tally.count(Fault.CRASH);
      node.crash();
    }
    restartLater(node);
  }

  /** Ends a process, which comes back before anybody has waited in vain. */
  void crashBriefly(SimNode node) {
    if (node.process().isUp() && !lost.contains(node.id)) {
      tally.count(Fault.CRASH);
      node.crash();
      timeline.after(random.nextInt(BRIEF_MICROS) * Timeline.MICROS, () -> restart(node));
    }
  }

  void restartLater(SimNode node) {
    timeline.after(spell(), () -> restart(node));
  }

  /** Ends a process; what may come under its id later is another member. */
  void lose(SimNode node) {
    lost.add(node.id);
    node.crash();
  }

  private void restart(SimNode node) {
    if (!node.process().isUp() && !lost.contains(node.id)) {
      if (node.device().isFull() && !climate.isCalm()) {
        timeline.after(FULL_DISK_RETRY, () -> restart(node));
      } else if (!climate.isCalm()
          && random.chance(START_CUT_PER_MILLE)
          && node.disk().losesPowerAtOpen(node.id, checks)) {
        tally.count(Fault.CUT_START);
        restartLater(node);
      } else {
        node.start();
      }
    }
  }

  /** Ends all faults. */
  void heal() {
    climate.setCalm();
    network.setCalm();
    for (SimNode node : nodes.values()) {
      node.process().pause(false);
      node.setDrift(1);
      node.device().setSlow(false);
      node.device().setFull(false);
      restart(node);
    }
  }

  @Override
  public String toString() {
    return nodes.values().toString();
  }
}
