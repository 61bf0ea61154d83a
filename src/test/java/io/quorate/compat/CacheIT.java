package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.base.Bytes;
import io.quorate.client.Client;
import io.quorate.client.ClientException;
import io.quorate.client.Delete;
import io.quorate.client.Interval;
import io.quorate.client.KeyValue;
import io.quorate.client.Op;
import io.quorate.client.Put;
import io.quorate.client.Range;
import io.quorate.client.Txn;
import io.quorate.client.recipe.Cache;
import io.quorate.client.recipe.Cache.Snapshot;
import io.quorate.client.recipe.Cache.Standing;
import io.quorate.client.recipe.RecipeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** The copy of a prefix against the store itself. */
class CacheIT extends OneServer {
  private static final Duration WITHIN = Duration.ofSeconds(30);
  private static final int KEYS = 20;
  private static final int WRITES = 300;

  private static Map<Bytes, KeyValue> stored(Client at, String prefix, long revision) {
    Map<Bytes, KeyValue> stored = new LinkedHashMap<>();
    Stages.get(at.range(Range.prefix(prefix).at(revision)))
        .kvs()
        .forEach(kv -> stored.put(kv.key(), kv));
    return stored;
  }

  /** One to four different keys at once, put or deleted, and sometimes one elsewhere. */
  private static Txn write(Random random, String prefix, int number) {
    List<Op> ops = new ArrayList<>();
    int first = random.nextInt(KEYS);
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      String key = prefix + (first + i) % KEYS;
      ops.add(random.nextInt(3) == 0 ? Delete.of(key) : Put.of(key, "v" + number));
    }
    if (random.nextInt(5) == 0) {
      ops.add(Put.of("elsewhere/" + prefix, "v" + number));
    }
    return Txn.when().then(ops.toArray(Op[]::new));
  }

  private static long writeMuch(Client by, String prefix, long seed) {
    Random random = new Random(seed);
    long revision = 0;
    for (int i = 0; i < WRITES; i++) {
      revision = Stages.get(by.txn(write(random, prefix, i))).revision();
    }
    return revision;
  }

  @Test
  void equalsTheStoreAtEachRevisionItShows() {
    writeMuch(client, "each/", 1);
    Cache cache = Stages.get(Cache.open(client, "each/"));
    Heard<Snapshot> heard = new Heard<>();
    cache.snapshots().subscribe(heard);
    long last = writeMuch(client, "each/", 2);
    assertThat(Stages.get(cache.awaitRevision(last, WITHIN))).isGreaterThanOrEqualTo(last);
    await().atMost(WITHIN).until(() -> newest(heard).keys().equals(cache.snapshot().keys()));
    assertThat(heard.told()).hasSizeGreaterThan(WRITES / 10);
    assertThat(heard.told()).extracting(Snapshot::revision).isSorted();
    for (Snapshot snapshot : heard.told()) {
      assertThat(snapshot.standing()).isEqualTo(Standing.FOLLOWING);
      assertThat(snapshot.keys())
          .as("revision %s", snapshot.revision())
          .isEqualTo(stored(client, "each/", snapshot.revision()));
    }
    cache.close();
    await().atMost(WITHIN).until(() -> "complete".equals(heard.end()));
    assertThat(newest(heard).standing()).isEqualTo(Standing.ENDED);
    Stages.get(cache.ended());
  }

  private static Snapshot newest(Heard<Snapshot> heard) {
    return heard.told().get(heard.told().size() - 1);
  }

  @Test
  void showsWhatItsOwnerWrote() {
    Cache cache = Stages.get(Cache.open(client, "own/"));
    for (int i = 0; i < 50; i++) {
      String value = "v" + i;
      long revision = Stages.get(client.put("own/key", value)).revision();
      Stages.get(cache.awaitRevision(revision, WITHIN));
      assertThat(cache.get("own/key")).map(KeyValue::valueText).hasValue(value);
    }
    long elsewhere = Stages.get(client.put("not-own/key", "x")).revision();
    assertThat(Stages.get(cache.awaitRevision(elsewhere, WITHIN)))
        .isGreaterThanOrEqualTo(elsewhere);
    CompletionStage<Long> future =
        cache.awaitRevision(elsewhere + 1_000_000, Duration.ofMillis(200));
    assertThat(Stages.failure(future)).isInstanceOf(RecipeException.TimedOut.class);
    CompletionStage<Long> left = cache.awaitRevision(elsewhere + 1_000_000, WITHIN);
    cache.close();
    assertThat(Stages.failure(left)).isInstanceOf(RecipeException.Closed.class);
    assertThat(cache.get("own/key")).map(KeyValue::valueText).hasValue("v49");
  }

  @Test
  void resumesAfterARestartAndResyncsAfterACompaction() throws Exception {
    Path own = Files.createDirectories(folder.resolve("restart"));
    try (ServerProcess other = ServerProcess.start(Servers.underTest(), own, List.of());
        Middleman between = new Middleman(other.clientPort());
        Client direct = Client.at(other.clientUrl()).open();
        Client through = Client.at(between.endpoint()).withoutMemberSync().open()) {
      writeMuch(direct, "far/", 3);
      Cache cache = Stages.get(Cache.open(through, "far/"));
      Heard<Snapshot> heard = new Heard<>();
      cache.snapshots().subscribe(heard);

      between.cut();
      other.kill();
      other.start();
      long first = Stages.get(direct.put("far/0", "after the restart")).revision();
      between.letPass();
      Stages.get(cache.awaitRevision(first, WITHIN));
      assertThat(cache.snapshot().keys()).isEqualTo(stored(direct, "far/", first));
      assertThat(heard.told()).extracting(Snapshot::standing).containsOnly(Standing.FOLLOWING);

      between.cut();
      other.kill();
      other.start();
      Snapshot before = cache.snapshot();
      long last = writeMuch(direct, "far/", 4);
      Stages.get(direct.compact(last, true));
      between.letPass();
      Stages.get(cache.awaitRevision(last, WITHIN));
      assertThat(cache.snapshot().keys()).isEqualTo(stored(direct, "far/", last));
      await().atMost(WITHIN).until(() -> newest(heard).revision() >= last);
      assertThat(heard.told())
          .filteredOn(snapshot -> snapshot.revision() < last && snapshot.revision() > first)
          .isEmpty();
      assertThat(heard.told())
          .filteredOn(snapshot -> snapshot.standing() == Standing.RESYNCING)
          .isNotEmpty()
          .allSatisfy(snapshot -> assertThat(snapshot.keys()).isEqualTo(before.keys()));
      assertThat(newest(heard).standing()).isEqualTo(Standing.FOLLOWING);
    }
  }

  @Test
  void endsWithTheClient() {
    Cache cache;
    Heard<Snapshot> heard = new Heard<>();
    try (Client other = Client.at(server.clientUrl()).open()) {
      cache = Stages.get(Cache.open(other, Interval.prefix("ends/")));
      cache.snapshots().subscribe(heard);
    }
    assertThat(Stages.failure(cache.ended())).isInstanceOf(ClientException.Closed.class);
    await().atMost(WITHIN).until(() -> heard.end() != null);
    assertThat(heard.end()).contains("closed");
    assertThat(cache.snapshot().standing()).isEqualTo(Standing.ENDED);
  }
}
