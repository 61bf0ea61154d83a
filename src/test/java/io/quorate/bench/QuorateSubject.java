package io.quorate.bench;

import io.quorate.base.Bytes;
import io.quorate.client.Client;
import io.quorate.client.KeyValue;
import io.quorate.client.Watch;
import io.quorate.client.WatchSignal;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** Our client, as it is when nothing is set. */
public final class QuorateSubject implements Subject {
  private static final Bytes VALUE = Bytes.utf8("v".repeat(VALUE_BYTES));

  private final Bytes[] keys = new Bytes[KEYS];
  private final Client client;

  /** A client of the member at {@code url}. */
  public QuorateSubject(String url) {
    client = Client.at(url).open();
    for (int i = 0; i < KEYS; i++) {
      keys[i] = Bytes.utf8(Subject.key(i));
    }
  }

  @Override
  public CompletableFuture<?> get() {
    return client.get(keys[0]).toCompletableFuture();
  }

  @Override
  public CompletableFuture<?> put(int key) {
    return client.put(keys[key], VALUE).toCompletableFuture();
  }

  @Override
  public boolean holdsValue(Object answer) {
    return answer instanceof Optional<?> found
        && found.orElseThrow() instanceof KeyValue kv
        && kv.value().equals(VALUE);
  }

  @Override
  public Runnable watch(long from, IntConsumer events, Consumer<Throwable> ended) {
    Counter counter = new Counter(events, ended);
    client.watch(Watch.prefix(EVENTS).at(from)).subscribe(counter);
    return counter::cancel;
  }

  @Override
  public CompletableFuture<?> lease(int ttlSeconds, Runnable lost) {
    return client
        .lease(Duration.ofSeconds(ttlSeconds))
        .thenAccept(lease -> lease.lost().thenRun(lost))
        .toCompletableFuture();
  }

  @Override
  public void close() {
    client.close();
  }

  private static final class Counter implements Flow.Subscriber<WatchSignal> {
    private final IntConsumer events;
    private final Consumer<Throwable> ended;
    private final CompletableFuture<Flow.Subscription> subscribed = new CompletableFuture<>();

    Counter(IntConsumer events, Consumer<Throwable> ended) {
      this.events = events;
      this.ended = ended;
    }

    void cancel() {
      subscribed.join().cancel();
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscribed.complete(subscription);
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(WatchSignal signal) {
      if (signal instanceof WatchSignal.Changes changes) {
        events.accept(changes.changes().size());
      }
    }

    @Override
    public void onError(Throwable failure) {
      ended.accept(failure);
    }

    @Override
    public void onComplete() {
      ended.accept(new IllegalStateException("the watch completed"));
    }
  }
}
