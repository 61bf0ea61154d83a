package io.quorate.chaos.report;

import io.quorate.base.SeededRandom;
import io.quorate.chaos.check.Finding;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Guard;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes histories that look like those of real runs: three members, faults every few seconds, an
 * election after each that hits the leader, and clients that are answered, refused or left without
 * an answer meanwhile. Equal arguments give equal histories.
 */
final class SampleRun {
  static final long SECOND = 1_000_000_000L;
  static final long MILLI = 1_000_000L;

  private static final List<String> MEMBERS = List.of("n1", "n2", "n3");
  private static final List<String> WORKLOADS = List.of("append", "lock", "register", "txn");
  private static final List<String> KINDS =
      List.of("kill", "pause", "partition", "slow-network", "disk-full", "power-cut", "clock-step");

  private final SeededRandom random;
  private final long nanos;
  private final List<Fact> facts = new ArrayList<>();
  private final List<Span> outages = new ArrayList<>();
  private String leader = "n1";
  private long term = 2;

  private SampleRun(long seed, long nanos) {
    this.nanos = nanos;
    this.random = new SeededRandom(seed);
  }

  /** A run of so many seconds with so many operations in all. */
  static History of(long seed, int seconds, int operations) {
    SampleRun run = new SampleRun(seed, seconds * SECOND);
    run.faults();
    run.operations(operations);
    run.facts.sort(Comparator.comparingLong(each -> each.span().end()));
    List<Fact> all = new ArrayList<>();
    all.add(
        new Fact.Run(
            seed,
            "quorate 0.1.0",
            MEMBERS,
            Map.of(
                "duration",
                seconds + "s",
                "faults",
                String.join(",", KINDS),
                "members",
                "3",
                "clients",
                "12",
                "workloads",
                String.join(",", WORKLOADS))));
    all.addAll(run.facts);
    all.add(new Fact.End(seconds * SECOND, true, ""));
    return new History(all);
  }

  private void faults() {
    for (String each : MEMBERS) {
      facts.add(new Fact.Leader(SECOND / 4, each, leader, term));
    }
    long at = 4 * SECOND;
    while (at < nanos - 6 * SECOND) {
      String kind = KINDS.get(random.nextInt(KINDS.size()));
      long length = (1 + random.nextInt(50)) * SECOND / 10;
      String target = MEMBERS.get(random.nextInt(MEMBERS.size()));
      List<String> targets =
          kind.equals("power-cut")
              ? MEMBERS
              : kind.equals("clock-step") ? List.of() : List.of(target);
      boolean isProven = !random.chance(120);
      facts.add(
          new Fact.Fault(
              new Span(at, at + length),
              kind,
              targets,
              isProven,
              isProven ? "seen in the state of the process" : "no connection was under way"));
      if (targets.contains(leader) && !kind.startsWith("slow")) {
        election(at, kind.equals("power-cut"));
      }
      at += length + (1 + random.nextInt(60)) * SECOND / 10;
    }
  }

  private void election(long at, boolean isLong) {
    long length = (300 + random.nextInt(1500)) * MILLI * (isLong ? 3 : 1);
    outages.add(new Span(at, at + length));
    String old = leader;
    List<String> others = MEMBERS.stream().filter(each -> !each.equals(old)).toList();
    others.forEach(each -> facts.add(new Fact.Leader(at + length / 2, each, "", term)));
    leader = others.get(random.nextInt(others.size()));
    term += 1 + random.nextInt(2);
    others.forEach(each -> facts.add(new Fact.Leader(at + length, each, leader, term)));
    facts.add(new Fact.Leader(at + length + 2 * SECOND, old, leader, term));
  }

  private void operations(int count) {
    int clients = 12;
    long every = nanos * clients / count;
    for (int client = 0; client < clients; client++) {
      String name = WORKLOADS.get(client % WORKLOADS.size()) + "-" + client / WORKLOADS.size();
      long at = 100 * MILLI + client * every / clients;
      for (int i = 0; at < nanos - SECOND; i++) {
        long begun = at;
        Optional<Span> hit =
            outages.stream().filter(s -> s.begin() <= begun && begun < s.end()).findFirst();
        Fact.Operation operation = operation(name, begun, i, hit);
        facts.add(operation);
        at = Math.max(begun + every, operation.span().end() + MILLI / 10);
      }
    }
  }

  private Fact.Operation operation(String client, long at, int number, Optional<Span> outage) {
    String key = "k" + random.nextInt(8);
    Request request =
        random.chance(500)
            ? Request.of(new Step.Write(key, client + "-" + number, 0))
            : Request.of(new Step.Read(key));
    String member = MEMBERS.get(random.nextInt(MEMBERS.size()));
    if (outage.isEmpty()) {
      double luck = (1 + random.nextInt(1_000_000)) / 1e6;
      long took = (long) (0.4 * MILLI * Math.pow(luck, -0.45));
      Reply.Result result =
          new Reply.Result(
              request.onlyReads() ? List.of(new Row(key, "v", 1, 2, 1, 0)) : List.of(), 1);
      Reply reply = new Reply(number + 2L, true, List.of(result));
      return new Fact.Operation(
          client, member, new Span(at, at + took), request, Outcome.DONE, Optional.of(reply), "");
    }
    long left = outage.get().end() - at + random.nextInt(20_000_000);
    boolean isRefused = random.chance(400);
    return new Fact.Operation(
        client,
        member,
        new Span(at, at + (isRefused ? MILLI : left)),
        request,
        isRefused ? Outcome.REFUSED : Outcome.UNKNOWN,
        Optional.empty(),
        isRefused ? "etcdserver: no leader" : "deadline exceeded");
  }

  /** What checkers may say where nothing is wrong. */
  static List<Finding> held() {
    return List.of(
        Finding.held("every key is linearizable", 41_230, "each of 8 keys has an order"),
        Finding.held("transactions are strictly serializable", 10_411, "no cycle among them"),
        Finding.held("watches miss nothing", 88_102, "3 watchers were told of every revision"),
        Finding.held("locks have one holder", 512, "no two holders at a time"),
        Finding.held("all members hold the same", 3, "equal rows at revision 48113"));
  }

  /** What they may say where much is. */
  static List<Finding> broken() {
    List<Finding> all = new ArrayList<>(held().subList(1, 4));
    all.add(Finding.inconclusive("leases end in time", "no lease was lost in this run", 0));
    all.add(
        Finding.broken(
            "every key is linearizable",
            "a read of k0 gave what was overwritten 1.2 s before it began",
            41_230,
            staleRead()));
    all.add(Finding.broken("fences only grow", "fence 17 came after fence 18", 512, fences()));
    return all;
  }

  static List<Fact> staleRead() {
    long at = 12 * SECOND;
    return List.of(
        new Fact.Fault(
            new Span(at - SECOND, at + 2 * SECOND),
            "partition",
            List.of("n1"),
            true,
            "42,113 bytes were held"),
        done("register-0", at, 2, Request.of(new Step.Write("k0", "c0-16", 0)), 41),
        new Fact.Operation(
            "register-2",
            "n1",
            new Span(at + 3 * MILLI, at + 900 * MILLI),
            Request.of(new Step.Write("k0", "c2-4", 0)),
            Outcome.UNKNOWN,
            Optional.empty(),
            "deadline exceeded"),
        done("register-1", at + 10 * MILLI, 3, Request.of(new Step.Write("k0", "c1-7", 0)), 42),
        new Fact.WatchTold(
            at + 14 * MILLI,
            "watcher-0",
            42,
            List.of(new Fact.Event(new Row("k0", "c1-7", 7, 42, 9, 0), false, Optional.empty()))),
        new Fact.Operation(
            "register-3",
            "n3",
            new Span(at + 15 * MILLI, at + 16 * MILLI),
            Request.when(
                new Guard("k0", Guard.Field.MODIFIED, "41"), new Step.Write("k0", "c3-1", 0)),
            Outcome.REFUSED,
            Optional.empty(),
            "etcdserver: leader changed"),
        new Fact.Operation(
            "register-0",
            "n1",
            new Span(at + 1210 * MILLI, at + 1211 * MILLI),
            Request.of(new Step.Read("k0")),
            Outcome.DONE,
            Optional.of(
                new Reply(
                    41,
                    true,
                    List.of(new Reply.Result(List.of(new Row("k0", "c0-16", 7, 41, 8, 0)), 1)))),
            ""));
  }

  private static List<Fact> fences() {
    return List.of(
        new Fact.LockTold(3 * SECOND, "lock-0", "l0", 18, true),
        new Fact.LockTold(4 * SECOND, "lock-0", "l0", 18, false),
        new Fact.LockTold(5 * SECOND, "lock-1", "l0", 17, true));
  }

  static Fact.Operation done(String client, long at, long millis, Request request, long revision) {
    return new Fact.Operation(
        client,
        "n1",
        new Span(at, at + millis * MILLI),
        request,
        Outcome.DONE,
        Optional.of(new Reply(revision, true, List.of(new Reply.Result(List.of(), 0)))),
        "");
  }
}
