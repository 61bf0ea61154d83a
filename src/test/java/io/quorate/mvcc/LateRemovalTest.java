package io.quorate.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Members remove what a compaction makes unreachable each in its own time, and one that is started
 * again may have removed it before it does the writes that it does anew. Their rows are the same.
 */
class LateRemovalTest {
  private static final Bytes KEY = Bytes.utf8("key");
  private static final Bytes OTHER = Bytes.utf8("other");

  private static Op.Put put(Bytes key) {
    return new Op.Put(key, Bytes.utf8("value"), 0, false, false, false);
  }

  private static Op.DeleteRange delete(Bytes key) {
    return new Op.DeleteRange(KeyRange.ofRequest(key, Bytes.EMPTY), false);
  }

  /** The rows after a key was deleted, the store compacted, and the key put again. */
  private static List<Row> rows(boolean removedBeforePut, boolean deletedAtCompaction) {
    MemoryDisk disk = new MemoryDisk();
    Shelf shelf = new Shelf(disk);
    shelf.write(put(KEY));
    shelf.write(delete(KEY));
    if (!deletedAtCompaction) {
      shelf.write(put(OTHER));
    }
    shelf.compact(shelf.store().revision());
    if (removedBeforePut) {
      shelf.removeRows(Integer.MAX_VALUE);
    }
    shelf.write(put(KEY));
    shelf.flush();
    shelf.removeRows(Integer.MAX_VALUE);
    List<Row> rows = new ArrayList<>();
    try (DiskView view = disk.open();
        DiskView.RevisionCursor cursor = view.revisions(0)) {
      while (cursor.next()) {
        rows.add(cursor.row());
      }
    }
    return rows;
  }

  @Test
  void keyThatIsPutAgainForgetsItsDeletionWhetherThatIsRemovedOrNot() {
    assertThat(rows(false, false)).isEqualTo(rows(true, false)).hasSize(2);
  }

  @Test
  void deletionAtTheCompactionItselfIsRememberedByAll() {
    List<Row> late = rows(false, true);
    assertThat(late).isEqualTo(rows(true, true)).hasSize(2);
    assertThat(late.get(1).prevMain()).isEqualTo(late.get(0).main());
  }
}
