package io.quorate.client.recipe;

import io.quorate.base.Bytes;
import io.quorate.client.Client;
import io.quorate.client.Interval;
import io.quorate.client.KeyValue;
import io.quorate.client.Watch;
import io.quorate.client.WatchSignal;
import io.quorate.client.flow.Outlet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow.Publisher;
import java.util.concurrent.Flow.Subscriber;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A copy of some keys in this process, that follows the store: read without a call, and always of
 * one revision as a whole, which is behind the store by as long as it takes a member to tell.
 *
 * <p>What is read here may be old. Who has to see a write whose revision it knows, its own or that
 * of another, asks {@link #awaitRevision} first.
 *
 * <p>While members cannot be reached, the copy stays as it is, and goes on afterwards without a
 * gap. If what happened meanwhile is compacted, it is {@link Standing#RESYNCING} until it has all
 * keys anew, shows the old ones until then, and changes at once.
 */
public final class Cache implements AutoCloseable {
  /** How many may wait for a revision at once. */
  public static final int AWAITING_MAX = 100_000;

  /** After what silence the revision is asked for, which others' keys may have raised. */
  private static final Duration BOOKMARK_AFTER = Duration.ofMillis(500);

  private final Promise<Cache> filled = new Promise<>(this::close);
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final Set<Snapshots> subscribers = ConcurrentHashMap.newKeySet();
  private final Feed feed = new Feed();
  // All below is guarded by the core.
  private final CacheCore core = new CacheCore();
  private final TreeSet<Waiter> waiters =
      new TreeSet<>(
          Comparator.comparingLong((Waiter waiter) -> waiter.revision)
              .thenComparingLong(waiter -> waiter.number));
  private long waitersSoFar;
  private long version;
  private @Nullable Throwable failure;
  private boolean isEnded;

  /** How the copy stands to the store. */
  public enum Standing {
    /** It follows, or goes on as soon as a member is reached. */
    FOLLOWING,
    /** What happened next is compacted: the copy is old until all keys are read anew. */
    RESYNCING,
    /** It was closed, or a member refused it: the copy stays as it is. */
    ENDED
  }

  /**
   * The copy at a moment. Never changes.
   *
   * @param revision of the whole
   * @param keys in the order of their bytes
   * @param standing how it stood to the store
   */
  public record Snapshot(long revision, SortedMap<Bytes, KeyValue> keys, Standing standing) {}

  private Cache() {}

  /**
   * Begins to copy all keys that begin with {@code prefix}, in UTF-8.
   *
   * @return the copy, once it is there; fails with {@link io.quorate.client.ClientException} if a
   *     member refuses. Waits while no member is reached; to cancel it is to give up.
   */
  public static CompletionStage<Cache> open(Client client, String prefix) {
    return open(client, Interval.prefix(prefix));
  }

  /** As {@link #open(Client, String)}, of {@code keys}. */
  public static CompletionStage<Cache> open(Client client, Interval keys) {
    Cache cache = new Cache();
    client.watch(Watch.of(keys).withList().quiet(BOOKMARK_AFTER)).subscribe(cache.feed);
    return cache.filled;
  }

  /** The key, as of {@link #revision()} or later. */
  public Optional<KeyValue> get(Bytes key) {
    synchronized (core) {
      return core.get(key);
    }
  }

  /** The key, in UTF-8. */
  public Optional<KeyValue> get(String key) {
    return get(Bytes.utf8(key));
  }

  /** Up to where all that happened to the keys is seen. */
  public long revision() {
    synchronized (core) {
      return core.revision();
    }
  }

  /** All keys. Costs nothing now, and a copy of the map at the next change. */
  public Snapshot snapshot() {
    synchronized (core) {
      return core.snapshot();
    }
  }

  /**
   * Waits until all that happened up to {@code revision} is seen here. One that was made by other
   * keys is noticed half a second later at most if a member is there.
   *
   * @return the revision that is seen then; fails with {@link RecipeException.TimedOut} after
   *     {@code within}, with {@link RecipeException.Crowded} if {@link #AWAITING_MAX} wait already,
   *     and with what the cache ended with if it did
   */
  public CompletionStage<Long> awaitRevision(long revision, Duration within) {
    Waiter waiter;
    synchronized (core) {
      waiter = new Waiter(revision, waitersSoFar++);
      if (core.revision() >= revision) {
        waiter.promise.complete(core.revision());
        return waiter.promise;
      }
      Throwable why = isEnded ? failure() : crowded();
      if (why != null) {
        waiter.promise.completeExceptionally(why);
        return waiter.promise;
      }
      waiters.add(waiter);
    }
    return waiter.promise.failAfter(
        within, () -> new RecipeException.TimedOut("revision " + revision, within));
  }

  private @Nullable Throwable crowded() {
    return waiters.size() < AWAITING_MAX ? null : new RecipeException.Crowded(AWAITING_MAX);
  }

  private Throwable failure() {
    Throwable why = failure;
    return why == null ? new RecipeException.Closed("the cache") : why;
  }

  /**
   * The copy now, and then each time that keys or standing are others. Who is slow is told only the
   * newest; none shows half a revision. Completes when the cache is closed, and fails with what the
   * cache ended with otherwise. To ask for each costs a copy of the map for each.
   */
  public Publisher<Snapshot> snapshots() {
    return subscriber -> {
      Snapshots snapshots = new Snapshots(subscriber);
      subscribers.add(snapshots);
      snapshots.begin();
      boolean isLate;
      synchronized (core) {
        isLate = isEnded;
      }
      if (isLate) {
        snapshots.end(failure);
      }
    };
  }

  /**
   * Completes when the copy does not follow any more: well after {@link #close()}, and otherwise
   * with the {@link io.quorate.client.ClientException} that ended it.
   */
  public CompletionStage<Void> ended() {
    return Promise.of(ended.minimalCompletionStage(), Function.identity());
  }

  /** Follows no longer. What is there can still be read. */
  @Override
  public void close() {
    end(null);
  }

  private void end(@Nullable Throwable why) {
    List<Waiter> left;
    synchronized (core) {
      if (isEnded) {
        return;
      }
      isEnded = true;
      failure = why;
      core.end();
      version++;
      left = new ArrayList<>(waiters);
      waiters.clear();
    }
    feed.leave();
    Throwable told = failure();
    filled.completeExceptionally(told);
    left.forEach(waiter -> waiter.promise.completeExceptionally(told));
    subscribers.forEach(subscriber -> subscriber.end(why));
    if (why == null) {
      ended.complete(null);
    } else {
      ended.completeExceptionally(why);
    }
  }

  private void take(WatchSignal signal) {
    List<Waiter> due = new ArrayList<>();
    boolean isFilled;
    boolean isChanged;
    long revision;
    synchronized (core) {
      if (isEnded) {
        return;
      }
      isChanged = core.take(signal);
      isFilled = core.isFilled();
      revision = core.revision();
      if (isChanged) {
        version++;
      }
      while (!waiters.isEmpty() && waiters.first().revision <= revision) {
        due.add(waiters.pollFirst());
      }
    }
    if (isFilled && !filled.isDone()) {
      filled.complete(this);
    }
    due.forEach(waiter -> waiter.promise.complete(revision));
    if (isChanged) {
      subscribers.forEach(Outlet::wake);
    }
  }

  /** Somebody who waits for a revision; told apart from others by a number. */
  private final class Waiter {
    final long revision;
    final long number;
    final Promise<Long> promise = new Promise<>(this::leave);

    Waiter(long revision, long number) {
      this.revision = revision;
      this.number = number;
    }

    private void leave() {
      synchronized (core) {
        waiters.remove(this);
      }
    }
  }

  /** Takes what the watch tells. */
  private final class Feed extends Hearer {
    @Override
    public void onNext(WatchSignal signal) {
      take(signal);
    }

    @Override
    public void onError(Throwable why) {
      end(why);
    }

    @Override
    public void onComplete() {
      end(null);
    }
  }

  /** Tells one subscriber the newest. */
  private final class Snapshots extends Outlet<Snapshot> {
    private long told = -1;

    Snapshots(Subscriber<? super Snapshot> subscriber) {
      super(subscriber);
    }

    @Override
    protected @Nullable Snapshot next() {
      synchronized (core) {
        if (told == version) {
          return null;
        }
        told = version;
        return core.snapshot();
      }
    }

    @Override
    protected boolean isEmpty() {
      synchronized (core) {
        return told == version;
      }
    }

    @Override
    protected void onOver() {
      subscribers.remove(this);
    }
  }
}
