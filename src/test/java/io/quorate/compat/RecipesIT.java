package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.client.KeyValue;
import io.quorate.client.Put;
import io.quorate.client.PutResult;
import io.quorate.client.Txn;
import io.quorate.client.TxnResult;
import io.quorate.client.Watch;
import io.quorate.client.WatchSignal;
import io.quorate.client.pekko.Streams;
import io.quorate.client.recipe.Barrier;
import io.quorate.client.recipe.Cache;
import io.quorate.client.recipe.Election;
import io.quorate.client.recipe.Mutex;
import io.quorate.client.recipe.Stm;
import io.quorate.client.recipe.Stm.Done;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.Test;

/** What {@code docs/RECIPES.md} shows, as it stands there, against a real server. */
class RecipesIT extends OneServer {
  private static final Duration WITHIN = Duration.ofSeconds(30);

  @Test
  void locks() {
    Mutex mutex = Mutex.of(client, "jobs/nightly", Duration.ofSeconds(10));
    CompletionStage<TxnResult> written =
        mutex
            .acquire(Duration.ofMinutes(1))
            .thenCompose(
                held ->
                    client
                        .txn(Txn.when(held.guard()).then(Put.of("jobs/last", "tonight")))
                        .whenComplete((result, failure) -> held.release()));
    assertThat(Stages.get(written).succeeded()).isTrue();
  }

  @Test
  void elects() {
    Heard<Election.Leader> observer = new Heard<>();
    Election election = Election.of(client, "region/leader", Duration.ofSeconds(10));
    election.observe().subscribe(observer);
    CompletionStage<Long> said =
        election
            .campaign("10.0.0.1:8080")
            .thenCompose(leadership -> leadership.proclaim("10.0.0.1:9090"));
    long revision = Stages.get(said);
    Optional<Election.Leader> leader = Stages.get(election.leader());
    assertThat(leader).map(Election.Leader::revision).hasValue(revision);
  }

  @Test
  void transacts() {
    Stages.get(client.put("account/a", "10"));
    CompletionStage<Done<Integer>> moved =
        Stm.of(client)
            .run(
                view ->
                    view.get("account/a")
                        .thenCombine(
                            view.get("account/b"),
                            (a, b) -> {
                              int left = Integer.parseInt(a.orElse("0")) - 1;
                              view.put("account/a", "" + left);
                              view.put("account/b", "" + (Integer.parseInt(b.orElse("0")) + 1));
                              return left;
                            }));
    assertThat(Stages.get(moved).value()).isEqualTo(9);
    assertThat(Stages.get(client.get("account/b"))).map(KeyValue::valueText).hasValue("1");
  }

  @Test
  void caches() {
    CompletionStage<Cache> opened = Cache.open(client, "config/");
    Cache cache = Stages.get(opened);
    CompletionStage<Optional<String>> seen =
        client
            .put("config/colour", "green")
            .thenCompose(put -> cache.awaitRevision(put.revision(), Duration.ofSeconds(5)))
            .thenApply(revision -> cache.get("config/colour").map(KeyValue::valueText));
    assertThat(Stages.get(seen)).hasValue("green");
    cache.close();
  }

  @Test
  void holdsBack() {
    Barrier barrier = Barrier.of(client, "loaded");
    CompletionStage<Boolean> closed = barrier.hold();
    assertThat(Stages.get(closed)).isTrue();
    assertThat(Stages.get(barrier.hold())).isFalse();
    CompletableFuture<Void> left = barrier.await().toCompletableFuture();
    CompletionStage<KeyValue> first =
        barrier.await().thenCompose(open -> client.get("first")).thenApply(Optional::orElseThrow);
    assertThat(left.cancel(false)).isTrue();
    // Who asks later on the same connection is answered later, and knows that it is closed.
    Heard<WatchSignal> heard = new Heard<>();
    client.watch(Watch.of("loaded").withList()).subscribe(heard);
    await().atMost(WITHIN).until(() -> !heard.told().isEmpty());
    heard.cancel();
    Stages.get(client.put("first", "of all"));
    assertThat(first.toCompletableFuture()).isNotDone();
    assertThat(Stages.get(barrier.release())).isTrue();
    assertThat(Stages.get(first).valueText()).isEqualTo("of all");
    Stages.get(barrier.await());
    assertThat(Stages.get(barrier.release())).isFalse();
  }

  @Test
  void streams() {
    ActorSystem system = ActorSystem.create("recipes");
    CompletionStage<List<PutResult>> loaded =
        Source.from(List.of("a", "b", "c"))
            .map(name -> Put.of("loaded/" + name, "1"))
            .via(Streams.puts(client, 2))
            .runWith(Sink.seq(), system);
    assertThat(Stages.get(loaded)).hasSize(3);
    system.terminate();
    Stages.get(scala.jdk.javaapi.FutureConverters.asJava(system.whenTerminated()));
  }
}
