package io.quorate.link;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/** The connections of one {@link PeerLinks}, so that all of them can be ended. Safe for threads. */
final class OpenConnections {
  private final CompletableFuture<Done> none = new CompletableFuture<>();
  private final Set<Runnable> closers = Collections.newSetFromMap(new IdentityHashMap<>());
  private boolean closed;

  /**
   * {@code flow}, counted from its start to its end.
   *
   * @param closer ends it; does nothing after the end
   * @param onEnd told of the end, with the reason if it was a failure
   */
  Flow<ByteString, ByteString, NotUsed> track(
      Flow<ByteString, ByteString, NotUsed> flow,
      Runnable closer,
      BiConsumer<Done, @Nullable Throwable> onEnd) {
    return flow.watchTermination(
        (unused, ended) -> {
          opened(closer);
          ended.whenComplete(
              (done, error) -> {
                ended(closer);
                onEnd.accept(done, error);
              });
          return NotUsed.getInstance();
        });
  }

  private void opened(Runnable closer) {
    boolean late;
    synchronized (this) {
      closers.add(closer);
      late = closed;
    }
    if (late) {
      closer.run();
    }
  }

  private void ended(Runnable closer) {
    boolean last;
    synchronized (this) {
      closers.remove(closer);
      last = closed && closers.isEmpty();
    }
    if (last) {
      none.complete(Done.getInstance());
    }
  }

  /** How many there are. */
  synchronized int count() {
    return closers.size();
  }

  /** Ends all, and all that come later; the stage completes when there is none. */
  CompletionStage<Done> close() {
    List<Runnable> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(closers);
    }
    all.forEach(Runnable::run);
    if (all.isEmpty()) {
      none.complete(Done.getInstance());
    }
    return none;
  }
}
