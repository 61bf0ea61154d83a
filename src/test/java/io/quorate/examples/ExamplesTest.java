package io.quorate.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.quorate.client.Client;
import io.quorate.client.KeyValue;
import io.quorate.client.Lease;
import io.quorate.embedded.Quorate;
import io.quorate.junit.QuorateTest;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;

@QuorateTest
class ExamplesTest {
  private static <T> T get(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }

  @Test
  void greetingIsReadBack(Quorate quorate) throws Exception {
    assertThat(Greeting.greet(quorate.endpoints().get(0).toString())).isEqualTo("hello");
  }

  @Test
  void keyIsCreatedOnce(Client client) {
    assertThat(get(Once.create(client, "once", "mine"))).isTrue();
    assertThat(get(Once.create(client, "once", "other"))).isFalse();
  }

  @Test
  void exportHasEveryKey(Client client) throws Exception {
    for (int i = 0; i < 200; i++) {
      get(client.put("orders/" + i, "" + i));
    }
    CompletableFuture<List<KeyValue>> all = new CompletableFuture<>();
    Export.all(client)
        .subscribe(
            new Flow.Subscriber<>() {
              private final List<KeyValue> found = new ArrayList<>();

              @Override
              public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
              }

              @Override
              public void onNext(KeyValue kv) {
                found.add(kv);
              }

              @Override
              public void onError(Throwable failure) {
                all.completeExceptionally(failure);
              }

              @Override
              public void onComplete() {
                all.complete(found);
              }
            });
    assertThat(get(all)).hasSize(200).isSortedAccordingTo((a, b) -> a.key().compareTo(b.key()));
  }

  @Test
  void configMapFollowsTheStore(Client client) {
    get(client.put("config/a", "1"));
    ConfigMap map = ConfigMap.of(client, "config/");
    await().until(() -> map.values().equals(Map.of("config/a", "1")));
    get(client.put("config/b", "2"));
    get(client.delete("config/a"));
    await().until(() -> map.values().equals(Map.of("config/b", "2")));
  }

  @Test
  void presenceEndsWithItsLease(Client client) {
    Lease lease = get(Presence.announce(client, "web", "10.0.0.7:80"));
    assertThat(lease.isHeld()).isTrue();
    assertThat(get(client.get("services/web"))).isPresent();
    get(lease.revoke());
    assertThat(lease.isHeld()).isFalse();
    assertThat(get(client.get("services/web"))).isEmpty();
    assertThat(lease.lost().toCompletableFuture())
        .succeedsWithin(Duration.ofSeconds(5))
        .extracting(lost -> lost.message())
        .isEqualTo("it was revoked here");
  }

  @Test
  void backupIsWhole(Client client) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ExecutorService disk = Executors.newSingleThreadExecutor();
    get(client.put("kept", "v"));
    get(Backup.save(client, out, disk));
    disk.shutdown();
    // Blocks of the store, and the digest of them.
    assertThat(out.size() % 512).isEqualTo(32);
  }

  @Test
  void leaderIsFound(Quorate quorate) {
    List<String> endpoints = quorate.endpoints().stream().map(Object::toString).toList();
    assertThat(Leader.find(endpoints)).hasValueSatisfying(at -> assertThat(endpoints).contains(at));
    assertThat(Leader.status("127.0.0.1:1")).isEmpty();
  }

  @Test
  void filesThatAreNotThereAreNamed() {
    Path missing = Path.of("no-such-file.pem");
    assertThatThrownBy(() -> Secured.open(missing, missing, missing))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no-such-file.pem");
  }
}
