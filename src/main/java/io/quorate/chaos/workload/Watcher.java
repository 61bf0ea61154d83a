package io.quorate.chaos.workload;

import io.quorate.chaos.history.Fact;
import io.quorate.client.Client;
import io.quorate.client.ClientException;
import io.quorate.client.Watch;
import io.quorate.client.WatchSignal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Watches some keys from a revision on and writes down what it is told, until it is closed. Where
 * what it has to tell next was compacted it goes on with what can still be read, and says so.
 */
public final class Watcher implements AutoCloseable {
  private static final Duration QUIET = Watch.QUIET_MIN;

  private final String name;
  private final String member;
  private final Client client;
  private final String prefix;
  private final Recorder recorder;
  private final Object lock = new Object();
  private long told;
  private volatile @Nullable Telling telling;
  private volatile boolean isClosed;

  /**
   * A watcher that does not watch yet.
   *
   * @param name its own, in the history
   * @param member the one that {@code client} asks; empty if it asks all
   * @param prefix of the keys; empty for all
   */
  public Watcher(String name, String member, Client client, String prefix, Recorder recorder) {
    this.name = name;
    this.member = member;
    this.client = client;
    this.prefix = prefix;
    this.recorder = recorder;
  }

  /** Begins with revision {@code from}, above 0. */
  public void begin(long from) {
    tell(from - 1);
    open(from);
  }

  private void open(long from) {
    if (isClosed) {
      return;
    }
    recorder.tell(new Fact.WatchOpened(recorder.now(), name, member, prefix, from, true));
    Telling next = new Telling();
    telling = next;
    client
        .watch(Watch.of(Translation.keys(prefix)).at(from).withPrevious().quiet(QUIET))
        .subscribe(next);
  }

  /** Its name in the history. */
  public String name() {
    return name;
  }

  /** How far everything was told. */
  public long toldTo() {
    synchronized (lock) {
      return told;
    }
  }

  /**
   * Waits until everything up to {@code revision} was told; whether it was.
   *
   * @param deadline by {@link System#nanoTime}
   */
  boolean awaitTold(long revision, long deadline) throws InterruptedException {
    synchronized (lock) {
      while (told < revision) {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
          return false;
        }
        lock.wait(millis);
      }
      return true;
    }
  }

  private void tell(long revision) {
    synchronized (lock) {
      told = revision;
      lock.notifyAll();
    }
  }

  @Override
  public void close() {
    isClosed = true;
    Telling last = telling;
    if (last != null) {
      last.cancel();
    }
  }

  private final class Telling implements Flow.Subscriber<WatchSignal> {
    private volatile Flow.@Nullable Subscription subscription;

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      given.request(Long.MAX_VALUE);
    }

    void cancel() {
      Flow.Subscription known = subscription;
      if (known != null) {
        known.cancel();
      }
    }

    @Override
    public void onNext(WatchSignal signal) {
      // Written down first: whoever waits for the revision may end the run.
      if (signal instanceof WatchSignal.Changes changes) {
        recorder.tell(
            new Fact.WatchTold(
                recorder.now(),
                name,
                signal.revision(),
                changes.changes().stream().map(Translation::event).toList()));
      } else if (signal instanceof WatchSignal.Bookmark) {
        recorder.tell(new Fact.WatchTold(recorder.now(), name, signal.revision(), List.of()));
      }
      tell(signal.revision());
    }

    @Override
    public void onError(Throwable failure) {
      long compacted =
          failure instanceof ClientException.Compacted known ? Math.max(1, known.revision()) : 0;
      recorder.tell(new Fact.WatchEnded(recorder.now(), name, Caller.text(failure), compacted));
      if (compacted > 0) {
        tell(compacted - 1);
        open(compacted);
      }
    }

    @Override
    public void onComplete() {
      recorder.tell(new Fact.WatchEnded(recorder.now(), name, "complete", 0));
    }
  }
}
