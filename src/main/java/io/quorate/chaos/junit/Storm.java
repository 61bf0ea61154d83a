package io.quorate.chaos.junit;

import io.quorate.chaos.cluster.LocalCluster;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.HistoryFile;
import io.quorate.chaos.nemesis.Nemesis;
import io.quorate.chaos.nemesis.OwnSite;
import io.quorate.chaos.nemesis.Schedule;
import io.quorate.chaos.workload.Caller;
import io.quorate.chaos.workload.Recorder;
import io.quorate.client.Client;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind a {@link Chaos}: a cluster, and a thread that does faults to it. Its steps
 * come in this order: {@link #start}, {@link #begin}, {@link #rest}, {@link #close}; it can be
 * closed after each of them. One thread takes them.
 */
final class Storm implements Chaos, AutoCloseable {
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(1);

  /** The longest that a fault may take to be over: members start, and the cluster becomes well. */
  private static final Duration OVER_WITHIN = Duration.ofMinutes(5);

  /** How long a thread may take to end that was interrupted. */
  private static final Duration CLOSE_WITHIN = Duration.ofSeconds(30);

  private final Plan plan;
  private final Path folder;
  private final LocalCluster cluster;
  private final List<String> endpoints;
  private final Recorder recorder;
  private final Client client;
  private final Pulse pulse;
  private final Nemesis nemesis;
  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread thread = new Thread(this::work, "chaos-faults");

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Fact.Fault> done = new ArrayList<>();
  private @Nullable ChaosException failure;

  private boolean isCalm;
  private boolean isKept;
  private boolean isClosed;

  private Storm(
      Plan plan, Path folder, LocalCluster cluster, HistoryFile file, Consumer<String> says) {
    this.plan = plan;
    this.folder = folder;
    this.cluster = cluster;
    this.endpoints = cluster.endpoints();
    this.recorder = new Recorder(file, this::heard);
    this.client =
        Client.at(endpoints)
            .withoutMemberSync()
            .callTimeout(CALL_TIMEOUT)
            .attemptTimeout(ATTEMPT_TIMEOUT)
            .open();
    this.pulse = new Pulse(new Caller("pulse-0", "", client, recorder));
    this.nemesis = new Nemesis(new OwnSite(cluster), client, recorder, over, says);
    thread.setDaemon(true);
  }

  /**
   * A cluster whose members do not run yet.
   *
   * @param folder an empty one, for all of it
   * @param says is told of each fault, for people
   */
  static Storm create(Plan plan, Path folder, Consumer<String> says) throws IOException {
    LocalCluster cluster = LocalCluster.create(folder.resolve("members"), plan.setup());
    try {
      HistoryFile file = HistoryFile.create(folder.resolve("history.jsonl"));
      return new Storm(plan, folder, cluster, file, says);
    } catch (IOException e) {
      cluster.close();
      throw e;
    }
  }

  /** Starts the members, and waits until all is well. */
  void start() throws InterruptedException {
    try {
      cluster.startAll();
      pulse.begin();
      nemesis.awaitWell("the start");
    } catch (IOException | Nemesis.StuckException e) {
      throw fail(String.valueOf(e.getMessage()), e);
    }
  }

  /** Lets the faults begin. */
  void begin() {
    thread.start();
  }

  private void work() {
    Schedule schedule = new Schedule(plan.kinds(), plan.seed());
    try {
      while (over.getCount() > 0) {
        nemesis.take(schedule.next());
      }
    } catch (Nemesis.StuckException e) {
      fail(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      fail("the harness failed: " + e, e);
    }
  }

  /** Told by the recorder, on any thread. */
  private void heard(Fact fact) {
    if (fact instanceof Fact.Fault fault) {
      change(() -> done.add(fault));
    }
  }

  /** From now on nothing can be said of the test but this. */
  private ChaosException fail(String what, @Nullable Throwable cause) {
    ChaosException told = new ChaosException(what + where(), cause);
    change(() -> failure = failure == null ? told : failure);
    return told;
  }

  private void change(Runnable what) {
    lock.lock();
    try {
      what.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What each failure ends with. */
  private String where() {
    return "; seed " + plan.seed() + ", logs in " + folder;
  }

  @Override
  public List<String> endpoints() {
    return endpoints;
  }

  @Override
  public List<Fact.Fault> done() {
    lock.lock();
    try {
      return List.copyOf(done);
    } finally {
      lock.unlock();
    }
  }

  /** How many took effect. */
  long proven() {
    return done().stream().filter(Fact.Fault::isProven).count();
  }

  @Override
  public void awaitFaults(int count, Duration within) throws InterruptedException {
    long deadline = System.nanoTime() + within.toNanos();
    lock.lock();
    try {
      while (proven() < count) {
        throwFailure();
        long left = deadline - System.nanoTime();
        if (left <= 0 || !thread.isAlive()) {
          throw new ChaosException(
              "%d faults took effect, not %d within %d s: %s%s"
                  .formatted(proven(), count, within.toSeconds(), told(), where()),
              null);
        }
        changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  private void throwFailure() {
    lock.lock();
    try {
      if (failure != null) {
        throw failure;
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void rest() throws InterruptedException {
    throwFailure();
    if (isCalm) {
      return;
    }
    over.countDown();
    thread.join(OVER_WITHIN.toMillis());
    throwFailure();
    if (thread.isAlive()) {
      throw fail("a fault is not taken back within " + OVER_WITHIN.toMinutes() + " min", null);
    }
    try {
      nemesis.awaitWell("all faults");
    } catch (Nemesis.StuckException e) {
      throw fail(String.valueOf(e.getMessage()), e);
    }
    pulse.close();
    isCalm = true;
  }

  /**
   * Says what is wrong with a test in which no fault took effect. To be called after {@link #rest}.
   *
   * @throws ChaosException if that is so
   */
  void checkFaults() {
    if (proven() == 0) {
      throw new ChaosException(
          "no fault took effect while the test ran, see Chaos.awaitFaults: " + told() + where(),
          null);
    }
  }

  /** What was done, in a few words, for a test that failed. */
  ChaosException note() {
    return ChaosException.note("under faults: " + told() + where());
  }

  private String told() {
    List<String> each =
        done().stream()
            .map(
                fault ->
                    "%s of %s (%s%s)"
                        .formatted(
                            fault.kind(),
                            String.join(", ", fault.targets()),
                            fault.isProven() ? "" : "not seen: ",
                            fault.evidence()))
            .toList();
    return each.isEmpty() ? "none is over" : String.join("; ", each);
  }

  /** Lets the folder be when it is closed. */
  void keep() {
    isKept = true;
  }

  /** Ends all of it, and removes the folder. Can be called more than once. */
  @Override
  public void close() throws IOException {
    if (isClosed) {
      return;
    }
    isClosed = true;
    over.countDown();
    thread.interrupt();
    try {
      thread.join(CLOSE_WITHIN.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    nemesis.close();
    pulse.close();
    client.close();
    recorder.close();
    cluster.close();
    if (!isKept) {
      remove();
    }
  }

  private void remove() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
