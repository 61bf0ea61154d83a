package io.quorate.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A group of members whose every step, fault and message order follows from one seed. */
final class RandomCluster {
  private static final int STEPS = 10_000;
  private static final int QUEUE_MAX = 400;
  private static final int HEAL_ROUNDS_MAX = 3000;
  private static final int SPARE_MEMBERS = 2;
  private static final RaftConfig.Limits SMALL = new RaftConfig.Limits(150, 3, 400, 2000, 300, 100);

  private final SeededRandom random;
  private final boolean reconfigures;
  private final Faults seen;
  private final Map<Long, SimMember> members = new TreeMap<>();
  private final List<Message> queue = new ArrayList<>();
  private final Set<Long> cutOff = new TreeSet<>();

  // What the checks know.
  private final Map<Long, Long> leaders = new TreeMap<>();
  private final TreeMap<Long, Entry> committed = new TreeMap<>();
  private final Map<Long, Long> readsAsked = new TreeMap<>();
  private long commitMax;
  private long nextContext = 1;
  private long proposals;
  private int answered;

  RandomCluster(long seed, int voters, boolean preVote, boolean reconfigures, Faults seen) {
    this.random = new SeededRandom(seed);
    this.reconfigures = reconfigures;
    this.seen = seen;
    TreeSet<Long> ids = new TreeSet<>();
    for (long id = 1; id <= voters; id++) {
      ids.add(id);
    }
    // The log begins at 1, so that who joins with an empty one is served by a snapshot.
    SnapshotMeta first = new SnapshotMeta(1, 1, Membership.of(ids));
    SnapshotMeta nothing = new SnapshotMeta(0, 0, Membership.of(Set.of()));
    for (long id = 1; id <= voters + (reconfigures ? SPARE_MEMBERS : 0); id++) {
      RaftConfig config = new RaftConfig(id, 10, 2, preVote, SMALL);
      members.put(
          id,
          new SimMember(config, id <= voters ? first : nothing, 200, random, this::send)
              .onApply(this::applied)
              .onRead(this::read));
    }
    commitMax = 1;
  }

  void run() {
    for (int i = 0; i < STEPS; i++) {
      SimMember member = any();
      if (!member.isUp()) {
        if (random.chance(100)) {
          member.restart();
        }
        continue;
      }
      act(member);
      if (member.isUp() && random.chance(800)) {
        member.process();
      }
      check(member);
    }
    checkLogMatching();
    heal();
  }

  private void act(SimMember member) {
    int choice = random.nextInt(1000);
    if (choice < 460) {
      deliver();
    } else if (choice < 600) {
      member.core().tick();
    } else if (choice < 740) {
      if (member.isWriting()) {
        member.finishWrite();
      }
    } else if (choice < 820) {
      if (member.isApplying()) {
        member.finishApply();
      }
    } else if (choice < 900) {
      propose(member);
    } else if (choice < 930) {
      askRead(member);
    } else {
      rare(member, choice - 930);
    }
  }

  private void rare(SimMember member, int choice) {
    if (choice < 4) {
      member.crash(random.chance(500));
      seen.count("crash");
    } else if (choice < 20) {
      member.checkpoint();
      long low = member.core().log().first() - 1;
      long high = member.diskApplied();
      if (high > low) {
        member.compact(low + 1 + random.nextInt((int) (high - low)));
        seen.count("compaction");
      }
    } else if (choice < 26) {
      cutOff.clear();
      if (random.chance(500)) {
        cutOff.add(any().id());
        cutOff.add(any().id());
        seen.count("partition");
      }
    } else if (choice < 32) {
      if (member.core().transferLeadership(any().id())) {
        seen.count("transfer");
      }
    } else if (choice < 36) {
      if (member.core().forgetLeader()) {
        member.core().campaign();
        seen.count("forgotten leader");
      }
    } else if (choice < 38) {
      if (member.core().resign()) {
        seen.count("resignation");
      }
    } else if (choice < 44) {
      if (member.isWriting()) {
        // The moment that matters: told to the disk, not yet written, and back at once.
        member.crash(false);
        member.restart();
        seen.count("torn write");
      }
    } else if (choice < 48) {
      if (member.core().campaign()) {
        seen.count("rash candidate");
      }
    } else if (reconfigures && choice < 66) {
      reconfigure(member);
    }
  }

  private void reconfigure(SimMember member) {
    List<ConfChange.Step> steps = new ArrayList<>();
    int count = random.chance(500) ? 1 : 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      ConfChange.Op op = ConfChange.Op.values()[random.nextInt(3)];
      steps.add(new ConfChange.Step(op, any().id()));
    }
    ConfChange.Mode mode = ConfChange.Mode.values()[random.nextInt(3)];
    ConfChange change =
        member.core().membership().isJoint()
            ? ConfChange.LEAVE_JOINT
            : new ConfChange(mode, steps, Bytes.EMPTY);
    if (member.core().proposeConfChange(change) == ProposeResult.APPENDED) {
      seen.count(change.leavesJoint() ? "leave" : "change");
    }
  }

  private void propose(SimMember member) {
    member.core().propose(List.of(Bytes.utf8("p" + ++proposals)));
  }

  private void askRead(SimMember member) {
    long context = nextContext++;
    if (member.core().readIndex(context)) {
      readsAsked.put(context, commitMax);
    }
  }

  private void send(Message m) {
    if (queue.size() >= QUEUE_MAX) {
      lose(queue.remove(random.nextInt(queue.size())));
    }
    queue.add(m);
    if (random.chance(30)) {
      queue.add(m);
      seen.count("duplicate");
    }
  }

  private void deliver() {
    if (queue.isEmpty()) {
      return;
    }
    // Mostly in order, now and then not.
    Message m = queue.remove(random.chance(200) ? random.nextInt(queue.size()) : 0);
    SimMember to = members.get(m.to());
    boolean severed = cutOff.contains(m.from()) != cutOff.contains(m.to());
    if (severed || !to.isUp() || random.chance(40)) {
      lose(m);
      return;
    }
    to.core().step(m);
    check(to);
    if (m instanceof Message.InstallSnapshot) {
      seen.count("snapshot");
      report(m, true);
    }
  }

  private void lose(Message m) {
    seen.count("loss");
    if (m instanceof Message.InstallSnapshot) {
      report(m, false);
    } else if (random.chance(100) && members.get(m.from()).isUp()) {
      members.get(m.from()).core().reportUnreachable(m.to());
    }
  }

  private void report(Message m, boolean arrived) {
    SimMember from = members.get(m.from());
    if (from.isUp()) {
      from.core().reportSnapshot(m.to(), arrived);
    }
  }

  private SimMember any() {
    int skip = random.nextInt(members.size());
    return members.values().stream().skip(skip).findFirst().orElseThrow();
  }

  private void read(ReadState state) {
    Long asked = readsAsked.remove(state.context());
    if (asked != null) {
      answered++;
      seen.count("read");
      assertThat(state.index())
          .as("index of read %d", state.context())
          .isGreaterThanOrEqualTo(asked);
    }
  }

  private void applied(Entry entry) {
    Entry before = committed.putIfAbsent(entry.index(), entry);
    assertThat(entry)
        .as("state machine safety at %d", entry.index())
        .isEqualTo(orSame(before, entry));
  }

  private static Entry orSame(Entry before, Entry entry) {
    return before == null ? entry : before;
  }

  private void check(SimMember member) {
    if (!member.isUp()) {
      return;
    }
    RaftCore core = member.core();
    commitMax = Math.max(commitMax, core.log().commit());
    if (core.roleKind() != RoleKind.LEADER) {
      return;
    }
    Long known = leaders.putIfAbsent(core.term(), core.id());
    if (known != null) {
      assertThat(core.id()).as("election safety in term %d", core.term()).isEqualTo(known);
      return;
    }
    seen.count("election");
    for (Entry entry : committed.values()) {
      assertThat(core.log().last()).as("leader completeness").isGreaterThanOrEqualTo(entry.index());
      if (entry.index() >= core.log().first() - 1) {
        assertThat(core.log().term(entry.index()))
            .as("leader completeness at %d in term %d", entry.index(), core.term())
            .isEqualTo(entry.term());
      }
    }
  }

  private void checkLogMatching() {
    for (SimMember a : members.values()) {
      for (SimMember b : members.values()) {
        if (a.id() < b.id() && a.isUp() && b.isUp()) {
          checkLogMatching(a.core().log(), b.core().log());
        }
      }
    }
  }

  private static void checkLogMatching(RaftLog a, RaftLog b) {
    boolean matched = false;
    for (long i = Math.min(a.last(), b.last()); i >= Math.max(a.first(), b.first()); i--) {
      boolean same = a.term(i) == b.term(i);
      assertThat(same || !matched).as("log matching below %d", i).isTrue();
      matched |= same;
    }
  }

  /** All faults end: the group must elect a leader, commit, and answer a read. */
  private void heal() {
    cutOff.clear();
    members.values().stream().filter(m -> !m.isUp()).forEach(SimMember::restart);
    int answeredBefore = answered;
    long goal = -1;
    long goalTerm = -1;
    for (int round = 0; round < HEAL_ROUNDS_MAX; round++) {
      for (SimMember member : members.values()) {
        if (round % 5 == 0) {
          member.core().tick();
        }
        settle(member);
      }
      for (int i = queue.size(); i > 0 && !queue.isEmpty(); i--) {
        Message m = queue.remove(0);
        members.get(m.to()).core().step(m);
        check(members.get(m.to()));
        if (m instanceof Message.InstallSnapshot) {
          report(m, true);
        }
      }
      SimMember leader = leader();
      if (leader == null) {
        continue;
      }
      if (goalTerm != leader.core().term()) {
        goal = -1;
        if (leader.core().propose(List.of(Bytes.utf8("last"))) == ProposeResult.APPENDED) {
          goal = leader.core().log().last();
          goalTerm = leader.core().term();
        }
      } else if (round % 50 == 0) {
        askRead(leader);
      }
      if (goal > 0 && answered > answeredBefore && allApplied(leader.core(), goal)) {
        checkLogMatching();
        return;
      }
    }
    StringBuilder state = new StringBuilder();
    for (SimMember m : members.values()) {
      RaftCore core = m.core();
      state.append("\n").append(core.id()).append(' ').append(core.roleKind());
      state.append(" term ").append(core.term()).append(' ').append(core.membership());
      state.append(" last ").append(core.log().last()).append(" commit ");
      state.append(core.log().commit()).append(" applied ").append(core.log().applied());
      state.append(' ').append(core.progress());
    }
    throw new AssertionError("did not go on after all faults ended, goal " + goal + state);
  }

  private static void settle(SimMember member) {
    while (!member.process().isEmpty() || member.isWriting() || member.isApplying()) {
      if (member.isWriting()) {
        member.finishWrite();
      }
      if (member.isApplying()) {
        member.finishApply();
      }
    }
  }

  private SimMember leader() {
    return members.values().stream()
        .filter(m -> m.core().roleKind() == RoleKind.LEADER)
        .max((a, b) -> Long.compare(a.core().term(), b.core().term()))
        .orElse(null);
  }

  private boolean allApplied(RaftCore leader, long goal) {
    Set<Long> ids = new TreeSet<>(leader.membership().voters());
    ids.addAll(leader.membership().learners());
    return ids.stream().allMatch(id -> members.get(id).core().log().applied() >= goal);
  }

  /** How often each fault took effect. */
  static final class Faults {
    private final Map<String, Integer> counts = new TreeMap<>();

    void count(String fault) {
      counts.merge(fault, 1, Integer::sum);
    }

    List<String> never(boolean reconfigures) {
      List<String> expected =
          new ArrayList<>(
              List.of(
                  "crash",
                  "compaction",
                  "partition",
                  "transfer",
                  "forgotten leader",
                  "resignation",
                  "torn write",
                  "rash candidate",
                  "duplicate",
                  "loss",
                  "snapshot",
                  "election",
                  "read"));
      if (reconfigures) {
        expected.addAll(List.of("change", "leave"));
      }
      expected.removeAll(counts.keySet());
      return expected;
    }

    @Override
    public String toString() {
      return counts.toString();
    }
  }
}
