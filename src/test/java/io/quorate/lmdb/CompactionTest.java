package io.quorate.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.Row;
import io.quorate.mvcc.Shelf;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompactionTest {
  @TempDir Path dir;

  private LmdbDisk disk;
  private Shelf shelf;

  @BeforeEach
  void open() {
    disk = new LmdbDisk(dir);
    shelf = new Shelf(disk);
  }

  @AfterEach
  void close() {
    disk.close();
  }

  private static Op.Put putOf(String key, String value) {
    return new Op.Put(Bytes.utf8(key), Bytes.utf8(value), 0, false, false, false);
  }

  private static Op.DeleteRange deleteOf(String key) {
    return new Op.DeleteRange(KeyRange.single(Bytes.utf8(key)), false);
  }

  private void put(String key) {
    shelf.write(putOf(key, "v"));
  }

  private void delete(String key) {
    shelf.write(deleteOf(key));
  }

  private void deleteAll(String from, String to) {
    KeyRange keys = new KeyRange(Bytes.utf8(from), Bytes.utf8(to));
    shelf.write(new Op.DeleteRange(keys, false));
  }

  /** The rows on disk as {@code key@main.sub}, a deletion with a dash. */
  private List<String> rows() {
    List<String> rows = new ArrayList<>();
    try (DiskView view = disk.open();
        DiskView.RevisionCursor cursor = view.revisions(0)) {
      while (cursor.next()) {
        Row row = cursor.row();
        rows.add(row.key() + "@" + row.main() + "." + row.sub() + (row.isDeleted() ? "-" : ""));
      }
    }
    return rows;
  }

  private long freshCount() {
    long bytes = 0;
    try (DiskView view = disk.open();
        DiskView.RevisionCursor cursor = view.revisions(0)) {
      while (cursor.next()) {
        bytes += cursor.row().countedBytes();
      }
    }
    return bytes;
  }

  private boolean hasKey(String key) {
    try (DiskView view = disk.open()) {
      return view.newest(Bytes.utf8(key)) != null;
    }
  }

  @Test
  void removesOnlyWhatNoReadCanReach() {
    put("a"); // 2
    put("a"); // 3
    delete("a"); // 4
    put("b"); // 5
    put("c"); // 6
    put("b"); // 7
    shelf.compact(5);
    assertThat(shelf.removeRows(100)).isTrue();
    assertThat(rows()).containsExactly("b@5.0", "c@6.0", "b@7.0");
    assertThat(hasKey("a")).isFalse();
    assertThat(disk.bytes()).isEqualTo(freshCount());
  }

  @Test
  void keepsADeletionAtTheCompactionUntilTheNextOne() {
    put("a"); // 2
    delete("a"); // 3
    shelf.compact(3);
    assertThat(shelf.removeRows(100)).isTrue();
    assertThat(rows()).containsExactly("a@3.0-");
    put("b"); // 4
    shelf.compact(4);
    assertThat(shelf.removeRows(100)).isTrue();
    assertThat(rows()).containsExactly("b@4.0");
    assertThat(hasKey("a")).isFalse();
    assertThat(disk.bytes()).isEqualTo(freshCount());
  }

  @Test
  void forgetsADeletionThatWasAtTheCompactionAndThenOverwritten() {
    put("a"); // 2
    delete("a"); // 3
    shelf.compact(3);
    shelf.removeRows(100);
    put("a"); // 4
    put("b"); // 5
    shelf.compact(5);
    assertThat(shelf.removeRows(100)).isTrue();
    assertThat(rows()).containsExactly("a@4.0", "b@5.0");
    assertThat(disk.bytes()).isEqualTo(freshCount());
  }

  @Test
  void keepsAKeyThatIsWrittenAgainAboveTheCompaction() {
    put("a"); // 2
    delete("a"); // 3
    put("b"); // 4
    put("a"); // 5
    shelf.compact(4);
    assertThat(shelf.removeRows(100)).isTrue();
    assertThat(rows()).containsExactly("b@4.0", "a@5.0");
    assertThat(hasKey("a")).isTrue();
  }

  @Test
  void goesOnAfterACrashBetweenSlices() {
    for (int i = 0; i < 20; i++) {
      put("a");
      delete("a");
      put("b");
    }
    long at = shelf.store().revision();
    shelf.compact(at);
    int slices = 0;
    while (!disk.compact(at, 7)) {
      disk.reopen();
      assertThat(disk.store().meta().compacted()).isEqualTo(at);
      assertThat(disk.store().progress().finished()).isLessThan(at);
      assertThat(disk.bytes()).isEqualTo(freshCount());
      assertThat(++slices).isLessThan(50);
    }
    assertThat(slices).isGreaterThan(3);
    assertThat(rows()).containsExactly("b@" + at + ".0");
    assertThat(disk.store().progress().finished()).isEqualTo(at);
  }

  @Test
  void missesNothingWhenTheNextCompactionComesBeforeTheLastIsDone() {
    put("a"); // 2
    put("b"); // 3
    put("c"); // 4
    deleteAll("a", "z"); // 5
    shelf.compact(5);
    // Ends, if it can, behind the first two deletions, which stay as yet.
    shelf.removeRows(5);
    put("d"); // 6
    put("b"); // 7
    shelf.compact(7);
    while (!shelf.removeRows(2)) {
      assertThat(rows()).isNotEmpty();
    }
    assertThat(rows()).containsExactly("d@6.0", "b@7.0");
    assertThat(hasKey("a")).isFalse();
    assertThat(disk.bytes()).isEqualTo(freshCount());
  }

  @Test
  void readsAllThatIsLeftAtEveryStepOfACompaction() {
    for (int i = 0; i < 8; i++) {
      put("a");
      put("b" + i);
      delete("b" + (i - 1));
    }
    long at = shelf.store().revision() - 4;
    List<Object> before = answersFrom(at);
    shelf.compact(at);
    boolean all;
    do {
      all = shelf.removeRows(1);
      assertThat(answersFrom(at)).isEqualTo(before);
    } while (!all);
  }

  private List<Object> answersFrom(long at) {
    List<Object> answers = new ArrayList<>();
    for (long revision = at; revision <= shelf.store().revision(); revision++) {
      Op.Range now = Op.Range.of(new KeyRange(Bytes.EMPTY, null));
      answers.add(
          shelf.range(
              new Op.Range(now.keys(), 0, revision, now.sort(), false, false, now.bounds())));
    }
    return answers;
  }

  @Test
  void doesNothingWhenItIsAskedTwice() {
    put("a");
    put("a");
    shelf.compact(3);
    assertThat(shelf.removeRows(100)).isTrue();
    assertThat(shelf.removeRows(100)).isTrue();
    assertThat(rows()).containsExactly("a@3.0");
    assertThat(disk.bytes()).isEqualTo(freshCount());
  }

  @Test
  void refusesToRunAheadOfItsCheckpoint() {
    put("a");
    shelf.flush();
    assertThatThrownBy(() -> disk.compact(2, 10)).isInstanceOf(IllegalStateException.class);
  }
}
