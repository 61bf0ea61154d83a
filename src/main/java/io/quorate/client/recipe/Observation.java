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
final class Observation extends Outlet<Leader> {
  private final Map<Bytes, KeyValue> candidates = new HashMap<>();
  private final Queue<Leader> leaders = new ArrayDeque<>();
  private @Nullable Leader last;
  private final Feed feed = new Feed();
  private boolean isAsked;

  Observation(Subscriber<? super Leader> subscriber) {
    super(subscriber);
  }

  void start(Client client, Watch watch) {
    begin();
    client.watch(watch).subscribe(feed);
  }

  @Override
  protected @Nullable Leader next() {
    Subscription asked;
    synchronized (this) {
      Leader next = leaders.poll();
      asked = feed.subscription();
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

  /** Hears of the candidates, one signal at a time. */
  private final class Feed extends Hearer {
    @Override
    void onBegin(Subscription given) {
      wake();
    }

    @Override
    public void onNext(WatchSignal signal) {
      heard(signal);
      wake();
    }

    @Override
    public void onError(Throwable why) {
      end(why);
    }

    @Override
    public void onComplete() {
      end(null);
    }
  }

  private synchronized void heard(WatchSignal signal) {
    isAsked = false;
    take(signal);
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
  protected void onOver() {
    feed.leave();
  }
}
