package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.quorate.base.Bytes;
import io.quorate.junit.QuorateTest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

@QuorateTest
class RangeStreamTest {
  private static final int KEYS = 2_000;

  /** So that all of them are several times the window of a stream. */
  private static final int VALUE_BYTES = 4 * 1024;

  /** Reads one after the other; does {@code then} after the first one. */
  private static List<KeyValue> read(Client client, Range range, Runnable then) {
    Told<KeyValue> told = new Told<>(1);
    told.onItem =
        kv -> {
          if (told.items().size() == 1) {
            then.run();
          }
          told.request(1);
        };
    client.stream(range).subscribe(told);
    await().atMost(Calls.PATIENCE).until(told::isOver);
    if (told.failure() instanceof RuntimeException failure) {
      throw failure;
    }
    return told.items();
  }

  private static List<KeyValue> read(Client client, Range range) {
    return read(client, range, () -> {});
  }

  private static List<String> fill(Client client, String prefix) {
    Bytes value = Bytes.wrap(new byte[VALUE_BYTES]);
    CompletableFuture.allOf(
            IntStream.range(0, KEYS)
                .mapToObj(i -> client.put(Bytes.utf8(prefix + (100_000 + i)), value))
                .map(stage -> stage.toCompletableFuture())
                .toArray(CompletableFuture[]::new))
        .join();
    return IntStream.range(0, KEYS).mapToObj(i -> prefix + (100_000 + i)).toList();
  }

  @Test
  void whoAsksForOneAfterTheOtherMissesNothing(Client client) {
    List<String> keys = fill(client, "one/");
    List<KeyValue> found = read(client, Range.prefix("one/"));
    assertThat(found.stream().map(KeyValue::keyText)).containsExactlyElementsOf(keys);
    assertThat(found).allMatch(kv -> kv.value().size() == VALUE_BYTES);
  }

  @Test
  void whatChangesMeanwhileIsNotSeen(Client client) {
    List<String> keys = fill(client, "then/");
    CompletableFuture<?>[] later = new CompletableFuture<?>[2];
    List<KeyValue> found =
        read(
            client,
            Range.prefix("then/"),
            () -> {
              Delete half =
                  Delete.of(Interval.between(Bytes.utf8("then/1010"), Bytes.utf8("then/z")));
              later[0] = client.delete(half).toCompletableFuture();
              later[1] = client.put("then/100000a", "new").toCompletableFuture();
            });
    assertThat(found.stream().map(KeyValue::keyText)).containsExactlyElementsOf(keys);
    CompletableFuture.allOf(later).join();
  }

  @Test
  void limitsAreThoseOfTheWholeRange(Client client) {
    List<String> keys = fill(client, "limit/");
    for (int limit : new int[] {1, 63, 64, 65, 500, KEYS - 1, KEYS, KEYS + 1}) {
      assertThat(read(client, Range.prefix("limit/").limit(limit)).stream().map(KeyValue::keyText))
          .as("limit %d", limit)
          .containsExactlyElementsOf(keys.subList(0, Math.min(limit, KEYS)));
    }
  }

  @Test
  void otherOrdersComeInOnePart(Client client) {
    for (int i = 0; i < 200; i++) {
      client.put("order/" + i, "v").toCompletableFuture().join();
    }
    List<KeyValue> found =
        read(client, Range.prefix("order/").sorted(Range.SortBy.CREATE_REVISION, true));
    assertThat(found).hasSize(200);
    assertThat(found.get(0).keyText()).isEqualTo("order/199");
  }

  @Test
  void compactedRevisionsAreTypedAsThat(Client client) {
    long revision = client.put("c/1", "v").toCompletableFuture().join().revision();
    client.put("c/1", "w").toCompletableFuture().join();
    client.compact(revision + 1, false).toCompletableFuture().join();
    assertThatThrownBy(() -> read(client, Range.prefix("c/").at(revision)))
        .isInstanceOf(ClientException.Compacted.class);
  }

  @Test
  void aMemberWithoutStreamsIsAskedPartByPart() {
    try (FakeMember member = new FakeMember(new FakeStore());
        Client client = Client.at(member.endpoint()).open()) {
      List<String> keys = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        keys.add("k" + (1_000 + i));
        Calls.get(client.put(keys.get(i), "v"));
      }
      assertThat(read(client, Range.prefix("k")).stream().map(KeyValue::keyText))
          .containsExactlyElementsOf(keys);
      assertThat(member.count(io.quorate.client.wire.Methods.RANGE)).isGreaterThan(1);
    }
  }
}
