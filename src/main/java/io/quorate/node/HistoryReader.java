package io.quorate.node;

import io.quorate.watch.HistoryRead;
import io.quorate.watch.HistorySlice;
import java.util.concurrent.CompletionStage;

/** Reads slices of the store's history for watches. Called from an actor, so it must not block. */
@FunctionalInterface
public interface HistoryReader {
  /**
   * Reads whole revisions from {@code read.fromRevision()} to below {@code read.toRevision()}, all
   * of which are applied, and stops after the one that exceeds the bytes. A read that begins below
   * the compact revision answers {@link HistorySlice#compacted}. A stage that fails is asked again
   * after a while.
   */
  CompletionStage<HistorySlice> read(HistoryRead read);
}
