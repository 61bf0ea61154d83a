package io.quorate.server.grpc;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import scala.Function1;
import scala.Option;
import scala.concurrent.CanAwait;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.concurrent.duration.Duration;
import scala.util.Failure;
import scala.util.Success;
import scala.util.Try;

/**
 * A Scala future whose continuations run on the thread that completes it, or that asks when it is
 * complete. Scala's own would queue each step on an execution context, and Pekko HTTP puts two
 * steps behind every response: for a reply that is ready at once those are wake-ups for nothing.
 * Only short continuations may be put behind it; those of Pekko HTTP add an attribute and tell the
 * connection.
 */
final class ReplyFuture<T> implements Future<T> {
  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(ReplyFuture.class, "state", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private record Waiter<T>(Consumer<Try<T>> then, @Nullable Object next) {}

  /** Null or a chain of waiters until completion, a {@code Try} ever after. */
  @SuppressWarnings("UnusedVariable") // by STATE
  private volatile @Nullable Object state;

  /** Completes with a value, unless complete. */
  boolean success(T value) {
    return complete(new Success<>(value));
  }

  /** Completes, unless complete, and runs what waits. */
  @SuppressWarnings("unchecked")
  boolean complete(Try<T> result) {
    while (true) {
      Object seen = state;
      if (seen instanceof Try) {
        return false;
      }
      if (STATE.compareAndSet(this, seen, result)) {
        for (Object w = seen; w != null; w = ((Waiter<T>) w).next()) {
          ((Waiter<T>) w).then().accept(result);
        }
        return true;
      }
    }
  }

  @SuppressWarnings("unchecked")
  private void whenComplete(Consumer<Try<T>> then) {
    while (true) {
      Object seen = state;
      if (seen instanceof Try) {
        then.accept((Try<T>) seen);
        return;
      }
      if (STATE.compareAndSet(this, seen, new Waiter<>(then, seen))) {
        return;
      }
    }
  }

  @Override
  public <U> void onComplete(Function1<Try<T>, U> f, ExecutionContext executor) {
    whenComplete(
        result -> {
          try {
            f.apply(result);
          } catch (RuntimeException e) {
            executor.reportFailure(e);
          }
        });
  }

  @Override
  public boolean isCompleted() {
    return state instanceof Try;
  }

  @Override
  @SuppressWarnings("unchecked")
  public Option<Try<T>> value() {
    Object seen = state;
    return seen instanceof Try ? Option.apply((Try<T>) seen) : Option.empty();
  }

  @Override
  public <S> Future<S> transform(Function1<Try<T>, Try<S>> f, ExecutionContext executor) {
    ReplyFuture<S> next = new ReplyFuture<>();
    whenComplete(
        result -> {
          Try<S> mapped;
          try {
            mapped = f.apply(result);
          } catch (RuntimeException e) {
            mapped = new Failure<>(e);
          }
          next.complete(mapped);
        });
    return next;
  }

  @Override
  public <S> Future<S> transformWith(Function1<Try<T>, Future<S>> f, ExecutionContext executor) {
    ReplyFuture<S> next = new ReplyFuture<>();
    whenComplete(
        result -> {
          try {
            f.apply(result).onComplete(next::complete, ExecutionContext.parasitic$.MODULE$);
          } catch (RuntimeException e) {
            next.complete(new Failure<>(e));
          }
        });
    return next;
  }

  @Override
  public ReplyFuture<T> ready(Duration atMost, CanAwait permit)
      throws InterruptedException, TimeoutException {
    CountDownLatch latch = new CountDownLatch(1);
    whenComplete(result -> latch.countDown());
    if (!atMost.isFinite()) {
      latch.await();
    } else if (!latch.await(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new TimeoutException("no reply after " + atMost);
    }
    return this;
  }

  @Override
  public T result(Duration atMost, CanAwait permit) throws InterruptedException, TimeoutException {
    return ready(atMost, permit).value().get().get();
  }
}
