package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.apply.Command;
import io.quorate.lmdb.Place;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.KvStore;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** No row goes between the chunks of a snapshot, whatever compaction is asked for meanwhile. */
class SnapshotHoldTest extends Members {
  private static final int PUTS = 60;
  private static final String VALUE = "v".repeat(64 * 1024);

  private Node node;

  @BeforeEach
  void foundOne() throws IOException {
    found(1);
    node = leader();
    for (int i = 0; i < PUTS; i++) {
      put(node, "k" + i % 3, VALUE);
    }
    join(node.checkpoint());
  }

  private long rowsOnDisk() {
    long rows = 0;
    try (DiskView view = node.disk().open();
        DiskView.RevisionCursor cursor = view.revisions(0)) {
      while (cursor.next()) {
        rows++;
      }
    }
    return rows;
  }

  private static long readAll(SnapshotReader reader) {
    while (reader.hasNext()) {
      reader.next();
    }
    return reader.rowsSent();
  }

  @Test
  void aCompactionWaitsUntilTheSnapshotIsRead() {
    SnapshotReader reader = join(SnapshotReader.open(node, Place.START));
    while (reader.rowsSent() == 0) {
      reader.next();
    }
    join(node.propose(new Command.Compact(node.revision())));
    join(node.checkpoint());
    // Whoever applies has passed the compaction on by the time it applies this, and the barrier
    // comes behind that.
    put(node, "after", "that");
    join(Checkpointer.barrier(node.checkpointer()));
    assertThat(node.disk().progress().finished()).isEqualTo(KvStore.NEVER_COMPACTED);
    assertThat(readAll(reader)).isEqualTo(PUTS);
    reader.close();
    join(node.compactionSettled());
    assertThat(rowsOnDisk()).isEqualTo(3);
  }

  @Test
  void aSnapshotWaitsForAStepOfACompactionThatHasBegun() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    CompletableFuture<Checkpointer.Done> step = new CompletableFuture<>();
    // Runs on the thread that compacts, as a step that was allowed to before there was a hold.
    step.thenRun(
        () -> {
          begun.countDown();
          awaitLatch(goOn);
        });
    node.checkpointer().tell(new Checkpointer.Barrier(step));
    begun.await();
    CompletableFuture<SnapshotReader> open =
        SnapshotReader.open(node, Place.START).toCompletableFuture();
    try {
      await().during(Duration.ofSeconds(1)).until(() -> !open.isDone());
    } finally {
      goOn.countDown();
    }
    try (SnapshotReader reader = join(open)) {
      assertThat(readAll(reader)).isEqualTo(rowsOnDisk());
    }
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
