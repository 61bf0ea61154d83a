package io.quorate.node;

import io.quorate.mvcc.StoreHash;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The hashes that compactions took before they removed anything. A HashKV at exactly a compaction's
 * revision is answered from here, as in the reference, so that members agree on it whether they
 * have removed the rows or not. Any thread.
 */
final class HashCache {
  /** The most hashes that are kept, as in the reference. */
  private static final int HASHES_MAX = 10;

  private final Deque<StoreHash> hashes = new ArrayDeque<>();
  private final List<CompletableFuture<Long>> waiting = new ArrayList<>();
  // At 0 no row is outdated: nobody removes any, and nobody may wait for that.
  private long asked;
  private long done;

  /** Compaction at {@code revision} is asked for; until it is done, {@link #settled} waits. */
  synchronized void begin(long revision) {
    asked = Math.max(asked, revision);
  }

  synchronized void add(StoreHash hash) {
    hashes.addLast(hash);
    if (hashes.size() > HASHES_MAX) {
      hashes.removeFirst();
    }
  }

  /** All rows up to {@code revision} that are outdated have been removed. */
  void finished(long revision) {
    List<CompletableFuture<Long>> ready = List.of();
    synchronized (this) {
      done = Math.max(done, revision);
      if (done >= asked) {
        ready = List.copyOf(waiting);
        waiting.clear();
      }
    }
    ready.forEach(each -> each.complete(revision));
  }

  /** Completes when no compaction is under way. */
  synchronized CompletionStage<Long> settled() {
    if (done >= asked) {
      return CompletableFuture.completedFuture(done);
    }
    CompletableFuture<Long> wait = new CompletableFuture<>();
    waiting.add(wait);
    return wait;
  }

  /** The hash taken at {@code revision}, or null. */
  synchronized @Nullable StoreHash find(long revision) {
    for (StoreHash hash : hashes) {
      if (hash.revision() == revision) {
        return hash;
      }
    }
    return null;
  }
}
