package io.quorate.utl;

import io.quorate.base.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Writes what it is told into a file, part by part, on the thread that tells it. */
final class SnapshotWriter implements Subscriber<Bytes> {
  /** Parts of 32 KiB that may be on their way. */
  private static final int PARTS_AHEAD_MAX = 64;

  private final FileChannel file;
  private final LongConsumer progress;
  private final CompletableFuture<Long> written = new CompletableFuture<>();
  private @Nullable Subscription subscription;
  private long bytes;

  /**
   * @param progress is told how many bytes are written
   */
  SnapshotWriter(FileChannel file, LongConsumer progress) {
    this.file = file;
    this.progress = progress;
  }

  /** Completes with the number of bytes when all of them are written, not synced. */
  CompletableFuture<Long> written() {
    return written;
  }

  @Override
  public void onSubscribe(Subscription given) {
    subscription = given;
    given.request(PARTS_AHEAD_MAX);
  }

  @Override
  public void onNext(Bytes part) {
    Subscription from = subscription;
    if (from == null || written.isDone()) {
      return;
    }
    try {
      ByteBuffer left = ByteBuffer.wrap(part.unsafeArray());
      while (left.hasRemaining()) {
        file.write(left);
      }
      bytes += part.size();
      progress.accept(bytes);
      from.request(1);
    } catch (IOException e) {
      from.cancel();
      written.completeExceptionally(e);
    }
  }

  @Override
  public void onError(Throwable failure) {
    written.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    written.complete(bytes);
  }
}
