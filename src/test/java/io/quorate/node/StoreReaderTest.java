package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import io.quorate.base.EtcdException;
import io.quorate.lmdb.LmdbDisk;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.EventReader;
import io.quorate.mvcc.Half;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.LeaseIndex;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.OpResult;
import io.quorate.mvcc.RangePlan;
import io.quorate.mvcc.StoreView;
import io.quorate.mvcc.TxnPlan;
import io.quorate.mvcc.WriteTxn;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers beside a writer that freezes, checkpoints, compacts and defragments all the time. */
class StoreReaderTest {
  private static final int KEYS = 12;
  private static final int READERS = 3;
  private static final int CHECKPOINTS = 40;
  private static final int WRITES_PER_CHECKPOINT = 5;
  private static final Bytes TOGGLE = Bytes.utf8("toggle");
  private static final Op.Range ALL = Op.Range.of(new KeyRange(Bytes.EMPTY, null));

  @TempDir Path dir;

  private final AtomicBoolean stopped = new AtomicBoolean();
  private final AtomicInteger reads = new AtomicInteger();
  private final ExecutorService readers = Executors.newFixedThreadPool(READERS);
  private final ExecutorService checkpoints = Executors.newSingleThreadExecutor();
  private final KvStore keys = new KvStore(KvStore.FIRST_REVISION, KvStore.NEVER_COMPACTED, 0);
  private LmdbDisk disk;
  private StoreReader reader;

  @BeforeEach
  void open() {
    disk = new LmdbDisk(dir);
    reader =
        new StoreReader(
            disk.store(),
            keys.recent(),
            damage -> {
              throw damage;
            });
  }

  @AfterEach
  void close() throws InterruptedException {
    stopped.set(true);
    readers.shutdown();
    checkpoints.shutdown();
    assertThat(readers.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    assertThat(checkpoints.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    disk.close();
  }

  @Test
  void whoMayNotWaitIsToldThatTheStoreIsBeingReplaced() {
    assertThat(reader.readNow(StoreView::revision)).isNotNull();
    reader.beginReplacing();
    assertThat(reader.readNow(StoreView::revision)).isNull();
    reader.replaced(keys.recent());
    assertThat(reader.readNow(StoreView::revision)).isEqualTo(reader.revision());
  }

  @Test
  void waitsForTheSecondReplacementToo() {
    reader.beginReplacing();
    reader.beginReplacing();
    reader.replaced(keys.recent());
    assertThat(reader.readNow(StoreView::revision)).isNull();
    reader.replaced(keys.recent());
    assertThat(reader.readNow(StoreView::revision)).isNotNull();
  }

  @Test
  void isNotCurrentWhileABatchIsToldButNotShown() {
    assertThat(reader.isCurrent()).isTrue();
    reader.beginBatch();
    assertThat(reader.isCurrent()).isFalse();
    reader.publish(keys.recent());
    assertThat(reader.isCurrent()).isTrue();
  }

  @Test
  void neverShowsATornState() throws Exception {
    writeAll();
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      running.add(readers.submit(this::readUntilStopped));
    }
    for (int number = 0; number < CHECKPOINTS; number++) {
      Future<?> checkpoint = freeze(number);
      for (int i = 0; i < WRITES_PER_CHECKPOINT || reads.get() < 2 * number; i++) {
        writeAll();
        failWithAReader(running);
      }
      checkpoint.get(10, TimeUnit.SECONDS);
      keys.dropFrozen(disk.bytes());
      reader.publish(keys.recent());
      writeAll();
    }
    stopped.set(true);
    for (Future<?> each : running) {
      each.get();
    }
  }

  private static void failWithAReader(List<Future<?>> running) throws Exception {
    for (Future<?> each : running) {
      if (each.isDone()) {
        each.get();
      }
    }
  }

  private void writeAll() {
    try (DiskView view = disk.open()) {
      writeAll(view);
    }
  }

  /** One transaction writes every key, and deletes the toggle at each odd revision. */
  private void writeAll(DiskView view) {
    long next = keys.revision() + 1;
    List<Op> ops = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      Bytes key = Bytes.utf8(i % 4 == 0 ? "k".repeat(520 + i) : "key" + i);
      Bytes value = Bytes.utf8(i == 1 ? next + "-" + "x".repeat(600) : "" + next);
      ops.add(new Op.Put(key, value, 0, false, false, false));
    }
    ops.add(
        next % 2 == 0
            ? new Op.Put(TOGGLE, Bytes.EMPTY, 0, false, false, false)
            : new Op.DeleteRange(KeyRange.single(TOGGLE), false));
    keys.beginBatch(view);
    WriteTxn txn = keys.begin(new NoLeases());
    TxnPlan.execute(keys.view(), txn, new Op.Txn(List.of(), ops, List.of()));
    txn.end();
    reader.publish(keys.endBatch());
  }

  /** As the actors do: publish the frozen half, then write it; now and then compact as well. */
  private Future<?> freeze(int number) {
    long compactAt = number % 3 == 2 ? Math.max(1, keys.revision() - 3) : 0;
    if (compactAt > keys.compacted()) {
      keys.compact(compactAt);
    }
    long revision = keys.revision();
    long compacted = keys.compacted();
    Half half = keys.freeze();
    reader.publish(keys.recent());
    return checkpoints.submit(
        () -> {
          disk.write(half, revision, compacted);
          if (compactAt > 0) {
            disk.compact(compacted, 1000);
          }
          if (number % 8 == 7) {
            disk.defragment();
          }
        });
  }

  private void readUntilStopped() {
    long seen = 0;
    while (!stopped.get()) {
      long atLeast = Math.max(seen, reader.revision());
      seen = reader.read(view -> check(view, atLeast));
      reads.incrementAndGet();
    }
  }

  private static long check(StoreView view, long atLeast) {
    long revision = view.revision();
    assertThat(revision).isGreaterThanOrEqualTo(atLeast);
    checkWhole(RangePlan.execute(view, ALL), revision);
    long before = revision - 1;
    if (before > Math.max(KvStore.FIRST_REVISION, view.compacted())) {
      checkWhole(RangePlan.execute(view, at(before)), before);
    }
    long from = Math.max(2, Math.max(view.compacted() + 1, revision - 3));
    if (from <= revision) {
      EventReader.Slice slice = EventReader.read(view, from, revision, Long.MAX_VALUE);
      long writes = (revision - from + 1) * (KEYS + 1);
      assertThat(slice.events()).hasSize((int) writes);
      assertThat(slice.next()).isEqualTo(revision + 1);
    }
    return revision;
  }

  private static void checkWhole(OpResult.Range range, long revision) {
    boolean toggled = revision % 2 == 0;
    assertThat(range.count()).isEqualTo(KEYS + (toggled ? 1 : 0));
    for (KeyValue kv : range.kvs()) {
      assertThat(kv.modRevision()).as("key %s at %d", kv.key(), revision).isEqualTo(revision);
      if (!kv.key().equals(TOGGLE)) {
        assertThat(kv.value().utf8().split("-")[0]).isEqualTo("" + revision);
      }
    }
  }

  private static Op.Range at(long revision) {
    return new Op.Range(ALL.keys(), 0, revision, ALL.sort(), false, false, ALL.bounds());
  }

  @Test
  void beginsAnewWhenTheDiskHasGoneOnBeforeItsViewWasOpen() throws Exception {
    writeAll();
    checkpoint();
    List<DiskView> all = disk.openAll();
    FutureTask<Long> read = new FutureTask<>(() -> reader.read(view -> check(view, 2)));
    Thread thread = new Thread(read, "reader");
    thread.start();
    // It has taken what is in memory, and waits for a view of the disk.
    Awaitility.await().until(() -> thread.getState() == Thread.State.WAITING);
    writeAll(all.get(0));
    keys.compact(3);
    checkpoint();
    disk.compact(3, 1000);
    all.forEach(DiskView::close);
    assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo(3);
  }

  private void checkpoint() {
    long revision = keys.revision();
    Half half = keys.freeze();
    reader.publish(keys.recent());
    disk.write(half, revision, keys.compacted());
    keys.dropFrozen(disk.bytes());
    reader.publish(keys.recent());
  }

  @Test
  void refusesARevisionThatIsCompacted() {
    for (int i = 0; i < 5; i++) {
      writeAll();
    }
    keys.compact(4);
    reader.publish(keys.recent());
    assertThat(reader.compacted()).isEqualTo(4);
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> reader.read(view -> RangePlan.execute(view, at(3))))
        .isInstanceOf(EtcdException.class)
        .hasMessageContaining("compacted");
    checkWhole(reader.read(view -> RangePlan.execute(view, at(4))), 4);
  }

  private static final class NoLeases implements LeaseIndex {
    @Override
    public boolean exists(long lease) {
      return false;
    }

    @Override
    public void attach(long lease, Bytes key) {
      throw new IllegalStateException("no lease was asked for");
    }

    @Override
    public void detach(long lease, Bytes key) {
      throw new IllegalStateException("no lease was asked for");
    }
  }
}
