package io.quorate.client.recipe;

import io.quorate.base.Bytes;
import io.quorate.client.Change;
import io.quorate.client.Client;
import io.quorate.client.KeyValue;
import io.quorate.client.Watch;
import io.quorate.client.WatchSignal;
import io.quorate.client.flow.Outlet;
import io.quorate.client.recipe.Election.Leader;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * What one observer is told of an election: knows all candidates, and asks the watch for its next
 * signal when all that the one before meant was told. So no more waits than one signal means.
 */
final class Observation extends Outlet<Leader> implements Subscriber<WatchSignal> {
  private final Map<Bytes, KeyValue> candidates = new HashMap<>();
  private final Queue<Leader> leaders = new ArrayDeque<>();
  private @Nullable Leader last;
  private @Nullable Subscription upstream;
  private boolean isAsked;
  private boolean isLeft;

  Observation(Subscriber<? super Leader> subscriber) {
    super(subscriber);
  }

  void start(Client client, Watch watch) {
    begin();
    client.watch(watch).subscribe(this);
  }

  @Override
  public void onSubscribe(Subscription given) {
    boolean isLate;
    synchronized (this) {
      upstream = given;
      isLate = isLeft;
    }
    if (isLate) {
      given.cancel();
    } else {
      wake();
    }
  }

  @Override
  protected @Nullable Leader next() {
    Subscription asked;
    synchronized (this) {
      Leader next = leaders.poll();
      asked = upstream;
      if (next != null || isAsked || asked == null) {
        return next;
      }
      isAsked = true;
    }
    // Not under the lock: the watch may answer on this thread, and wakes us for another turn.
    asked.request(1);
    return null;
  }

  @Override
  protected synchronized boolean isEmpty() {
    return leaders.isEmpty();
  }

  @Override
  public void onNext(WatchSignal signal) {
    synchronized (this) {
      isAsked = false;
      take(signal);
    }
    wake();
  }

  private void take(WatchSignal signal) {
    if (signal instanceof WatchSignal.Listing listing) {
      if (listing.isFirst()) {
        candidates.clear();
      }
      listing.kvs().forEach(kv -> candidates.put(kv.key(), kv));
      if (listing.isLast()) {
        elect();
      }
    } else if (signal instanceof WatchSignal.Changes changes) {
      long revision = 0;
      for (Change change : changes.changes()) {
        if (change.revision() != revision && revision != 0) {
          elect();
        }
        revision = change.revision();
        if (change.isDelete()) {
          candidates.remove(change.key());
        } else {
          candidates.put(change.key(), change.kv());
        }
      }
      elect();
    }
  }

  /** Tells the leader if it is another one or says something else. */
  private void elect() {
    Optional<Leader> now =
        candidates.values().stream()
            .min(Comparator.comparingLong(KeyValue::createRevision))
            .map(Leader::of);
    if (now.isPresent() && !now.get().equals(last)) {
      last = now.get();
      leaders.add(now.get());
    }
  }

  @Override
  public void onError(Throwable why) {
    end(why);
  }

  @Override
  public void onComplete() {
    end(null);
  }

  @Override
  protected void onOver() {
    Subscription left;
    synchronized (this) {
      isLeft = true;
      left = upstream;
    }
    if (left != null) {
      left.cancel();
    }
  }
}
