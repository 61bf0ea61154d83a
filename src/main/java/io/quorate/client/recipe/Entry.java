package io.quorate.client.recipe;

import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.client.ClientException;
import io.quorate.client.Compare;
import io.quorate.client.KeyValue;
import io.quorate.client.Lease;
import io.quorate.client.LeaseState;
import io.quorate.client.Put;
import io.quorate.client.Range;
import io.quorate.client.Txn;
import io.quorate.client.TxnResult;
import io.quorate.client.Watch;
import io.quorate.client.WatchSignal;
import io.quorate.client.wire.Backoff;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who queues up in a {@link Line}: asks for a lease, creates the key, and looks who is
 * before, each time that one is gone. One step is under way at a time, and each begins by looking
 * whether it is all over: given up, timed out, or the lease lost.
 *
 * <p>What had no answer is done again as long as the lease is held, which bounds how often.
 * Creating the key again does nothing: only this place has a key of that name, and it is written
 * only where it is not.
 *
 * @param <T> what is made of the place
 */
final class Entry<T> {
  private static final Backoff AGAIN = new Backoff(20, 1_000);

  private final Line line;
  private final Bytes value;
  private final boolean isPatient;
  private final Function<Optional<Place>, T> made;
  private final Promise<T> result = new Promise<>(this::leave);
  private volatile @Nullable Lease lease;
  private volatile @Nullable Departure awaited;
  private int failures;

  /** {@code isPatient} for who waits; otherwise the key is only made where nobody is. */
  Entry(Line line, Bytes value, boolean isPatient, Function<Optional<Place>, T> made) {
    this.line = line;
    this.value = value;
    this.isPatient = isPatient;
    this.made = made;
  }

  Promise<T> begin() {
    line.client()
        .lease(line.ttl())
        .whenComplete(
            (granted, failure) -> {
              if (failure != null) {
                fail(failure);
              } else {
                granted(granted);
              }
            });
    return result;
  }

  private void granted(Lease granted) {
    lease = granted;
    if (result.isDone()) {
      // It was given up before there was a lease to give back.
      leave();
      return;
    }
    granted.lost().thenAccept(how -> fail(new RecipeException.Lost(how)));
    create(granted);
  }

  private void create(Lease by) {
    if (result.isDone()) {
      return;
    }
    Bytes key = line.key(by.id());
    line.client()
        .txn(
            Txn.when(isPatient ? Compare.absent(key) : line.isEmpty())
                .then(Put.of(key, value).withLease(by.id()), line.first())
                .otherwise(Range.of(key), line.first()))
        .whenComplete(
            (answer, failure) -> {
              if (failure != null) {
                again(failure, () -> create(by));
              } else if (answer.succeeded()) {
                queued(new Place(key, answer.revision(), by), answer);
              } else {
                wasThere(answer, by);
              }
            });
  }

  /** The key was not created now: it was before, or somebody who does not wait was too late. */
  private void wasThere(TxnResult answer, Lease by) {
    Optional<KeyValue> own = answer.range(0).first();
    if (own.isPresent()) {
      queued(new Place(own.get().key(), own.get().createRevision(), by), answer);
    } else if (isPatient) {
      fail(gone("the key was deleted"));
    } else {
      result.complete(made.apply(Optional.empty()));
      leave();
    }
  }

  /** The key is there; {@code answer} says who was first then. */
  private void queued(Place place, TxnResult answer) {
    if (answer.range(1).first().filter(kv -> kv.createRevision() != place.fence()).isEmpty()) {
      first(place);
    } else {
      look(place);
    }
  }

  private void first(Place place) {
    if (!result.complete(made.apply(Optional.of(place)))) {
      leave();
    }
  }

  static RecipeException.Lost gone(String message) {
    return new RecipeException.Lost(new LeaseState.Lost(LeaseState.Reason.GONE, message));
  }

  /** Who is before? Asks at the same time whether the own key is there still. */
  private void look(Place place) {
    if (result.isDone()) {
      return;
    }
    line.client()
        .txn(Txn.when(place.guard()).then(line.before(place.fence())))
        .whenComplete(
            (answer, failure) -> {
              if (failure != null) {
                again(failure, () -> look(place));
              } else if (!answer.succeeded()) {
                fail(gone("the key " + place.key() + " is gone"));
              } else if (answer.range(0).first().isPresent()) {
                failures = 0;
                await(answer.range(0).kvs().get(0).key(), answer.revision(), place);
              } else {
                first(place);
              }
            });
  }

  private void await(Bytes before, long revision, Place place) {
    Departure departure = new Departure(place);
    awaited = departure;
    line.client()
        .watch(Watch.of(before).at(revision + 1).without(Watch.Filter.PUTS))
        .subscribe(departure);
    if (result.isDone()) {
      departure.leave();
    }
  }

  private void again(Throwable failure, Runnable step) {
    if (failure instanceof ClientException.Ambiguous
        || failure instanceof ClientException.Unavailable) {
      Promise.later(AGAIN.millis(++failures, ThreadLocalRandom.current()), step);
    } else if (failure instanceof ClientException.Refused refused
        && refused.error().filter(EtcdError.LEASE_NOT_FOUND::equals).isPresent()) {
      fail(gone(EtcdError.LEASE_NOT_FOUND.text()));
    } else {
      fail(failure);
    }
  }

  private void fail(Throwable why) {
    if (result.completeExceptionally(why)) {
      leave();
    }
  }

  /** Takes back all that lies in the store. */
  private void leave() {
    Departure departure = awaited;
    if (departure != null) {
      departure.leave();
    }
    Lease by = lease;
    if (by != null) {
      // If no member can be told now, the lease expires: it is not renewed any more.
      by.revoke();
    }
  }

  /** Waits until one key is gone. */
  private final class Departure extends Hearer {
    private final Place place;

    Departure(Place place) {
      this.place = place;
    }

    @Override
    public void onNext(WatchSignal signal) {
      if (signal instanceof WatchSignal.Changes && !isLeft()) {
        leave();
        look(place);
      }
    }

    @Override
    public void onError(Throwable why) {
      if (!isLeft()) {
        leave();
        if (why instanceof ClientException.Compacted) {
          look(place);
        } else {
          again(why, () -> look(place));
        }
      }
    }

    @Override
    public void onComplete() {
      onError(new ClientException.Unavailable("the watch ended"));
    }
  }
}
