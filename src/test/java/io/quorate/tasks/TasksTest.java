package io.quorate.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.quorate.client.Client;
import io.quorate.client.ClientException;
import io.quorate.client.KeyValue;
import io.quorate.client.Lease;
import io.quorate.client.LeaseState;
import io.quorate.client.WatchSignal;
import io.quorate.client.recipe.Election;
import io.quorate.embedded.Quorate;
import io.quorate.junit.QuorateTest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The tasks do what they are there for; those with jetcd are run by {@code ForeignClientsIT}. */
@QuorateTest
class TasksTest {
  private static <T> T get(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }

  private static long revisionOf(Client client, String key) {
    return get(client.get(key)).orElseThrow().modRevision();
  }

  @Test
  void connectSaysWhichFileIsOfNoUse() {
    Path none = Path.of("no-such-authority.pem");
    assertThatThrownBy(() -> Tasks.connect(List.of("https://127.0.0.1:1"), none, "user", "secret"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no-such-authority.pem");
  }

  @Test
  void whatIsPutIsRead(Client client) {
    assertThat(get(Tasks.putAndGet(client, "a", "1"))).isEqualTo("1");
  }

  @Test
  void listTellsEveryKey(Client client) {
    int keys = 300;
    for (int i = 0; i < keys; i++) {
      get(client.put("list/" + i, "v"));
    }
    AtomicInteger told = new AtomicInteger();
    CompletableFuture<String> end = new CompletableFuture<>();
    Tasks.list(client, "list/", kv -> told.incrementAndGet(), end::complete);
    assertThat(get(end)).isEqualTo("done");
    assertThat(told).hasValue(keys);
  }

  @Test
  void whoHasSeenSomethingOlderReplacesNothing(Client client) {
    get(client.put("swap", "1"));
    KeyValue seen = get(client.get("swap")).orElseThrow();
    assertThat(get(Tasks.replace(client, seen, "2"))).isTrue();
    assertThat(get(Tasks.replace(client, seen, "3"))).isFalse();
  }

  @Test
  void watchGoesOnBehindWhatIsCompacted(Client client) {
    get(client.put("watch/a", "1"));
    long from = revisionOf(client, "watch/a");
    get(client.put("watch/a", "2"));
    get(client.put("watch/a", "3"));
    get(client.compact(revisionOf(client, "watch/a"), true));
    Queue<WatchSignal> told = new ConcurrentLinkedQueue<>();
    CompletableFuture<Void> gap = new CompletableFuture<>();
    Tasks.watch(client, "watch/", from, told::add, () -> gap.complete(null));
    get(gap);
    await().until(() -> values(told).equals(List.of("3")));
  }

  private static List<String> values(Queue<WatchSignal> told) {
    return told.stream()
        .filter(WatchSignal.Changes.class::isInstance)
        .flatMap(signal -> ((WatchSignal.Changes) signal).changes().stream())
        .map(change -> change.isDelete() ? "deleted" : change.kv().valueText())
        .toList();
  }

  @Test
  void listAndWatchAreOne(Client client) {
    get(client.put("both/a", "1"));
    Queue<WatchSignal> told = new ConcurrentLinkedQueue<>();
    Tasks.listThenWatch(client, "both/", told::add);
    await().until(() -> told.peek() instanceof WatchSignal.Listing listing && listing.isLast());
    get(client.delete("both/a"));
    await().until(() -> values(told).equals(List.of("deleted")));
  }

  @Test
  void lossOfALeaseIsHeardOf(Client client) {
    CompletableFuture<LeaseState.Lost> lost = new CompletableFuture<>();
    Lease lease = get(Tasks.announce(client, "here", Duration.ofSeconds(60), lost::complete));
    assertThat(get(client.get("here")).orElseThrow().lease()).isEqualTo(lease.id());
    get(lease.revoke());
    assertThat(get(lost).reason()).isEqualTo(LeaseState.Reason.RELEASED);
    assertThat(get(client.get("here"))).isEmpty();
  }

  @Test
  void oneAtATimeHoldsTheLock(Client client) {
    CompletableFuture<String> work = new CompletableFuture<>();
    CompletableFuture<Void> begun = new CompletableFuture<>();
    CompletionStage<String> first =
        Tasks.locked(
            client,
            "lock",
            () -> {
              begun.complete(null);
              return work;
            });
    get(begun);
    CompletionStage<Boolean> second =
        Tasks.locked(client, "lock", () -> CompletableFuture.completedStage(work.isDone()));
    work.complete("done");
    assertThat(get(first)).isEqualTo("done");
    assertThat(get(second)).isTrue();
  }

  @Test
  void whoLeadsIsKnownByItsWord(Client client) {
    Election election = Election.of(client, "election", Duration.ofSeconds(10));
    assertThat(get(Tasks.lead(client, "election", "me", election::leader)))
        .hasValueSatisfying(leader -> assertThat(leader.valueText()).isEqualTo("me"));
  }

  @Test
  void nothingIsAnsweredBehindTheEnd(Quorate quorate) {
    Client client = Client.at(quorate.endpoints().get(0).toString()).open();
    Tasks.close(client);
    assertThatThrownBy(() -> get(client.get("a"))).hasCauseInstanceOf(ClientException.Closed.class);
  }
}
