package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.quorate.client.wire.Methods;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a watch tells whatever becomes of members and connections. */
class WatchingTest {
  private final FakeStore store = new FakeStore();
  private final FakeMember one = new FakeMember(store);
  private final FakeMember two = new FakeMember(store);
  private final Client client =
      Client.at(one.endpoint(), two.endpoint()).callTimeout(Duration.ofSeconds(5)).open();

  @AfterEach
  void close() {
    client.close();
    one.close();
    two.close();
  }

  private Told<WatchSignal> watch(Watch watch, long demand) {
    Told<WatchSignal> told = new Told<>(demand);
    client.watch(watch).subscribe(told);
    return told;
  }

  /** The values that were told, in order. */
  private static List<String> values(Told<WatchSignal> told) {
    List<String> values = new ArrayList<>();
    for (WatchSignal signal : told.items()) {
      if (signal instanceof WatchSignal.Changes changes) {
        changes.changes().forEach(change -> values.add(change.kv().valueText()));
      }
    }
    return values;
  }

  private List<FakeWatches> streams() {
    List<FakeWatches> all = new ArrayList<>(one.watches());
    all.addAll(two.watches());
    return all;
  }

  private FakeWatches running() {
    await().until(() -> streams().stream().anyMatch(w -> !w.isOver() && !w.created().isEmpty()));
    return streams().stream().filter(w -> !w.isOver()).findFirst().orElseThrow();
  }

  @Test
  void tellsEachChangeOnceWhateverBreaks() {
    Told<WatchSignal> told = watch(Watch.of("k").at(1), Long.MAX_VALUE);
    Random luck = new Random(1);
    one.fragmentEvents = 2;
    List<String> written = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      store.put("k", "v" + i);
      store.put("other", "x");
      written.add("v" + i);
      if (luck.nextInt(15) == 0) {
        running().end(luck.nextBoolean() ? Status.UNAVAILABLE : Status.OK);
      }
    }
    await().until(() -> values(told).size() >= written.size());
    assertThat(values(told)).isEqualTo(written);
    assertThat(told.isBroken()).isFalse();
    assertThat(streams()).hasSizeGreaterThan(3);
  }

  @Test
  void tellsRevisionInOnePartThoughItComesInFragments() {
    one.fragmentEvents = 2;
    two.fragmentEvents = 3;
    Told<WatchSignal> told = watch(Watch.prefix("k").at(1), Long.MAX_VALUE);
    store.putAll(IntStream.range(0, 20).mapToObj(i -> "k" + i).toList(), "v");
    await().until(() -> values(told).size() == 20);
    assertThat(told.items()).filteredOn(WatchSignal.Changes.class::isInstance).hasSize(1);
  }

  @Test
  void fromNowBeginsWithBookmarkAndMissesNothingAfterIt() {
    store.put("k", "before");
    one.fragmentEvents = 1;
    Told<WatchSignal> told = watch(Watch.of("k"), Long.MAX_VALUE);
    await().until(() -> told.items().contains(new WatchSignal.Bookmark(2)));
    running().end(Status.UNAVAILABLE);
    store.put("k", "after");
    await().until(() -> values(told).equals(List.of("after")));
  }

  @Test
  void listThenChangesThenResyncWhenCompacted() {
    store.put("k", "a");
    Told<WatchSignal> told = watch(Watch.of("k").withList(), 1);
    await().until(() -> told.items().size() == 1);
    FakeWatches stream = running();
    stream.end(Status.UNAVAILABLE);
    store.put("k", "b");
    store.put("k", "c");
    store.compact(4);
    told.request(Long.MAX_VALUE);
    await().until(() -> told.items().size() >= 3);
    assertThat(told.items().get(0))
        .isInstanceOfSatisfying(
            WatchSignal.Listing.class, list -> assertThat(list.revision()).isEqualTo(2));
    assertThat(told.items().get(1)).isEqualTo(new WatchSignal.Resync(2, 4));
    assertThat(told.items().get(2))
        .isInstanceOfSatisfying(
            WatchSignal.Listing.class,
            list -> assertThat(list.kvs().get(0).valueText()).isEqualTo("c"));
  }

  @Test
  void endsWithCompactedWithoutList() {
    IntStream.range(0, 5).forEach(i -> store.put("k", "v" + i));
    store.compact(4);
    Told<WatchSignal> told = watch(Watch.of("k").at(2), Long.MAX_VALUE);
    await().until(told::isOver);
    assertThat(told.failure())
        .isInstanceOfSatisfying(
            ClientException.Compacted.class, why -> assertThat(why.revision()).isEqualTo(4));
  }

  @Test
  void endsWhenMemberRefusesIt() {
    Map.of(
            "etcdserver: permission denied", "etcdserver: permission denied",
            "rpc error: code = PermissionDenied desc = etcdserver: permission denied",
                "etcdserver: permission denied",
            "mvcc: watcher range is empty", "mvcc: watcher range is empty")
        .forEach(
            (said, text) -> {
              one.refuseWatches = said;
              two.refuseWatches = said;
              Told<WatchSignal> told = watch(Watch.of("k"), Long.MAX_VALUE);
              await().atMost(Duration.ofSeconds(3)).until(told::isOver);
              assertThat(told.failure())
                  .isExactlyInstanceOf(ClientException.Refused.class)
                  .hasMessage(text);
            });
  }

  @Test
  void goesOnWhenMemberCancelsItForNow() {
    Told<WatchSignal> told = watch(Watch.of("k").at(1), Long.MAX_VALUE);
    running().cancel("etcdserver: no leader");
    running().cancel("");
    store.put("k", "v");
    await().until(() -> values(told).equals(List.of("v")));
  }

  @Test
  void leavesMemberThatIsSilent() {
    Told<WatchSignal> told = watch(Watch.of("k").at(1).quiet(Watch.QUIET_MIN), Long.MAX_VALUE);
    FakeWatches first = running();
    FakeMember at = one.watches().contains(first) ? one : two;
    await().until(() -> first.progressRequests() > 0);
    at.isMute = true;
    at.on(Methods.MEMBER_LIST, call -> {});
    await().until(first::isOver);
    store.put("k", "v");
    await().until(() -> values(told).equals(List.of("v")));
  }

  @Test
  void manyWatchesAskMemberTogetherWhetherItIsThere() {
    List<Told<WatchSignal>> all =
        IntStream.range(0, 200)
            .mapToObj(i -> watch(Watch.of("k").quiet(Watch.QUIET_MIN), Long.MAX_VALUE))
            .toList();
    await().until(() -> streams().stream().filter(w -> w.progressRequests() > 2).count() == 200);
    int asked = one.count(Methods.MEMBER_LIST) + two.count(Methods.MEMBER_LIST);
    assertThat(asked).isLessThan(200);
    one.isMute = true;
    one.on(Methods.MEMBER_LIST, call -> {});
    await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> one.watches().stream().allMatch(FakeWatches::isOver));
    assertThat(all).noneMatch(Told::isOver);
  }

  @Test
  void slowSubscriberHoldsBackTheMember() {
    String value = "x".repeat(10_000);
    Told<WatchSignal> told = watch(Watch.of("k").at(1), 1);
    for (int i = 0; i < 2_000; i++) {
      store.put("k", value);
    }
    await().during(Duration.ofMillis(300)).until(() -> running().held() > 1_000);
    assertThat(told.items()).hasSize(1);
    told.request(Long.MAX_VALUE);
    await().until(() -> values(told).size() == 2_000);
  }

  @Test
  void subscriberThatThrowsHarmsNobodyElse() {
    Told<WatchSignal> other = watch(Watch.of("k").at(1), Long.MAX_VALUE);
    Told<WatchSignal> bad = new Told<>(Long.MAX_VALUE);
    bad.onItem =
        signal -> {
          throw new AssertionError("thrown by a test");
        };
    client.watch(Watch.of("k").at(1)).subscribe(bad);
    await().until(() -> streams().size() == 2);
    store.put("k", "v");
    await().until(() -> !values(other).isEmpty() && bad.items().size() == 1);
    await().until(() -> streams().stream().filter(FakeWatches::isOver).count() == 1);
    Calls.get(client.put("k", "w"));
    await().until(() -> values(other).equals(List.of("v", "w")));
  }
}
