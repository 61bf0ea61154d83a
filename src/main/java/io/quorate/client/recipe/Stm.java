package io.quorate.client.recipe;

import io.quorate.base.Bytes;
import io.quorate.client.Client;
import io.quorate.client.TxnResult;
import io.quorate.client.wire.Backoff;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Transactions that are written as a function: it reads and writes a view of the store, and what it
 * wrote is done at once if nobody wrote meanwhile what it read; otherwise it is called anew.
 * Source: {@code STM} of etcd's {@code client/v3/concurrency}.
 *
 * <p>Never changes: each method returns another one. A transaction reads and writes at most as many
 * keys as members allow operations in a transaction, 128 each unless they are told otherwise.
 */
public final class Stm {
  /** The most attempts that can be asked for. */
  public static final int ATTEMPTS_MAX = 1_000;

  private static final int ATTEMPTS = 64;
  private static final Backoff BACKOFF = new Backoff(2, 250);

  private final Client client;
  private final Isolation isolation;
  private final int attemptsMax;

  /**
   * What nobody may have done meanwhile. Under both, all reads are of one revision, that of the
   * first, which is not older than the call.
   */
  public enum Isolation {
    /** Written what was read: transactions are as if one came after the other. */
    SERIALIZABLE,
    /** Also not written what is written, since the first read. */
    SERIALIZABLE_SNAPSHOT
  }

  /**
   * The store as one attempt sees it. For any thread, until the stage of the function completes.
   */
  public interface View {
    /** The value of a key, as it was at the revision of the first read, or as written here. */
    CompletionStage<Optional<Bytes>> get(Bytes key);

    /** Writes a key, if the transaction is done. */
    void put(Bytes key, Bytes value);

    /** Removes a key, if the transaction is done. */
    void delete(Bytes key);

    /** The value of a key, both in UTF-8. */
    default CompletionStage<Optional<String>> get(String key) {
      return get(Bytes.utf8(key)).thenApply(value -> value.map(Bytes::utf8));
    }

    /** Writes a key, both in UTF-8, if the transaction is done. */
    default void put(String key, String value) {
      put(Bytes.utf8(key), Bytes.utf8(value));
    }

    /** Removes a key, in UTF-8, if the transaction is done. */
    default void delete(String key) {
      delete(Bytes.utf8(key));
    }
  }

  /**
   * A transaction that is done.
   *
   * @param value what the function said in the end
   * @param revision that of the write; that of the reads if nothing was written, 0 if nothing was
   *     read either
   * @param attempts how often the function was called
   */
  public record Done<T extends @Nullable Object>(T value, long revision, int attempts) {}

  private Stm(Client client, Isolation isolation, int attemptsMax) {
    this.client = client;
    this.isolation = isolation;
    this.attemptsMax = attemptsMax;
  }

  /** Transactions with {@link Isolation#SERIALIZABLE_SNAPSHOT} and {@value #ATTEMPTS} attempts. */
  public static Stm of(Client client) {
    return new Stm(client, Isolation.SERIALIZABLE_SNAPSHOT, ATTEMPTS);
  }

  /** The same with another isolation. */
  public Stm isolation(Isolation wanted) {
    return new Stm(client, wanted, attemptsMax);
  }

  /** The same with at most so many attempts, 1 to {@link #ATTEMPTS_MAX}. */
  public Stm attempts(int most) {
    if (most < 1 || most > ATTEMPTS_MAX) {
      throw new IllegalArgumentException("1 to " + ATTEMPTS_MAX + " attempts, not " + most);
    }
    return new Stm(client, isolation, most);
  }

  /**
   * Does what {@code body} says. It is called on the thread of the caller, and after a conflict on
   * the common pool of the JVM, never while its last stage is not complete. It must do nothing but
   * compute and use the view; what it throws or fails with ends the transaction, with nothing
   * written. To cancel the stage before the write was sent is to write nothing.
   *
   * @return fails with {@link RecipeException.Conflict} when there are no attempts left; with
   *     {@link io.quorate.client.ClientException.Ambiguous} if nobody knows whether it was done: it
   *     may have been, so it is not tried again
   */
  public <T extends @Nullable Object> CompletionStage<Done<T>> run(
      Function<View, ? extends CompletionStage<T>> body) {
    Run<T> run = new Run<>(body);
    run.attempt(1, new Attempt(client, isolation));
    return run.result;
  }

  private final class Run<T extends @Nullable Object> {
    private final Function<View, ? extends CompletionStage<T>> body;
    final Promise<Done<T>> result = new Promise<>(() -> {});

    Run(Function<View, ? extends CompletionStage<T>> body) {
      this.body = body;
    }

    void attempt(int number, Attempt view) {
      if (result.isDone()) {
        return;
      }
      CompletionStage<T> computed;
      try {
        computed = Objects.requireNonNull(body.apply(view), "the function gave no stage");
      } catch (RuntimeException | Error e) {
        // Nobody else would hear of it where an attempt runs on a pool.
        result.completeExceptionally(e);
        return;
      }
      computed.whenComplete(
          (value, failure) -> {
            view.seal();
            if (failure == null) {
              commit(number, view, value);
            } else if (view.isCompacted()) {
              conflict(number, new Attempt(client, isolation));
            } else {
              result.completeExceptionally(Promise.unwrapped(failure));
            }
          });
    }

    private void commit(int number, Attempt view, T value) {
      if (result.isDone()) {
        return;
      }
      if (!view.isWriting()) {
        result.complete(new Done<>(value, view.revision(), number));
        return;
      }
      client
          .txn(view.commit())
          .whenComplete(
              (answer, failure) -> {
                if (failure != null) {
                  result.completeExceptionally(failure);
                } else if (answer.succeeded()) {
                  result.complete(new Done<>(value, answer.revision(), number));
                } else {
                  conflict(number, after(view, answer));
                }
              });
    }

    private Attempt after(Attempt view, TxnResult answer) {
      return new Attempt(client, isolation, answer.revision(), view.found(answer));
    }

    private void conflict(int number, Attempt next) {
      if (number >= attemptsMax) {
        result.completeExceptionally(new RecipeException.Conflict(number));
      } else {
        Promise.later(
            BACKOFF.millis(number, ThreadLocalRandom.current()), () -> attempt(number + 1, next));
      }
    }
  }
}
