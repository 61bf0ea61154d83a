package io.quorate.client.recipe;

import io.quorate.base.Bytes;
import io.quorate.client.Client;
import io.quorate.client.Compare;
import io.quorate.client.LeaseState;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * A lock that one at a time holds, among all programs that name it the same, in the order in which
 * they asked. Compatible with {@code Mutex} of etcd's {@code client/v3/concurrency} and with {@code
 * etcdctl lock}: the key of a holder is the name, a slash and its lease in hexadecimal.
 *
 * <p>A lock in a store cannot stop a program that was held up and believes that it holds it still.
 * What must not be done by two is therefore done in a {@link io.quorate.client.Txn} with {@link
 * Held#guard()}, or elsewhere with {@link Held#fence()}, which whoever is written to compares with
 * the greatest that it has seen.
 *
 * <p>Each acquisition has a lease of its own, that the client keeps alive. What goes wrong on the
 * way between client and store is tried again as long as that lease is held. Two acquisitions by
 * one program exclude each other as those of two programs do.
 */
public final class Mutex {
  private final Line line;

  private Mutex(Line line) {
    this.line = line;
  }

  /**
   * The lock of that name. Nothing is asked for yet.
   *
   * @param name not empty, in UTF-8
   * @param ttl how long others wait for a holder, or for one who waits, that died; rounded up to
   *     seconds
   */
  public static Mutex of(Client client, String name, Duration ttl) {
    return new Mutex(new Line(client, name, ttl));
  }

  /**
   * Waits for the lock, for as long as it takes. To cancel the stage is to leave the line: then,
   * and whenever it fails, no key stays behind, except until the time to live is over where no
   * member can be told.
   *
   * @return fails with {@link RecipeException.Lost} if the lease is lost meanwhile, or the key
   *     deleted by somebody; with {@link io.quorate.client.ClientException} where a member refuses
   */
  public CompletionStage<Held> acquire() {
    return line.enter(Bytes.EMPTY, Held::new);
  }

  /**
   * As {@link #acquire()}, but fails with {@link RecipeException.TimedOut} after {@code within}.
   */
  public CompletionStage<Held> acquire(Duration within) {
    return line.enter(Bytes.EMPTY, Held::new)
        .failAfter(within, () -> new RecipeException.TimedOut("the lock " + line.name(), within));
  }

  /**
   * Takes the lock if nobody holds it or waits for it. Does not wait, and fails as {@link
   * #acquire()}.
   */
  public CompletionStage<Optional<Held>> tryAcquire() {
    return line.tryEnter(Bytes.EMPTY, Held::new);
  }

  /** That the lock is held, or was. */
  public static final class Held {
    private final Place place;

    Held(Place place) {
      this.place = place;
    }

    /** The key that stands for the holder. */
    public Bytes key() {
      return place.key();
    }

    /** The create revision of the key: greater than that of each holder before. */
    public long fence() {
      return place.fence();
    }

    /** Holds in a transaction only as long as the lock is held. */
    public Compare guard() {
      return place.guard();
    }

    /**
     * Whether no member can have given the lock to somebody else by now, by the clock of this
     * program. Never waits.
     */
    public boolean isHeld() {
      return place.lease().isHeld();
    }

    /**
     * Completes when the lock is not to be counted on any more, with the reason: {@link
     * LeaseState.Reason#RELEASED} after a release. Never fails. That somebody deleted the key by
     * hand is not told; {@link #guard()} sees it.
     */
    public CompletionStage<LeaseState.Lost> lost() {
      return place.lease().lost();
    }

    /**
     * Gives the lock to who is next. May be done again, and after a loss: then it does nothing.
     *
     * @return completes when it is free; where it fails, it is free after the time to live
     */
    public CompletionStage<Void> release() {
      return place.lease().revoke();
    }
  }
}
