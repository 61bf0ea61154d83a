package io.quorate.raft;

import io.quorate.base.Bytes;
import io.quorate.base.Check;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.script.Script;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The commands of raft transcripts: some members and the messages between them, in one thread.
 *
 * <pre>
 *   cluster 3 [learners=(4)] [prevote=off] [messages=n] [bytes=n] [inflight=n] [proposals=n]
 *             [tail=n]
 *   new 4                      a member with an empty disk that knows nobody
 *   campaign 1 | tick 1 [n] | propose 1 a b c | read 1 7 | transfer 1 2 | forget 1 | resign 1
 *   change 1 [joint|explicit] ADD_VOTER=4 REMOVE=1     or: change 1 leave
 *   ready 1                    take one Ready and print it; nothing is durable or applied yet
 *   write 1 | apply 1          the disk or the state machine is done with what it was given
 *   deliver 1 [from=2] [n=1]   what is on its way to 1
 *   lose [to=1] [from=2]       what is on its way
 *   cut 1 2 | mend             messages between these and the others are lost | no more
 *   stabilize [quiet] [1 2]    all of the above until nothing is left to do, for all or these
 *   crash 1 [written]          memory is gone; what was being written reached the disk, or not
 *   restart 1 | checkpoint 1 | compact 1 5 | report 1 2 ok|failed | withhold 1 | admit 1 [term]
 *   status [1] | progress 1 | log 1 | messages
 * </pre>
 */
final class RaftScript {
  private static final int ROUNDS_MAX = 200;

  private final Map<Long, SimMember> members = new TreeMap<>();
  private final List<Message> queue = new ArrayList<>();
  private final Set<Long> cut = new TreeSet<>();
  private final SeededRandom random = new SeededRandom(7);
  private StringBuilder out = new StringBuilder();
  private Script.Command setting;

  String run(Script.Command c) {
    out = new StringBuilder();
    switch (c.name()) {
      case "cluster" -> cluster(c);
      case "status" -> status(c);
      case "messages" -> queue.forEach(m -> line(Trace.of(m)));
      case "lose" -> lose(c);
      case "cut" -> c.arguments().forEach(a -> cut.add(Long.valueOf(a)));
      case "mend" -> cut.clear();
      case "stabilize" -> stabilize(c);
      case "new" -> {
        long id = Long.parseLong(c.at(0));
        add(id, new SnapshotMeta(0, 0, Membership.of(Set.of())));
      }
      default -> onMember(c, members.get(Long.valueOf(c.at(0))));
    }
    return out.toString();
  }

  private void cluster(Script.Command c) {
    setting = c;
    TreeSet<Long> voters = new TreeSet<>();
    for (long id = 1; id <= Long.parseLong(c.at(0)); id++) {
      voters.add(id);
    }
    TreeSet<Long> learners = new TreeSet<>(c.numbers("learners"));
    TreeSet<Long> none = new TreeSet<>();
    // The log begins at 1, so that who joins with an empty disk is served by a snapshot.
    SnapshotMeta base = new SnapshotMeta(1, 1, new Membership(voters, none, learners, none, false));
    voters.forEach(id -> add(id, base));
    learners.forEach(id -> add(id, base));
  }

  private void add(long id, SnapshotMeta base) {
    RaftConfig.Limits limits =
        new RaftConfig.Limits(
            (int) setting.number("bytes", 1 << 20),
            (int) setting.number("messages", 16),
            setting.number("inflight", 1 << 20),
            setting.number("proposals", 1 << 20),
            1 << 20,
            100);
    boolean preVote = !setting.value("prevote", "on").equals("off");
    RaftConfig config = new RaftConfig(id, 10, 1, preVote, limits);
    members.put(
        id, new SimMember(config, base, setting.number("tail", 1 << 20), random, this::send));
  }

  private void onMember(Script.Command c, SimMember member) {
    RaftCore core = member.core();
    switch (c.name()) {
      case "campaign" -> line(core.campaign() ? "stands" : "must not stand");
      case "tick" -> {
        for (long n = c.arguments().size() > 1 ? Long.parseLong(c.at(1)) : 1; n > 0; n--) {
          core.tick();
        }
      }
      case "propose" ->
          line(core.propose(c.arguments().stream().skip(1).map(Bytes::utf8).toList()).toString());
      case "change" -> line(core.proposeConfChange(change(c)).toString());
      case "read" -> line(core.readIndex(Long.parseLong(c.at(1))) ? "waits" : "no leader");
      case "transfer" ->
          line(core.transferLeadership(Long.parseLong(c.at(1))) ? "begins" : "cannot");
      case "forget" -> line(core.forgetLeader() ? "forgotten" : "nothing to forget");
      case "resign" -> line(core.resign() ? "resigns" : "cannot");
      case "withhold" -> core.withhold();
      case "admit" -> core.admit(c.arguments().size() > 1 ? Long.parseLong(c.at(1)) : 0);
      case "report" -> core.reportSnapshot(Long.parseLong(c.at(1)), c.has("ok"));
      case "progress" -> core.progress().forEach(p -> line(p.toString()));
      case "log" -> line(log(core.log()));
      default -> onShell(c, member);
    }
  }

  private void onShell(Script.Command c, SimMember member) {
    switch (c.name()) {
      case "ready" -> out.append(Trace.of(member.process()));
      case "write" -> write(member, true);
      case "apply" -> member.finishApply();
      case "deliver" -> deliver(member, c);
      case "crash" -> member.crash(c.has("written"));
      case "restart" -> member.restart();
      case "checkpoint" -> member.checkpoint();
      case "compact" -> {
        member.checkpoint();
        member.compact(Long.parseLong(c.at(1)));
      }
      default -> throw Check.unreachable(c.name());
    }
  }

  private static ConfChange change(Script.Command c) {
    List<ConfChange.Step> steps = new ArrayList<>();
    for (String argument : c.arguments()) {
      int at = argument.indexOf('=');
      if (at > 0) {
        steps.add(
            new ConfChange.Step(
                ConfChange.Op.valueOf(argument.substring(0, at)),
                Long.parseLong(argument.substring(at + 1))));
      }
    }
    ConfChange.Mode mode =
        c.has("joint")
            ? ConfChange.Mode.JOINT
            : c.has("explicit") ? ConfChange.Mode.JOINT_EXPLICIT : ConfChange.Mode.AUTO;
    return new ConfChange(mode, steps, Bytes.EMPTY);
  }

  private void send(Message m) {
    if (cut.contains(m.from()) == cut.contains(m.to())) {
      queue.add(m);
    }
  }

  private void lose(Script.Command c) {
    int before = queue.size();
    queue.removeIf(
        m ->
            (c.number("to", 0) == 0 || m.to() == c.number("to", 0))
                && (c.number("from", 0) == 0 || m.from() == c.number("from", 0)));
    line("lost " + (before - queue.size()));
  }

  private void deliver(SimMember to, Script.Command c) {
    long most = c.number("n", Long.MAX_VALUE);
    long from = c.number("from", 0);
    List<Message> chosen = new ArrayList<>();
    for (Iterator<Message> i = queue.iterator(); i.hasNext() && chosen.size() < most; ) {
      Message m = i.next();
      if (m.to() == to.id() && (from == 0 || m.from() == from)) {
        i.remove();
        chosen.add(m);
      }
    }
    for (Message m : chosen) {
      line("  " + Trace.of(m));
      to.core().step(m);
    }
  }

  private void write(SimMember member, boolean loud) {
    if (loud) {
      member.afterWriting().forEach(m -> line("  send " + Trace.of(m)));
    }
    member.finishWrite();
  }

  private void stabilize(Script.Command c) {
    List<SimMember> chosen = new ArrayList<>();
    for (SimMember member : members.values()) {
      boolean named = c.arguments().stream().allMatch(a -> a.equals("quiet"));
      if (member.isUp() && (named || c.has(Long.toString(member.id())))) {
        chosen.add(member);
      }
    }
    StringBuilder all = new StringBuilder();
    for (int round = 0; round < ROUNDS_MAX; round++) {
      boolean moved = false;
      for (SimMember member : chosen) {
        moved |= move(member, all);
      }
      if (!moved) {
        if (!c.has("quiet")) {
          out = all;
        }
        return;
      }
    }
    throw Check.unreachable("still not stable");
  }

  private boolean move(SimMember member, StringBuilder all) {
    out = new StringBuilder();
    deliver(member, new Script.Command("deliver", List.of(), List.of()));
    section(all, member.id() + " gets");
    Ready ready = member.process();
    out.append(Trace.of(ready));
    section(all, member.id() + " ready");
    boolean moved = !ready.isEmpty() || queue.stream().anyMatch(m -> m.to() == member.id());
    if (member.isWriting()) {
      write(member, false);
      moved = true;
    }
    while (member.isApplying()) {
      member.finishApply();
      moved = true;
    }
    return moved;
  }

  private void section(StringBuilder all, String title) {
    if (out.length() > 0) {
      all.append(title).append('\n').append(out);
    }
    out = new StringBuilder();
  }

  private void status(Script.Command c) {
    for (SimMember member : members.values()) {
      if (c.arguments().isEmpty() || c.has(Long.toString(member.id()))) {
        line(member.isUp() ? Trace.status(member.core()) : member.id() + ": down");
      }
    }
  }

  private static String log(RaftLog log) {
    StringBuilder text = new StringBuilder();
    for (long i = log.first() - 1; i <= log.last(); i++) {
      text.append(i).append('/').append(log.term(i)).append(' ');
    }
    return text.toString().strip();
  }

  private void line(String text) {
    out.append(text).append('\n');
  }
}
