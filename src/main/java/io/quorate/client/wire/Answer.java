package io.quorate.client.wire;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What will be answered. It completes on a thread of the client, and what depends on it runs there:
 * no hand-over for who only goes on with the next call. Who waits there, for something that only
 * that thread can bring, would wait for ever; such a wait throws {@link IllegalStateException}.
 */
public class Answer<T> extends CompletableFuture<T> {
  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new Answer<>();
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    checkThread();
    return super.get();
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    checkThread();
    return super.get(timeout, unit);
  }

  @Override
  public T join() {
    checkThread();
    return super.join();
  }

  private void checkThread() {
    if (!isDone() && IoThreads.isOneOfThem(Thread.currentThread())) {
      throw new IllegalStateException(
          "a thread of the client must not wait for an answer, which it has to bring itself: go on"
              + " with thenCompose, or with thenApplyAsync on a thread of your own");
    }
  }
}
