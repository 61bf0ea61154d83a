package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.base.Bytes;
import io.quorate.client.Client;
import io.quorate.client.ClientException;
import io.quorate.client.KeyValue;
import io.quorate.client.recipe.RecipeException;
import io.quorate.client.recipe.Stm;
import io.quorate.client.recipe.Stm.Done;
import io.quorate.client.recipe.Stm.Isolation;
import io.quorate.client.recipe.Stm.View;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Transactions that are retried, against a real server. */
class StmIT extends OneServer {
  private static final int WRITERS = 8;
  private static final int INCREMENTS = 25;

  private static String value(String key) {
    return Stages.get(client.get(key)).map(KeyValue::valueText).orElse("");
  }

  private static CompletionStage<Integer> increment(View view, String key) {
    return view.get(key)
        .thenApply(
            before -> {
              int after = before.map(Integer::parseInt).orElse(0) + 1;
              view.put(key, Integer.toString(after));
              return after;
            });
  }

  @Test
  void countsExactly() {
    Stm stm = Stm.of(client);
    List<CompletionStage<Integer>> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      writers.add(incrementOften(stm, INCREMENTS));
    }
    int attempts = writers.stream().mapToInt(Stages::get).sum();
    assertThat(value("count")).isEqualTo(Integer.toString(WRITERS * INCREMENTS));
    assertThat(attempts).isGreaterThan(WRITERS * INCREMENTS);
  }

  private static CompletionStage<Integer> incrementOften(Stm stm, int left) {
    if (left == 0) {
      return CompletableFuture.completedFuture(0);
    }
    return stm.run(view -> increment(view, "count"))
        .thenCompose(done -> incrementOften(stm, left - 1).thenApply(sum -> sum + done.attempts()));
  }

  @Test
  void readsOneRevisionAndItsOwnWrites() {
    Stages.get(client.put("one/a", "1"));
    Stages.get(client.put("one/b", "1"));
    List<String> seen = new ArrayList<>();
    Done<String> done =
        Stages.get(
            Stm.of(client)
                .run(
                    view ->
                        view.get("one/a")
                            .thenCompose(
                                a ->
                                    seen.isEmpty()
                                        ? client.put("one/b", "2")
                                        : CompletableFuture.completedFuture(null))
                            .thenCompose(put -> view.get("one/b"))
                            .thenCompose(
                                b -> {
                                  seen.add(b.orElseThrow());
                                  view.put("one/c", b.orElseThrow());
                                  view.delete("one/a");
                                  return view.get("one/c")
                                      .thenCombine(
                                          view.get("one/a"),
                                          (c, a) -> b.orElseThrow() + c.orElseThrow() + a);
                                })));
    assertThat(seen).containsExactly("1", "2");
    assertThat(done.value()).isEqualTo("22" + Optional.empty());
    assertThat(done.attempts()).isEqualTo(2);
    assertThat(value("one/c")).isEqualTo("2");
    assertThat(value("one/a")).isEmpty();
    assertThat(Stages.get(client.get("one/c")).orElseThrow().modRevision())
        .isEqualTo(done.revision());
  }

  /** Reads {@code a}, and when somebody has written {@code b} once, writes {@code b} too. */
  private static Done<Integer> overwrite(Isolation isolation, String prefix) {
    AtomicInteger calls = new AtomicInteger();
    Stages.get(client.put(prefix + "a", "1"));
    return Stages.get(
        Stm.of(client)
            .isolation(isolation)
            .run(
                view ->
                    view.get(prefix + "a")
                        .thenCompose(
                            a ->
                                calls.incrementAndGet() > 1
                                    ? CompletableFuture.completedFuture(null)
                                    : client.put(prefix + "b", "theirs"))
                        .thenApply(
                            put -> {
                              view.put(prefix + "b", "ours");
                              return calls.get();
                            })));
  }

  @Test
  void seesConflictsOfWritesAsTheIsolationSays() {
    assertThat(overwrite(Isolation.SERIALIZABLE, "weak/").attempts()).isEqualTo(1);
    assertThat(overwrite(Isolation.SERIALIZABLE_SNAPSHOT, "strong/").attempts()).isEqualTo(2);
    assertThat(value("weak/b")).isEqualTo("ours");
    assertThat(value("strong/b")).isEqualTo("ours");
  }

  @Test
  void givesUpAfterSoManyConflicts() {
    AtomicInteger calls = new AtomicInteger();
    CompletionStage<Done<Integer>> run =
        Stm.of(client)
            .attempts(3)
            .run(
                view ->
                    increment(view, "busy")
                        .thenCompose(
                            after ->
                                client
                                    .put("busy", Integer.toString(100 * calls.incrementAndGet()))
                                    .thenApply(put -> after)));
    assertThat(Stages.failure(run))
        .isInstanceOfSatisfying(
            RecipeException.Conflict.class,
            conflict -> assertThat(conflict.attempts()).isEqualTo(3));
    assertThat(calls).hasValue(3);
    assertThat(value("busy")).isEqualTo("300");
  }

  @Test
  void writesNothingWhereTheFunctionFails() {
    CompletionStage<Done<String>> run =
        Stm.of(client)
            .run(
                view -> {
                  view.put("failed", "x");
                  return view.get("failed")
                      .thenApply(
                          own -> {
                            throw new IllegalStateException("no " + own.orElseThrow());
                          });
                });
    assertThat(Stages.failure(run)).isInstanceOf(IllegalStateException.class).hasMessage("no x");
    assertThat(value("failed")).isEmpty();
  }

  @Test
  void saysThatNobodyKnowsAndDoesNotTryAgain() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    try (Middleman between = new Middleman(server.clientPort());
        Client through =
            Client.at(between.endpoint())
                .withoutMemberSync()
                .callTimeout(Duration.ofSeconds(3))
                .open()) {
      between.keepAnswerTo("word of the commit");
      CompletionStage<Done<Integer>> run =
          Stm.of(through)
              .run(
                  view -> {
                    calls.incrementAndGet();
                    view.put(Bytes.utf8("unknown"), Bytes.utf8("word of the commit"));
                    return increment(view, "times");
                  });
      between.awaitKept();
      await().atMost(Duration.ofSeconds(30)).until(() -> value("times").equals("1"));
      between.cut();
      between.letPass();
      assertThat(Stages.failure(run)).isInstanceOf(ClientException.Ambiguous.class);
    }
    assertThat(calls).hasValue(1);
    assertThat(value("times")).isEqualTo("1");
  }

  @Test
  void beginsAnewWhereWhatItReadsIsCompacted() {
    Stages.get(client.put("old/a", "1"));
    List<String> seen = new ArrayList<>();
    Done<String> done =
        Stages.get(
            Stm.of(client)
                .run(
                    view ->
                        view.get("old/a")
                            .thenCompose(
                                a -> {
                                  seen.add(a.orElseThrow());
                                  return seen.size() > 1
                                      ? CompletableFuture.completedFuture(null)
                                      : client
                                          .put("old/a", "2")
                                          .thenCompose(put -> client.compact(put.revision(), true));
                                })
                            .thenCompose(compacted -> view.get("old/b"))
                            .thenApply(b -> b.orElse("nothing"))));
    assertThat(done.value()).isEqualTo("nothing");
    assertThat(done.attempts()).isEqualTo(2);
    assertThat(seen).containsExactly("1", "2");
  }
}
