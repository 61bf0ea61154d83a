package io.quorate.lmdb;

import io.quorate.mvcc.Row;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

/**
 * Finds what compaction removes by walking the revisions since the last one, so that its cost
 * follows what it removes and not what is kept.
 *
 * <p>A row that is not above the compaction's revision C outdates the one it superseded. If it is
 * itself a deletion below C it is outdated as well; a deletion at C stays, since a watch may still
 * start there, and falls to the next compaction, whose walk begins at C for this. Example, C = 5:
 * {@code put a @2, put a @3, delete a @4, put b @5, delete c @5} removes a@2 (superseded by 3), a@3
 * (by 4), a@4 (a deletion below 5); b@5 and the deletion c@5 stay, the row before c@5 goes.
 */
final class Compactor {
  private final Generation generation;

  Compactor(Generation generation) {
    this.generation = generation;
  }

  /** What one step removes, and where the next one goes on. */
  final class Slice {
    private final List<Place> revisions = new ArrayList<>();
    private final List<Row> keys = new ArrayList<>();
    private long countedBytes;
    private LmdbStore.Progress progress;

    private Slice(LmdbStore.Progress progress) {
      this.progress = progress;
    }

    LmdbStore.Progress progress() {
      return progress;
    }

    long countedBytes() {
      return countedBytes;
    }

    void remove(Txn<ByteBuffer> txn) {
      LmdbKeys lmdbKeys = new LmdbKeys();
      for (Place place : revisions) {
        generation.revs().delete(txn, lmdbKeys.ofRevision(place.main(), place.sub()));
      }
      LmdbWriter writer = new LmdbWriter(generation);
      keys.forEach(row -> writer.removeKey(txn, row));
    }
  }

  /** Looks at up to {@code rowsMax} rows below C, and those at C, from where the last one ended. */
  Slice slice(LmdbStore.Progress before, long at, int rowsMax) {
    Slice slice = new Slice(before);
    RowCodec codec = new RowCodec();
    LmdbKeys lmdbKeys = new LmdbKeys();
    try (Txn<ByteBuffer> txn = generation.env().txnRead();
        Cursor<ByteBuffer> cursor = generation.revs().openCursor(txn)) {
      long fromMain = Math.max(before.cursorMain(), Math.max(0, before.finished()));
      boolean found =
          cursor.get(lmdbKeys.ofRevision(fromMain, before.cursorSub()), GetOp.MDB_SET_RANGE);
      for (int i = 0; found; i++) {
        long main = LmdbKeys.main(cursor.key());
        // Never ends within revision C: the deletions there stay, and were a later compaction to
        // go on behind them, it would not see them.
        if (main > at || (i >= rowsMax && main < at)) {
          break;
        }
        Row row = codec.decode(cursor.key(), cursor.val());
        judge(slice, txn, row, at);
        slice.progress = new LmdbStore.Progress(before.finished(), row.main(), row.sub() + 1);
        found = cursor.next();
      }
      if (!found || LmdbKeys.main(cursor.key()) > at) {
        slice.progress = new LmdbStore.Progress(at, at, 0);
      }
    }
    return slice;
  }

  private void judge(Slice slice, Txn<ByteBuffer> txn, Row row, long at) {
    if (row.hasPrevious()) {
      LmdbKeys lmdbKeys = new LmdbKeys();
      ByteBuffer key = lmdbKeys.ofRevision(row.prevMain(), row.prevSub());
      ByteBuffer found = generation.revs().get(txn, key);
      if (found != null) {
        Row outdated = new RowCodec().decode(key, found);
        // A deletion that is superseded was counted when the walk passed it, unless it lay at
        // the end of the last compaction; removing it twice is harmless, counting it is not.
        boolean walked = outdated.isDeleted() && outdated.main() < at && isAbove(slice, outdated);
        if (!walked) {
          slice.revisions.add(new Place(outdated.main(), outdated.sub()));
          slice.countedBytes += outdated.countedBytes();
        }
      }
    }
    if (row.isDeleted() && row.main() < at) {
      slice.revisions.add(new Place(row.main(), row.sub()));
      slice.countedBytes += row.countedBytes();
      slice.keys.add(row);
    }
  }

  private static boolean isAbove(Slice slice, Row row) {
    return row.main() >= Math.max(0, slice.progress.finished());
  }
}
