package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Fact.LeaseChange;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The history of a run of clients, watchers, leases and locks against a {@link ModelStore}, decided
 * by a seed: requests overlap, some are refused or never answered, watches are cut and go on, and
 * yet every promise holds.
 */
final class ModelRun {
  private static final long MILLIS = 1_000_000;
  private static final long TTL = 400 * MILLIS;
  private static final List<String> MEMBERS = List.of("m1", "m2", "m3");

  private final Random random;
  private final ModelStore store = new ModelStore();
  private final List<Fact> facts = new ArrayList<>();
  private final List<Client> clients = new ArrayList<>();
  private final List<Watcher> watchers = new ArrayList<>();
  private final List<Lease> leases = new ArrayList<>();
  private long now;

  private ModelRun(long seed) {
    random = new Random(seed);
    facts.add(new Fact.Run(seed, "model", MEMBERS, Map.of()));
    for (int i = 0; i < 3; i++) {
      clients.add(new Client("register-" + i, ModelScripts.registers("register-" + i, random)));
      clients.add(new Client("append-" + i, ModelScripts.lists("append-" + i, random)));
      String name = "lock-" + i;
      clients.add(
          new Client(
              name,
              ModelScripts.locks(
                  name,
                  (fence, isHeld) -> facts.add(new Fact.LockTold(now, name, "l", fence, isHeld)))));
    }
    watchers.add(new Watcher("all", "", 1));
    watchers.add(new Watcher("registers", "r/", 2));
    watchers.add(new Watcher("now", "", 0));
  }

  /** The facts of so many steps. */
  static List<Fact> facts(long seed, int steps) {
    ModelRun run = new ModelRun(seed);
    for (int i = 0; i < steps; i++) {
      run.step();
    }
    run.end();
    return run.facts;
  }

  /** The same as a history. */
  static History history(long seed, int steps) {
    return new History(facts(seed, steps));
  }

  private <T> T any(List<T> items) {
    return items.get(random.nextInt(items.size()));
  }

  private void step() {
    now += 1 + random.nextInt((int) (3 * MILLIS));
    leases.forEach(Lease::tick);
    switch (random.nextInt(12)) {
      case 0, 1 -> any(watchers).deliver(1 + random.nextInt(4));
      case 2 -> any(watchers).bookmark();
      case 3 -> {
        if (random.nextInt(10) == 0) {
          any(watchers).cut();
        }
      }
      case 4 -> lease();
      case 5 -> {
        if (random.nextInt(50) == 0) {
          hash();
        }
      }
      default -> any(clients).step();
    }
  }

  private void lease() {
    if (leases.stream().filter(it -> !it.isGone).count() < 2) {
      leases.add(new Lease(leases.size() + 1));
    } else if (random.nextInt(20) == 0) {
      any(leases).stop();
    }
  }

  private void hash() {
    long hash = store.rows().hashCode();
    MEMBERS.forEach(it -> facts.add(new Fact.Hash(now, it, store.revision(), 0, hash)));
  }

  private void end() {
    clients.forEach(Client::finish);
    leases.forEach(Lease::stop);
    while (leases.stream().anyMatch(it -> !it.isGone)) {
      now += 10 * MILLIS;
      leases.forEach(Lease::tick);
    }
    now += 60_000 * MILLIS;
    hash();
    for (Watcher each : watchers) {
      each.deliver(Integer.MAX_VALUE / 2);
      each.bookmark();
    }
    now++;
    MEMBERS.forEach(it -> facts.add(new Fact.State(now, it, store.revision(), store.rows())));
    facts.add(new Fact.End(now + 1, true, ""));
  }

  /** A client: calls, then its request is done, then it is answered. */
  private final class Client {
    private final String name;
    private final ModelScripts.Script script;
    private @Nullable Request request;
    private Optional<Reply> reply = Optional.empty();
    private long begin;

    Client(String name, ModelScripts.Script script) {
      this.name = name;
      this.script = script;
    }

    void step() {
      if (request == null) {
        begin = now;
        request = script.next();
      } else if (reply.isPresent()) {
        answer(Outcome.DONE);
      } else {
        int luck = script.mayFail() ? random.nextInt(16) : 3;
        if (luck == 0) {
          answer(Outcome.REFUSED);
        } else if (luck == 1) {
          answer(Outcome.UNKNOWN);
        } else {
          reply = Optional.of(store.apply(request));
          if (luck == 2) {
            reply = Optional.empty();
            answer(Outcome.UNKNOWN);
          }
        }
      }
    }

    private void answer(Outcome outcome) {
      Request asked = request;
      if (asked == null) {
        throw new IllegalStateException("nothing was asked");
      }
      String error = outcome == Outcome.DONE ? "" : "no luck";
      facts.add(new Fact.Operation(name, "", new Span(begin, now), asked, outcome, reply, error));
      Optional<Reply> told = reply;
      request = null;
      reply = Optional.empty();
      script.told(told);
    }

    void finish() {
      while (request != null) {
        now++;
        step();
      }
    }
  }

  /** A watcher that is told what happened, some commits at a time. */
  private final class Watcher {
    private final String name;
    private final String prefix;
    private long next;

    Watcher(String name, String prefix, long from) {
      this.name = name;
      this.prefix = prefix;
      this.next = from == 0 ? store.revision() + 1 : from;
      facts.add(new Fact.WatchOpened(now, name, "m1", prefix, from, true));
    }

    void deliver(int commitsMax) {
      List<Fact.Event> events = new ArrayList<>();
      long last = 0;
      for (ModelStore.Commit commit : store.from(next, commitsMax)) {
        next = commit.revision() + 1;
        for (Fact.Event event : commit.events()) {
          if (event.row().key().startsWith(prefix)) {
            events.add(event);
            last = commit.revision();
          }
        }
      }
      if (!events.isEmpty()) {
        facts.add(new Fact.WatchTold(now, name, last, events));
      }
    }

    void bookmark() {
      if (next > store.revision()) {
        facts.add(new Fact.WatchTold(now, name, store.revision(), List.of()));
      }
    }

    /** Ends; it goes on where it was, or where its history was compacted later. */
    void cut() {
      long oldest = store.revision() - 3;
      boolean isCompacted = oldest > next && random.nextInt(4) == 0;
      facts.add(new Fact.WatchEnded(now, name, "cut", isCompacted ? oldest : 0));
      next = isCompacted ? oldest : next;
      facts.add(new Fact.WatchOpened(now, name, "m2", prefix, next, true));
    }
  }

  /** A lease that is renewed until its holder stops; the store ends it later than promised. */
  private final class Lease {
    private final long id;
    private final String key;
    private long renewed;
    private long expires;
    private boolean isStopped;
    private boolean isLost;
    private boolean isGone;

    Lease(long id) {
      this.id = id;
      this.key = "leased/" + id;
      tell(LeaseChange.GRANTED, TTL);
      renew();
      Request request = Request.of(new Step.Write(key, "v", id));
      long begin = now;
      Reply reply = store.apply(request);
      now++;
      facts.add(
          new Fact.Operation(
              "lease-0", "", new Span(begin, now), request, Outcome.DONE, Optional.of(reply), ""));
    }

    private void renew() {
      renewed = now;
      expires = now + TTL + random.nextInt((int) (200 * MILLIS));
    }

    private void tell(LeaseChange what, long ttl) {
      facts.add(new Fact.LeaseTold(now, id, key, what, ttl));
    }

    void stop() {
      if (!isStopped && id > 1 && random.nextBoolean()) {
        tell(LeaseChange.ABANDONED, 0);
        isLost = true;
        expires = now + random.nextInt((int) (10 * MILLIS));
      }
      isStopped = true;
    }

    void tick() {
      if (isGone) {
        return;
      }
      if (!isStopped && now > renewed + TTL / 2) {
        tell(LeaseChange.RENEWED, TTL);
        renew();
      } else if (isStopped && !isLost && now >= renewed + TTL) {
        tell(LeaseChange.LOST, 0);
        isLost = true;
      }
      if (isLost && now >= expires) {
        store.expire(id);
        isGone = true;
      }
    }
  }
}
