package io.quorate.tasks;

import io.quorate.client.Client;
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
import io.quorate.client.recipe.Election;
import io.quorate.client.recipe.Mutex;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Common tasks as whole methods. The lines between the marks of a task are counted, those of what
 * several tasks share for each of them.
 */
final class Tasks {
  private Tasks() {}

  // begin connect
  static Client connect(List<String> endpoints, Path authority, String user, String password) {
    return Client.at(endpoints).trusting(authority).user(user, password).open();
  }

  // end

  // begin put-get
  static CompletionStage<String> putAndGet(Client client, String key, String value) {
    return client
        .put(key, value)
        .thenCompose(written -> client.get(key))
        .thenApply(found -> found.map(KeyValue::valueText).orElse("nothing"));
  }

  // end

  // begin list
  /** All as of one revision, page by page. */
  static void list(Client client, String prefix, Consumer<KeyValue> told, Consumer<String> end) {
    client.stream(Range.prefix(prefix))
        .subscribe(new Each<>(told, failure -> end.accept("failed"), () -> end.accept("done")));
  }

  // end

  // begin compare-and-swap
  static CompletionStage<Boolean> replace(Client client, KeyValue seen, String value) {
    return client
        .txn(
            Txn.when(Compare.unchanged(seen.key(), seen.modRevision()))
                .then(Put.of(seen.keyText(), value)))
        .thenApply(TxnResult::succeeded);
  }

  // end

  // begin watch
  /** Goes on behind what is compacted, after whoever listens was told of the gap. */
  static void watch(
      Client client, String prefix, long from, Consumer<WatchSignal> told, Runnable gap) {
    client
        .watch(Watch.prefix(prefix).at(from))
        .subscribe(
            new Each<>(
                told,
                failure -> {
                  if (failure instanceof ClientException.Compacted compacted) {
                    gap.run();
                    watch(client, prefix, compacted.revision(), told, gap);
                  }
                },
                () -> {}));
  }

  // end

  // begin list-then-watch
  /** Also lists anew, by itself, where changes were compacted before they were told. */
  static void listThenWatch(Client client, String prefix, Consumer<WatchSignal> told) {
    client
        .watch(Watch.prefix(prefix).withList())
        .subscribe(new Each<>(told, failure -> {}, () -> {}));
  }

  // end

  // begin lease
  static CompletionStage<Lease> announce(
      Client client, String key, Duration ttl, Consumer<LeaseState.Lost> lost) {
    return client
        .lease(ttl)
        .thenCompose(
            lease -> {
              lease.lost().thenAccept(lost);
              return client
                  .put(Put.of(key, "here").withLease(lease.id()))
                  .thenApply(written -> lease);
            });
  }

  // end

  // begin lock
  static <T> CompletionStage<T> locked(
      Client client, String name, Supplier<CompletionStage<T>> work) {
    return Mutex.of(client, name, Duration.ofSeconds(10))
        .acquire()
        .thenCompose(held -> work.get().whenComplete((done, failure) -> held.release()));
  }

  // end

  // begin election
  /** Says {@code word} as leader, does what leaders do, and steps back. */
  static <T> CompletionStage<T> lead(
      Client client, String name, String word, Supplier<CompletionStage<T>> work) {
    return Election.of(client, name, Duration.ofSeconds(10))
        .campaign(word)
        .thenCompose(leads -> work.get().whenComplete((done, failure) -> leads.resign()));
  }

  // end

  // begin close
  /** Calls, watches and leases end with it. */
  static void close(Client client) {
    client.close();
  }

  // end

  // begin list, watch, list-then-watch
  record Each<T>(Consumer<T> told, Consumer<Throwable> failed, Runnable done)
      implements Flow.Subscriber<T> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(T value) {
      told.accept(value);
    }

    @Override
    public void onError(Throwable failure) {
      failed.accept(failure);
    }

    @Override
    public void onComplete() {
      done.run();
    }
  }
  // end
}
