package io.quorate.node;

import io.quorate.mvcc.EventReader;
import io.quorate.watch.Change;
import io.quorate.watch.HistoryRead;
import io.quorate.watch.HistorySlice;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** Reads history for watches from the store, on the reader pool. */
final class StoreHistory implements HistoryReader {
  private final StoreReader store;
  private final Executor pool;

  StoreHistory(StoreReader store, Executor pool) {
    this.store = store;
    this.pool = pool;
  }

  @Override
  public CompletionStage<HistorySlice> read(HistoryRead read) {
    return CompletableFuture.supplyAsync(() -> store.read(view -> slice(view, read)), pool);
  }

  private static HistorySlice slice(io.quorate.mvcc.StoreView view, HistoryRead read) {
    if (read.fromRevision() < view.compacted()) {
      return HistorySlice.compacted(view.compacted());
    }
    // Watches hear of a batch just before reads see it: what is not visible yet is asked again.
    long to = Math.min(read.toRevision() - 1, view.revision());
    if (to < read.fromRevision()) {
      throw new IllegalStateException(
          "revision " + read.fromRevision() + " is not visible yet, the newest is " + to);
    }
    EventReader.Slice slice = EventReader.read(view, read.fromRevision(), to, read.bytesMax());
    return HistorySlice.of(Change.split(slice.events()), slice.next());
  }
}
