package io.quorate.node;

import io.quorate.base.Bytes;
import io.quorate.lmdb.CorruptStoreException;
import io.quorate.lmdb.LmdbStore;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.Row;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the whole store again and again, a little at a time, so that damage is found while other
 * members can still repair it, not when somebody needs the row. Each row's checksum is looked at,
 * in the table of the keys and in that of the revisions; of the revisions a digest is compared with
 * those of the other members, too, since a row may be wrong together with its checksum. One task at
 * a time, on the reader pool.
 */
final class Scrub {
  private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);

  /** Rows that one step reads: some milliseconds. */
  static final int STEP_ROWS = 1_000;

  /** Bytes of rows after which a step ends. */
  private static final long STEP_BYTES = 4L << 20;

  /** The pause between two steps: a million rows of the keys take a minute or two. */
  private static final Duration STEP_EVERY = Duration.ofMillis(50);

  /** Steps that are left out after one that others had a part in: 200 ms. */
  private static final int COMPARED_STEPS = 3;

  /** Steps that are left out before a range is compared again that could not be: a second. */
  private static final int AGAIN_STEPS = 20;

  /** How often a range is tried: others may have to write it, or to end a compaction. */
  private static final int TRIES_MAX = 15;

  /** Steps that are left out between two rounds: ten minutes. */
  private static final int IDLE_STEPS = 12_000;

  private final Node node;
  private final RangeDigests digests;
  private @Nullable Bytes nextKey = Bytes.EMPTY;
  private long nextRevision;
  private int tries;
  private int idle;
  private long rows;
  // Whoever has set it owns the fields above, from thread to thread.
  private final AtomicBoolean running = new AtomicBoolean();

  Scrub(Node node, RangeDigests digests) {
    this.node = node;
    this.digests = digests;
  }

  void start() {
    node.system()
        .scheduler()
        .scheduleWithFixedDelay(
            STEP_EVERY, STEP_EVERY, this::tick, node.system().executionContext());
  }

  /** Runs on the shared threads, which must not wait for a step that waits for the disk. */
  private void tick() {
    if (!running.compareAndSet(false, true)) {
      return;
    }
    if (idle > 0) {
      idle--;
    } else if (!node.isQuarantined()) {
      node.readerPool().execute(this::step);
      return;
    }
    running.set(false);
  }

  private void step() {
    boolean comparing = false;
    try (DiskView view = node.disk().open()) {
      if (nextKey != null) {
        nextKey = readKeys(view, nextKey);
      } else {
        comparing = readRevisions(view);
      }
    } catch (CorruptStoreException e) {
      node.fail(e);
    } catch (IllegalStateException e) {
      // The store was closed, or replaced by a snapshot, which begins anew.
      LOG.debug("a step of the scrub failed", e);
    } finally {
      if (!comparing) {
        running.set(false);
      }
    }
  }

  /** The key to go on from; null when there is none. */
  private @Nullable Bytes readKeys(DiskView view, Bytes from) {
    try (DiskView.KeyCursor cursor = view.keys(from, null)) {
      for (int left = STEP_ROWS; cursor.next(); left--) {
        Bytes key = cursor.row(true).key();
        if (left <= 0) {
          return key;
        }
        rows++;
      }
    }
    return null;
  }

  /** Reads some revisions; whether the others are asked for them, and the step ends later. */
  private boolean readRevisions(DiskView view) {
    RangeDigests.Walked walked =
        RangeDigests.walk(
            view, nextRevision, Long.MAX_VALUE, STEP_ROWS, STEP_BYTES, row -> checkKey(view, row));
    if (walked.rows() == 0 || node.published().members().size() < 2) {
      goOn(walked);
      return false;
    }
    LmdbStore.Settled settled = LmdbStore.settled(view);
    if (settled == null) {
      compared(walked, false);
      return false;
    }
    RangeDigests.Range range =
        new RangeDigests.Range(nextRevision, walked.last(), settled.compacted(), walked.rows());
    digests
        .compare(range, walked.digest())
        .whenComplete(
            (heard, failure) -> {
              compared(walked, failure == null && heard);
              running.set(false);
            });
    return true;
  }

  /** What the two tables say of one revision was written at once. */
  private static void checkKey(DiskView view, Row row) {
    Row newest = view.newest(row.key());
    if (newest == null
        || newest.main() < row.main()
        || (newest.main() == row.main() && !newest.equals(row))) {
      throw new CorruptStoreException(
          "key " + row.key() + " is not what revision " + row.main() + " made it");
    }
  }

  private void compared(RangeDigests.Walked walked, boolean heard) {
    tries++;
    if (heard || tries >= TRIES_MAX) {
      idle = COMPARED_STEPS;
      goOn(walked);
    } else {
      idle = AGAIN_STEPS;
    }
  }

  private void goOn(RangeDigests.Walked walked) {
    tries = 0;
    rows += walked.rows();
    nextRevision = walked.last() + 1;
    if (!walked.more()) {
      LOG.debug("read all {} rows of the store", rows);
      nextKey = Bytes.EMPTY;
      nextRevision = 0;
      rows = 0;
      idle = IDLE_STEPS;
    }
  }
}
