package io.quorate.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.apply.StoreMeta;
import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.Row;
import io.quorate.mvcc.Shelf;
import io.quorate.mvcc.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LmdbStoreTest {
  @TempDir Path dir;

  private static Op.Put putOf(String key, String value) {
    return new Op.Put(Bytes.utf8(key), Bytes.utf8(value), 0, false, false, false);
  }

  private static List<Row> rows(DiskView view) {
    List<Row> rows = new ArrayList<>();
    try (DiskView.RevisionCursor cursor = view.revisions(0)) {
      while (cursor.next()) {
        rows.add(cursor.row());
      }
    }
    return rows;
  }

  private static List<Row> rows(LmdbDisk disk) {
    try (DiskView view = disk.open()) {
      return rows(view);
    }
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void isEmptyWhenItIsNew() throws IOException {
    try (LmdbStore store = new LmdbStore(dir, LmdbDisk.MAP_BYTES);
        DiskView view = store.open()) {
      assertThat(store.meta()).isNull();
      assertThat(store.diskBytes()).isZero();
      assertThat(store.progress().finished()).isEqualTo(KvStore.NEVER_COMPACTED);
      assertThat(rows(view)).isEmpty();
      assertThat(view.newest(Bytes.utf8("a"))).isNull();
      assertThat(view.at(2, 0)).isNull();
    }
  }

  @Test
  void givesBackAfterAReopenWhatACheckpointWrote() throws IOException {
    Membership members =
        new Membership(
            new TreeSet<>(Set.of(1L, -2L)),
            new TreeSet<>(Set.of(3L)),
            new TreeSet<>(Set.of(4L)),
            new TreeSet<>(),
            true);
    StoreMeta meta = new StoreMeta(17, 3, 2, -1, 4, members);
    KvStore keys = new KvStore(1, -1, 0);
    keys.putTable(Table.LEASE, Bytes.ofLong(7), Bytes.utf8("facts"));
    keys.putTable(Table.ATTACHED, Bytes.ofLong(7), Bytes.EMPTY);
    try (LmdbStore store = new LmdbStore(dir, LmdbDisk.MAP_BYTES)) {
      store.write(keys.freeze(), meta);
    }
    try (LmdbStore store = new LmdbStore(dir, LmdbDisk.MAP_BYTES);
        DiskView view = store.open()) {
      assertThat(store.meta()).isEqualTo(meta);
      List<String> seen = new ArrayList<>();
      for (Table table : List.of(Table.LEASE, Table.ATTACHED, Table.MEMBER)) {
        view.scan(table, Bytes.EMPTY, (key, value) -> seen.add(key + "=" + value));
      }
      String seven = Bytes.ofLong(7).toString();
      assertThat(seen).containsExactly(seven + "=facts", seven + "=");
    }
  }

  @Test
  void forgetsWhatWasInMemoryAloneWhenItReopens() {
    try (LmdbDisk disk = new LmdbDisk(dir)) {
      Shelf shelf = new Shelf(disk);
      shelf.write(putOf("a", "1"));
      shelf.flush();
      shelf.write(putOf("b", "2"));
      List<Row> before = rows(disk);
      disk.reopen();
      assertThat(rows(disk)).isEqualTo(before).hasSize(1);
      assertThat(disk.store().meta().revision()).isEqualTo(2);
      assertThat(disk.bytes()).isEqualTo(Row.countedBytes(1, 1));
    }
  }

  @Test
  void keepsAViewAsItWasWhileCheckpointsFollow() {
    try (LmdbDisk disk = new LmdbDisk(dir)) {
      Shelf shelf = new Shelf(disk);
      shelf.write(putOf("a", "1"));
      shelf.flush();
      try (DiskView old = disk.open()) {
        List<Row> before = rows(old);
        for (int i = 0; i < 20; i++) {
          shelf.write(putOf("a", "next" + i));
          shelf.flush();
        }
        shelf.compact(shelf.store().revision());
        assertThat(shelf.removeRows(100)).isTrue();
        assertThat(rows(old)).isEqualTo(before);
        assertThat(old.newest(Bytes.utf8("a")).kv().value()).isEqualTo(Bytes.utf8("1"));
      }
      try (DiskView fresh = disk.open()) {
        assertThat(rows(fresh)).hasSize(1);
        assertThat(fresh.newest(Bytes.utf8("a")).kv().value()).isEqualTo(Bytes.utf8("next19"));
      }
    }
  }

  @Test
  void losesNothingThatIsWrittenWhileItDefragments() throws IOException {
    try (LmdbDisk disk = new LmdbDisk(dir)) {
      Shelf shelf = new Shelf(disk);
      String big = "x".repeat(5000);
      for (int i = 0; i < 400; i++) {
        shelf.write(putOf("key" + i % 10, big + i));
      }
      shelf.write(putOf("k".repeat(600), "long"));
      shelf.compact(shelf.store().revision());
      assertThat(shelf.removeRows(10_000)).isTrue();
      long before = disk.store().fileBytes();
      try (DiskView old = disk.open()) {
        List<Row> oldRows = rows(old);
        Path copy = disk.store().copyCompacted();
        shelf.write(putOf("key3", "while it copies"));
        shelf.write(putOf("new", "while it copies"));
        shelf.write(putOf("k".repeat(601), "while it copies"));
        shelf.write(new Op.DeleteRange(KeyRange.single(Bytes.utf8("key4")), false));
        shelf.store().putTable(Table.LEASE, Bytes.ofLong(9), Bytes.utf8("while it copies"));
        shelf.flush();
        List<Row> all = rows(disk);
        disk.store().finish(copy);
        assertThat(rows(disk)).isEqualTo(all);
        // Who reads the old generation goes on with it.
        assertThat(rows(old)).isEqualTo(oldRows);
      }
      assertThat(disk.store().fileBytes()).isLessThan(before / 4);
      assertThat(files()).containsExactly("CURRENT", "gen-2");
      checkAfterDefragmentation(shelf);
      shelf.restart();
      checkAfterDefragmentation(shelf);
    }
  }

  private static void checkAfterDefragmentation(Shelf shelf) {
    long count = shelf.range(Op.Range.of(new KeyRange(Bytes.EMPTY, null))).count();
    assertThat(count).isEqualTo(12);
    for (String key : new String[] {"key3", "new", "k".repeat(601)}) {
      KeyRange single = KeyRange.single(Bytes.utf8(key));
      assertThat(shelf.range(Op.Range.of(single)).kvs().get(0).value())
          .isEqualTo(Bytes.utf8("while it copies"));
    }
    try (DiskView view = shelf.disk().open()) {
      List<Bytes> leases = new ArrayList<>();
      view.scan(Table.LEASE, Bytes.EMPTY, (key, value) -> leases.add(key));
      assertThat(leases).containsExactly(Bytes.ofLong(9));
    }
  }

  @Test
  void compactsOnAfterADefragmentation() {
    try (LmdbDisk disk = new LmdbDisk(dir)) {
      Shelf shelf = new Shelf(disk);
      for (int i = 0; i < 30; i++) {
        shelf.write(putOf("a", "v" + i));
        shelf.write(new Op.DeleteRange(KeyRange.single(Bytes.utf8("a")), false));
      }
      shelf.write(putOf("b", "last"));
      shelf.compact(shelf.store().revision());
      assertThat(shelf.removeRows(10)).isFalse();
      disk.defragment();
      disk.reopen();
      while (!shelf.removeRows(10)) {
        disk.defragment();
      }
      assertThat(rows(disk)).hasSize(1);
      assertThat(disk.bytes()).isEqualTo(Row.countedBytes(1, 4));
    }
  }

  @Test
  void removesWhatAnInterruptedDefragmentationLeft() throws IOException {
    try (LmdbDisk disk = new LmdbDisk(dir)) {
      Shelf shelf = new Shelf(disk);
      shelf.write(putOf("a", "1"));
      shelf.flush();
      List<Row> before = rows(disk);
      disk.store().copyCompacted();
      disk.store().copyAside();
      assertThat(files()).hasSize(4).contains("CURRENT", "gen-1", "gen-2");
      Files.writeString(dir.resolve("CURRENT.new"), "gen-2\n");
      disk.reopen();
      assertThat(files()).contains("CURRENT", "gen-1").doesNotContain("gen-2");
      assertThat(files().stream().filter(file -> file.startsWith("copy-"))).isEmpty();
      assertThat(rows(disk)).isEqualTo(before);
      disk.defragment();
      disk.reopen();
      assertThat(files()).contains("CURRENT", "gen-2").doesNotContain("gen-1");
      assertThat(rows(disk)).isEqualTo(before);
    }
  }

  @Test
  void compactsAndCopiesWhileAllReaderSlotsAreTaken() throws IOException {
    try (LmdbDisk disk = new LmdbDisk(dir)) {
      Shelf shelf = new Shelf(disk);
      shelf.write(putOf("a", "1"));
      shelf.write(putOf("a", "2"));
      shelf.compact(3);
      List<DiskView> all = disk.openAll();
      assertThat(shelf.removeRows(100)).isTrue();
      Path aside = disk.store().copyAside();
      assertThat(aside.resolve("data.mdb")).exists();
      assertThat(rows(all.get(0))).hasSize(2);
      all.forEach(DiskView::close);
      assertThat(rows(disk)).hasSize(1);
    }
  }

  @Test
  void opensNoViewOnceItIsClosed() {
    LmdbDisk disk = new LmdbDisk(dir);
    DiskView open = disk.open();
    disk.close();
    // The one that was open may go on to its end.
    assertThat(rows(open)).isEmpty();
    open.close();
    assertThatThrownBy(disk::open).isInstanceOf(IllegalStateException.class);
  }
}
