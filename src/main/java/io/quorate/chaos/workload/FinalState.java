package io.quorate.chaos.workload;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import io.quorate.client.Client;
import io.quorate.client.Interval;
import io.quorate.client.KeyValue;
import io.quorate.client.Maintenance;
import io.quorate.client.Range;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads all keys and the hash of each member, as of one revision, when clients and faults are over.
 */
final class FinalState {
  /** The most rows that are read of a member. */
  static final int ROWS_MAX = 5_000_000;

  private static final Duration WITHIN = Duration.ofSeconds(60);

  private FinalState() {}

  /**
   * The newest revision. Written down as any other question, since nothing that anybody was told
   * before may lie behind it.
   */
  static long revision(Client client, Recorder recorder) throws IOException {
    return new Caller(Fact.FINAL + "-0", "", client, recorder)
        .ask(Request.of(new Step.Read("nothing")))
        .orElseThrow(() -> new IOException("no answer in the end"))
        .revision();
  }

  /** Writes down what each member holds. */
  static void tell(Map<String, Client> clients, long revision, Recorder recorder)
      throws IOException {
    for (Map.Entry<String, Client> each : clients.entrySet()) {
      Collecting rows = new Collecting();
      // Linearizable: a member that lags has to come so far first.
      each.getValue().stream(Range.of(Interval.all()).at(revision)).subscribe(rows);
      List<Row> found = wait(rows.all);
      recorder.tell(new Fact.State(recorder.now(), each.getKey(), revision, found));
      Maintenance.Hash hash = wait(each.getValue().maintenance().hashKv(revision));
      recorder.tell(
          new Fact.Hash(
              recorder.now(), each.getKey(), revision, hash.compactRevision(), hash.hash()));
    }
  }

  private static <T> T wait(CompletionStage<T> stage) throws IOException {
    try {
      return stage.toCompletableFuture().get(WITHIN.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException("the final state: " + Caller.text(e.getCause()), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("the final state is not read within " + WITHIN, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static final class Collecting implements Flow.Subscriber<KeyValue> {
    private final CompletableFuture<List<Row>> all = new CompletableFuture<>();
    private final List<Row> rows = new ArrayList<>();

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(ROWS_MAX);
    }

    @Override
    public void onNext(KeyValue kv) {
      rows.add(Translation.row(kv));
    }

    @Override
    public void onError(Throwable failure) {
      all.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      all.complete(rows);
    }
  }
}
