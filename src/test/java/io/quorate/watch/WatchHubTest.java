package io.quorate.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.mvcc.KeyRange;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchHubTest {
  private static final WatchRequest.Options NONE = WatchRequest.Options.NONE;
  private static final WatchRequest.Options NOTIFY =
      new WatchRequest.Options(false, false, false, true, false);
  // A tail of a single small change, so that nearly everything is read from history.
  private static final WatchLimits SMALL = new WatchLimits(60, 200, 150, 100, 1000);

  private final FakeHistory history = new FakeHistory();
  private final Recorder out = new Recorder();
  private WatchHub hub = new WatchHub(WatchLimits.DEFAULT, 0, 0, bound -> 0);

  private static KeyRange key(String key) {
    return KeyRange.single(Bytes.utf8(key));
  }

  private static KeyRange range(String from, String to) {
    return KeyRange.ofRequest(Bytes.utf8(from), Bytes.utf8(to));
  }

  private void open() {
    hub.open(1, out, 0);
  }

  private void openAt(WatchLimits limits) {
    hub = new WatchHub(limits, history.revision(), history.compacted, bound -> 0);
    open();
  }

  private void apply(String... keys) {
    hub.onApplied(List.of(history.change(keys)));
  }

  private void watch(KeyRange range, long start) {
    hub.create(1, WatchRequest.of(range, start));
  }

  @Test
  void givesIdsInOrderAndStepsOverChosenOnes() {
    open();
    watch(key("a"), 0);
    hub.create(1, new WatchRequest(1, key("a"), 0, NONE));
    watch(key("a"), 0);
    hub.cancel(1, 2);
    watch(key("a"), 0);
    assertThat(out.take())
        .containsExactly(
            "created 0 @0", "created 1 @0", "created 2 @0", "canceled 2 @0", "created 3 @0");
  }

  @Test
  void refusesWhatEtcdRefuses() {
    open();
    watch(key("a"), -1);
    watch(range("b", "a"), 0);
    watch(range("b", "b"), 0);
    hub.create(1, new WatchRequest(7, key("a"), 0, NONE));
    hub.create(1, new WatchRequest(7, key("b"), 0, NONE));
    hub.cancel(1, 99);
    assertThat(out.take())
        .containsExactly(
            "refused @0 etcdserver: mvcc: required revision has been compacted",
            "refused @0 mvcc: watcher range is empty",
            "refused @0 mvcc: watcher range is empty",
            "created 7 @0",
            "refused @0 mvcc: duplicate watch ID provided on the WatchStream");
  }

  @Test
  void deliversToKeysRangesPrefixesAndFromKey() {
    open();
    watch(key("b"), 0);
    watch(range("a", "c"), 0);
    watch(range("b", "\0"), 0);
    watch(range("x", "y"), 0);
    out.take();
    apply("a", "b", "c");
    assertThat(out.take())
        .containsExactlyInAnyOrder(
            "events 0 @1 +b@1", "events 1 @1 +a@1 +b@1", "events 2 @1 +b@1 +c@1");
  }

  @Test
  void filtersAndSaysNothingWhenNothingIsLeft() {
    open();
    hub.create(
        1,
        new WatchRequest(
            0, key("a"), 0, new WatchRequest.Options(true, false, true, false, false)));
    hub.create(
        1,
        new WatchRequest(
            0, key("a"), 0, new WatchRequest.Options(false, true, false, false, false)));
    out.take();
    apply("a");
    apply("-a");
    assertThat(out.take()).containsExactly("events 1 @1 +a@1", "events 0 @2 -a@2 prev");
  }

  @Test
  void oneDeliveryServesAllWatchesOfAStreamThatAreAlike() {
    open();
    for (int i = 0; i < 100; i++) {
      watch(key("a"), 0);
    }
    out.deliveries.clear();
    apply("a");
    assertThat(out.deliveries).hasSize(1);
    assertThat(out.seen).hasSize(100);
  }

  @Test
  void replaysThePastAndGoesOnWithoutGap() {
    for (int i = 0; i < 20; i++) {
      history.change("a");
    }
    openAt(SMALL);
    watch(key("a"), 5);
    apply("a");
    history.settle(hub);
    apply("a");
    assertThat(out.seen)
        .extracting(Recorder.Seen::revision)
        .containsExactly(
            5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L, 13L, 14L, 15L, 16L, 17L, 18L, 19L, 20L, 21L, 22L);
    assertThat(hub.stats().slow()).isZero();
  }

  @Test
  void waitsForAFutureStart() {
    open();
    watch(key("a"), 3);
    hub.requestProgress(1);
    apply("a");
    apply("a");
    apply("a");
    hub.requestProgress(1);
    assertThat(out.take()).containsExactly("created 0 @0", "events 0 @3 +a@3", "progress -1 @3");
  }

  @Test
  void aFutureStartWithinABatchSeesOnlyItsPart() {
    open();
    watch(key("a"), 2);
    watch(key("a"), 0);
    out.take();
    hub.onApplied(List.of(history.change("a"), history.change("a"), history.change("a")));
    assertThat(out.take())
        .containsExactly("events 1 @1 +a@1", "events 1 @3 +a@2 +a@3", "events 0 @3 +a@2 +a@3");
  }

  @Test
  void cancelsACompactedStartAfterCreatingIt() {
    for (int i = 0; i < 10; i++) {
      history.change("a");
    }
    history.compacted = 5;
    openAt(SMALL);
    watch(key("a"), 4);
    watch(key("a"), 5);
    history.settle(hub);
    assertThat(out.take())
        .startsWith("created 0 @10", "compacted 0 at 5", "created 1 @10", "events 1 @6 +a@5 +a@6");
    hub.cancel(1, 0);
    assertThat(out.take()).contains("canceled 0 @10");
  }

  @Test
  void aFullStreamFallsBehindAndMissesNothing() {
    openAt(SMALL);
    watch(key("a"), 0);
    watch(key("b"), 0);
    out.room = 0;
    for (int i = 0; i < 10; i++) {
      apply("a");
    }
    hub.requestProgress(1);
    assertThat(out.seen).isEmpty();
    assertThat(hub.stats().slow()).isEqualTo(1);
    out.room = Long.MAX_VALUE;
    hub.requestProgress(1);
    assertThat(out.take()).containsExactly("created 0 @0", "created 1 @0");
    hub.onWritable(1);
    history.settle(hub);
    hub.requestProgress(1);
    assertThat(out.seen).hasSize(10);
    assertThat(out.take()).endsWith("progress -1 @10");
  }

  @Test
  void aStreamThatFillsHalfWayThroughACohortGoesOnWhenItHasRoom() {
    open();
    for (int i = 0; i < 10; i++) {
      watch(key("a"), 0);
    }
    out.room = 300;
    apply("a");
    assertThat(out.seen).hasSizeBetween(1, 9);
    for (int i = 0; i < 10; i++) {
      out.makeRoom(300, hub, 1);
      history.settle(hub);
    }
    assertThat(out.seen).extracting(Recorder.Seen::watchId).doesNotHaveDuplicates().hasSize(10);
    assertThat(hub.stats().slow()).isZero();
  }

  @Test
  void catchingUpGivesAStreamNoMoreThanItsRoomAndOneResponse() {
    for (int i = 0; i < 50; i++) {
      history.change("a", "b");
    }
    out.response = 300;
    openAt(WatchLimits.DEFAULT);
    watch(range("a", "c"), 1);
    for (int i = 0; out.seen.size() < 100; i++) {
      assertThat(i).isLessThan(100);
      out.makeRoom(500, hub, 1);
      history.settle(hub);
      assertThat(out.room).isGreaterThan(-500);
    }
    assertThat(out.seen).extracting(Recorder.Seen::text).doesNotHaveDuplicates();
    out.makeRoom(500, hub, 1);
    history.settle(hub);
    assertThat(hub.stats().slow()).isZero();
  }

  private void parkAHundredWatches() {
    open();
    for (int i = 0; i < 100; i++) {
      watch(key("a"), 0);
    }
    out.room = 0;
    apply("a");
    apply("a");
    assertThat(hub.stats().slow()).isEqualTo(100);
  }

  @Test
  void manyWatchesOfAFullStreamComeBackInOneGoOnceThereIsRoom() {
    parkAHundredWatches();
    out.makeRoom(Long.MAX_VALUE, hub, 1);
    history.settle(hub);
    assertThat(hub.stats().slow()).isZero();
    assertThat(out.seen).hasSize(200);
  }

  @Test
  void aStreamWithALittleRoomBringsOneWatchAllTheWay() {
    parkAHundredWatches();
    out.makeRoom(1, hub, 1);
    history.settle(hub);
    assertThat(out.deliveries.get(out.deliveries.size() - 1))
        .isInstanceOfSatisfying(
            Delivery.Events.class, events -> assertThat(events.events()).hasSize(2));
    assertThat(out.seen).hasSize(2);
    assertThat(hub.stats().slow()).isEqualTo(99);
  }

  @Test
  void aSlowWatchIsToldWhenItsPlaceIsCompacted() {
    openAt(SMALL);
    watch(key("a"), 0);
    out.room = 0;
    for (int i = 0; i < 10; i++) {
      apply("a");
    }
    history.compacted = 8;
    out.room = Long.MAX_VALUE;
    hub.onWritable(1);
    history.settle(hub);
    assertThat(out.take()).containsExactly("created 0 @0", "compacted 0 at 8");
    assertThat(hub.stats().slow()).isZero();
  }

  @Test
  void manyWatchesShareOneReadOfHistory() {
    for (int i = 0; i < 10; i++) {
      history.change("a");
    }
    openAt(WatchLimits.DEFAULT);
    for (int i = 0; i < 50; i++) {
      watch(key("a"), 1);
    }
    HistoryRead read = hub.nextRead();
    assertThat(read).isNotNull();
    assertThat(hub.nextRead()).isNull();
    hub.onHistory(read, history.read(read));
    assertThat(out.seen).hasSize(500);
    assertThat(hub.nextRead()).isNull();
  }

  @Test
  void aFailedReadIsAskedForAgain() {
    history.change("a");
    openAt(SMALL);
    watch(key("a"), 1);
    HistoryRead read = hub.nextRead();
    hub.onHistoryFailed(read);
    history.settle(hub);
    assertThat(out.take()).containsExactly("created 0 @1", "events 0 @1 +a@1");
  }

  @Test
  void progressIsForStreamsWithWatchesOnly() {
    open();
    hub.requestProgress(1);
    assertThat(out.take()).isEmpty();
    watch(key("a"), 0);
    hub.requestProgress(1);
    assertThat(out.take()).containsExactly("created 0 @0", "progress -1 @0");
  }

  @Test
  void idleWatchesAreToldTheProgressAndBusyOnesNot() {
    openAt(SMALL);
    hub.create(1, new WatchRequest(0, key("a"), 0, NOTIFY));
    hub.create(1, new WatchRequest(0, key("b"), 0, NOTIFY));
    watch(key("c"), 0);
    apply("a");
    out.take();
    hub.tick(999);
    assertThat(out.take()).isEmpty();
    hub.tick(1000);
    assertThat(out.take()).containsExactly("progress 1 @1");
    assertThat(hub.nextTickNanos()).isEqualTo(2000);
    hub.tick(2000);
    assertThat(out.take()).containsExactly("progress 0 @1", "progress 1 @1");
  }

  @Test
  void aRestoredStoreSendsEveryWatchToHistory() {
    open();
    watch(key("a"), 0);
    watch(key("a"), 5);
    apply("a");
    for (int i = 0; i < 9; i++) {
      history.change("a");
    }
    hub.onRestored(10, 0);
    history.settle(hub);
    apply("a");
    assertThat(out.seen).filteredOn(seen -> seen.watchId() == 0).hasSize(11);
    assertThat(out.seen).filteredOn(seen -> seen.watchId() == 1).hasSize(7);
  }

  @Test
  void aClosedStreamLeavesNothing() {
    open();
    watch(key("a"), 0);
    watch(range("a", "b"), 0);
    watch(key("a"), 9);
    hub.close(1);
    apply("a");
    watch(key("a"), 0);
    assertThat(out.seen).isEmpty();
    assertThat(hub.stats()).isEqualTo(new WatchStats(0, 0, 0, 0));
  }

  @Test
  void refusesARevisionThatDoesNotFollow() {
    open();
    apply("a");
    assertThatThrownBy(() -> hub.onApplied(List.of(history.changes.get(0))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("revision 1 comes after 1");
  }
}
