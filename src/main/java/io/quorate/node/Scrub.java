package io.quorate.node;

import io.quorate.base.Bytes;
import io.quorate.lmdb.CorruptStoreException;
import io.quorate.mvcc.DiskView;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the whole store again and again, a little at a time, so that damage is found while other
 * members can still repair it, not when somebody needs the row. Each row's checksum is looked at,
 * in the table of the keys and in that of the revisions. One task at a time, on the reader pool.
 */
final class Scrub {
  private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);

  /** Rows that one step reads: some milliseconds. */
  static final int STEP_ROWS = 1_000;

  /** The pause between two steps: a million rows take a minute or two. */
  private static final Duration STEP_EVERY = Duration.ofMillis(50);

  /** Steps that are left out between two rounds: ten minutes. */
  private static final int IDLE_STEPS = 12_000;

  private final Node node;
  private @Nullable Bytes nextKey = Bytes.EMPTY;
  private long nextRevision;
  private int idle;
  private boolean running;
  private long rows;

  Scrub(Node node) {
    this.node = node;
  }

  void start() {
    node.system()
        .scheduler()
        .scheduleWithFixedDelay(
            STEP_EVERY, STEP_EVERY, this::tick, node.system().executionContext());
  }

  private synchronized void tick() {
    if (idle > 0) {
      idle--;
    } else if (!running && !node.isQuarantined()) {
      running = true;
      node.readerPool().execute(this::step);
    }
  }

  private synchronized void step() {
    try (DiskView view = node.disk().open()) {
      if (nextKey != null) {
        nextKey = readKeys(view, nextKey);
      } else if (!readRevisions(view)) {
        LOG.debug("read all {} rows of the store", rows);
        nextKey = Bytes.EMPTY;
        nextRevision = 0;
        rows = 0;
        idle = IDLE_STEPS;
      }
    } catch (CorruptStoreException e) {
      node.fail(e);
    } catch (IllegalStateException e) {
      // The store was closed, or replaced by a snapshot, which begins anew.
      LOG.debug("a step of the scrub failed", e);
    } finally {
      running = false;
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

  private boolean readRevisions(DiskView view) {
    try (DiskView.RevisionCursor cursor = view.revisions(nextRevision)) {
      for (int left = STEP_ROWS; cursor.next(); left--) {
        if (left <= 0 && cursor.main() != nextRevision) {
          nextRevision = cursor.main();
          return true;
        }
        cursor.row();
        rows++;
      }
    }
    return false;
  }
}
