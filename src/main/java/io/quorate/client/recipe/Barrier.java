package io.quorate.client.recipe;

import io.quorate.base.Bytes;
import io.quorate.client.Change;
import io.quorate.client.Client;
import io.quorate.client.ClientException;
import io.quorate.client.Compare;
import io.quorate.client.Delete;
import io.quorate.client.Put;
import io.quorate.client.Txn;
import io.quorate.client.TxnResult;
import io.quorate.client.Watch;
import io.quorate.client.WatchSignal;
import java.util.concurrent.CompletionStage;

/**
 * Something that one program closes, and that many wait for until it is opened: a key that is
 * there, or not. Source: {@code Barrier} of etcd's {@code client/v3/experimental/recipes}, which
 * lays it out in the same way. It has no lease: it stays closed if who closed it dies.
 */
public final class Barrier {
  private final Client client;
  private final Bytes key;

  private Barrier(Client client, Bytes key) {
    this.client = client;
    this.key = key;
  }

  /** The barrier of that name, which is its key, in UTF-8. Nothing is asked for yet. */
  public static Barrier of(Client client, String name) {
    return new Barrier(client, Bytes.utf8(name));
  }

  /**
   * Closes it.
   *
   * @return whether it was open; fails with {@link ClientException.Ambiguous} if nobody knows
   *     whether it was closed: it is not tried again, as somebody may have opened it meanwhile
   */
  public CompletionStage<Boolean> hold() {
    return Promise.of(
        client.txn(Txn.when(Compare.absent(key)).then(Put.of(key, Bytes.EMPTY))),
        TxnResult::succeeded);
  }

  /** Opens it; returns whether it was closed. Fails as {@link #hold()}. */
  public CompletionStage<Boolean> release() {
    return Promise.of(client.delete(Delete.of(key)), answer -> answer.deleted() > 0);
  }

  /**
   * Completes once it is open, at once if it is now, for as long as that takes and whatever becomes
   * of members and connections. To cancel the stage is to wait no longer.
   */
  public CompletionStage<Void> await() {
    Opening opening = new Opening();
    client.watch(Watch.of(key).withList()).subscribe(opening);
    return opening.promise;
  }

  /** Waits until the key is not there. */
  private static final class Opening extends Hearer {
    final Promise<Void> promise = new Promise<>(this::leave);

    @Override
    public void onNext(WatchSignal signal) {
      boolean isOpen = false;
      if (signal instanceof WatchSignal.Listing listing) {
        isOpen = listing.kvs().isEmpty();
      } else if (signal instanceof WatchSignal.Changes changes) {
        // That it was open for a moment only is enough.
        isOpen = changes.changes().stream().anyMatch(Change::isDelete);
      }
      if (isOpen) {
        leave();
        promise.complete(null);
      }
    }

    @Override
    public void onError(Throwable why) {
      promise.completeExceptionally(why);
    }

    @Override
    public void onComplete() {
      onError(new ClientException.Closed());
    }
  }
}
