package io.quorate.chaos.workload;

import io.quorate.client.Client;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * All clients of a run: for each workload several, most of them each with one member, one with all
 * members; and watchers, at each member and one with all: of everything, and of what seldom
 * changes, so that they are told how far the store is without it. Begun once, stopped once.
 */
public final class Crowd implements AutoCloseable {
  /** How many clients a workload can have. */
  public static final int CLIENTS_MAX = 100;

  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration STOP_WITHIN = Duration.ofSeconds(30);
  private static final Duration CAUGHT_UP_WITHIN = Duration.ofSeconds(60);
  private static final String ALL = "";

  /** The keys of one client of leases: between their events there is time for a bookmark. */
  private static final String SELDOM = "lease/lease-0";

  /**
   * What they do.
   *
   * @param kinds which workloads
   * @param clients how many clients each of them has
   * @param rate how many operations a second all of them together begin at most
   * @param seed what decides what they ask
   */
  public record Plan(List<Workload.Kind> kinds, int clients, int rate, long seed) {
    /** Copies the list. */
    public Plan {
      kinds = List.copyOf(kinds);
    }
  }

  private final Plan plan;
  private final Recorder recorder;
  private final Map<String, Client> byMember = new LinkedHashMap<>();
  private final List<Watcher> watchers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  /**
   * Clients of the members at these endpoints, by name.
   *
   * @param endpoints those of all members, in the order of their names
   */
  public Crowd(Plan plan, Map<String, String> endpoints, Recorder recorder) {
    this.plan = plan;
    this.recorder = recorder;
    byMember.put(ALL, client(List.copyOf(endpoints.values())));
    endpoints.forEach((member, endpoint) -> byMember.put(member, client(List.of(endpoint))));
  }

  private static Client client(List<String> endpoints) {
    return Client.at(endpoints)
        .withoutMemberSync()
        .callTimeout(CALL_TIMEOUT)
        .attemptTimeout(ATTEMPT_TIMEOUT)
        .open();
  }

  /** A client of all members, for what is not part of a workload. */
  public Client all() {
    return Objects.requireNonNull(byMember.get(ALL));
  }

  /** Begins with all of it. */
  public void begin() {
    byMember.forEach(
        (member, client) -> {
          String name = member.isEmpty() ? "all" : member;
          watch(new Watcher("watch-" + name, member, client, "", recorder));
          watch(new Watcher("watch-some-" + name, member, client, SELDOM, recorder));
        });
    List<String> members = List.copyOf(byMember.keySet());
    long pause = TimeUnit.SECONDS.toNanos(1) * plan.kinds().size() * plan.clients() / plan.rate();
    int number = 0;
    for (Workload.Kind kind : plan.kinds()) {
      for (int i = 0; i < plan.clients(); i++) {
        String member = members.get(i % members.size());
        Client client = Objects.requireNonNull(byMember.get(member));
        Caller caller = new Caller(kind.label() + "-" + i, member, client, recorder);
        Workload workload = kind.of(caller, new Random(plan.seed() * 1_000 + number++));
        Thread thread = new Thread(() -> work(workload, pause), caller.name());
        threads.add(thread);
      }
    }
    threads.forEach(Thread::start);
  }

  private void watch(Watcher watcher) {
    watcher.begin(1);
    watchers.add(watcher);
  }

  private void work(Workload workload, long pause) {
    try (workload) {
      long due = System.nanoTime();
      while (!over.await(due - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        workload.step();
        // Who was held up does not catch up: that would be a load that nobody asked for.
        due = Math.max(due + pause, System.nanoTime());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
    }
  }

  /** How many operations were answered of that workload of which the fewest were. */
  public long fewestAnswered() {
    return plan.kinds().stream().mapToLong(kind -> recorder.answered(kind.label())).min().orElse(0);
  }

  /** What a client died of, if one did: then the history says less than it should. */
  public Optional<Throwable> failure() {
    return Optional.ofNullable(failure.get());
  }

  /**
   * Ends the workloads, and waits until nothing is under way any more.
   *
   * @throws InterruptedException if this thread is to end
   */
  public void stop() throws InterruptedException {
    over.countDown();
    long deadline = System.nanoTime() + STOP_WITHIN.toNanos();
    for (Thread thread : threads) {
      thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
      if (thread.isAlive()) {
        failure.compareAndSet(
            null, new IllegalStateException(thread.getName() + " did not end in " + STOP_WITHIN));
      }
    }
  }

  /**
   * Writes down what each member holds in the end, and waits until every watcher was told all of
   * that.
   *
   * @throws IOException saying what is missing
   */
  public void tellFinalState() throws IOException, InterruptedException {
    long revision = FinalState.revision(all(), recorder);
    Map<String, Client> members = new LinkedHashMap<>(byMember);
    members.remove(ALL);
    FinalState.tell(members, revision, recorder);
    long deadline = System.nanoTime() + CAUGHT_UP_WITHIN.toNanos();
    for (Watcher watcher : watchers) {
      if (!watcher.awaitTold(revision, deadline)) {
        throw new IOException(
            watcher.name() + " was told up to " + watcher.toldTo() + " of " + revision);
      }
    }
  }

  @Override
  public void close() {
    over.countDown();
    watchers.forEach(Watcher::close);
    byMember.values().forEach(Client::close);
  }
}
