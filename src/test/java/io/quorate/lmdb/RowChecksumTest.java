package io.quorate.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.Row;
import io.quorate.mvcc.Shelf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.Txn;

class RowChecksumTest {
  private static final Bytes KEY = Bytes.utf8("key");
  private static final Bytes LONG_KEY = Bytes.utf8("k".repeat(600));

  @TempDir Path dir;

  private static Row row(long lease) {
    return new Row(new KeyValue(KEY, 2, 300, 7, Bytes.utf8("value"), lease), 3, 200, 1);
  }

  private static ByteBuffer copyOf(ByteBuffer buffer) {
    return ByteBuffer.allocateDirect(buffer.remaining()).put(buffer.duplicate()).flip();
  }

  @Test
  void givesBackTheRowThatItWrote() {
    RowCodec codec = new RowCodec();
    ByteBuffer lmdbKey = new LmdbKeys().ofRevision(300, 3);
    for (long lease : new long[] {0, 1, -1}) {
      Row row = row(lease);
      ByteBuffer bytes = copyOf(codec.encode(lmdbKey, row, true, true));
      assertThat(codec.decode(lmdbKey, bytes)).isEqualTo(row);
      assertThat(codec.main(bytes)).isEqualTo(300);
      assertThat(RowCodec.isDeleted(bytes)).isFalse();
      assertThat(RowCodec.isWhole(bytes)).isTrue();
    }
    Row deleted = new Row(KeyValue.deleted(KEY, 301), 0, 300, 3);
    ByteBuffer bytes = copyOf(codec.encode(lmdbKey, deleted, true, false));
    assertThat(codec.decode(lmdbKey, bytes)).isEqualTo(deleted);
    assertThat(RowCodec.isDeleted(bytes)).isTrue();
  }

  @Test
  void refusesARowInWhichAnyByteHasChanged() {
    RowCodec codec = new RowCodec();
    ByteBuffer lmdbKey = new LmdbKeys().ofRevision(300, 3);
    ByteBuffer good = copyOf(codec.encode(lmdbKey, row(9), true, true));
    for (int i = 0; i < good.remaining(); i++) {
      for (int bit = 0; bit < 8; bit++) {
        ByteBuffer bad = copyOf(good);
        bad.put(i, (byte) (bad.get(i) ^ 1 << bit));
        assertThatThrownBy(() -> codec.decode(lmdbKey, bad))
            .as("byte %d", i)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("checksum");
      }
    }
    for (int size = 0; size < good.remaining(); size++) {
      ByteBuffer torn = copyOf(good).limit(size);
      assertThatThrownBy(() -> codec.decode(lmdbKey, torn))
          .as("the first %d bytes", size)
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void refusesARowUnderTheKeyOfAnother() {
    RowCodec codec = new RowCodec();
    ByteBuffer bytes = copyOf(codec.encode(new LmdbKeys().ofRevision(300, 3), row(0), true, true));
    assertThatThrownBy(() -> codec.decode(new LmdbKeys().ofRevision(300, 4), bytes))
        .isInstanceOf(IllegalStateException.class);
  }

  private void writeThree() {
    try (LmdbDisk disk = new LmdbDisk(dir)) {
      Shelf shelf = new Shelf(disk);
      for (Bytes key : List.of(KEY, LONG_KEY)) {
        shelf.write(new Op.Put(key, Bytes.utf8("first value"), 0, false, false, false));
        shelf.write(new Op.Put(key, Bytes.utf8("the value sought"), 0, false, false, false));
      }
      shelf.flush();
    }
  }

  /** Flips a bit in the last row of a table. */
  private void spoilLast(java.util.function.Function<Generation, Dbi<ByteBuffer>> table) {
    Generation generation = new Generation(dir.resolve("gen-1"), LmdbDisk.MAP_BYTES);
    try (Txn<ByteBuffer> txn = generation.env().txnWrite()) {
      // LMDB wants the cursor closed before the commit.
      try (Cursor<ByteBuffer> cursor = table.apply(generation).openCursor(txn)) {
        assertThat(cursor.last()).isTrue();
        ByteBuffer value = copyOf(cursor.val());
        value.put(value.limit() - 6, (byte) (value.get(value.limit() - 6) ^ 1));
        cursor.put(copyOf(cursor.key()), value);
      }
      txn.commit();
    }
    generation.release();
  }

  @Test
  void refusesToReadASpoiltRowByItsKey() {
    writeThree();
    spoilLast(Generation::keys);
    try (LmdbDisk disk = new LmdbDisk(dir);
        DiskView view = disk.open()) {
      assertThatThrownBy(() -> view.newest(KEY)).isInstanceOf(IllegalStateException.class);
      try (DiskView.KeyCursor cursor = view.keys(KEY, KeyRange.single(KEY).to())) {
        assertThat(cursor.next()).isTrue();
        assertThatThrownBy(() -> cursor.row(false)).isInstanceOf(IllegalStateException.class);
      }
      assertThat(view.newest(LONG_KEY).main()).isEqualTo(5);
    }
  }

  @Test
  void refusesToReadASpoiltRowByItsRevision() {
    writeThree();
    spoilLast(Generation::revs);
    try (LmdbDisk disk = new LmdbDisk(dir);
        DiskView view = disk.open()) {
      assertThat(view.at(4, 0).key()).isEqualTo(LONG_KEY);
      assertThatThrownBy(() -> view.at(5, 0)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> view.newest(LONG_KEY)).isInstanceOf(IllegalStateException.class);
      try (DiskView.RevisionCursor cursor = view.revisions(5)) {
        assertThat(cursor.next()).isTrue();
        assertThatThrownBy(cursor::row).isInstanceOf(IllegalStateException.class);
      }
    }
  }

  @Test
  void refusesToReadASpoiltBucketOfLongKeys() {
    writeThree();
    spoilLast(Generation::longKeys);
    try (LmdbDisk disk = new LmdbDisk(dir);
        DiskView view = disk.open()) {
      assertThat(view.newest(KEY).main()).isEqualTo(3);
      assertThatThrownBy(() -> view.newest(LONG_KEY)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void refusesWhatWasFlippedInTheFile() throws IOException {
    writeThree();
    Path file = dir.resolve("gen-1").resolve("data.mdb");
    byte[] bytes = Files.readAllBytes(file);
    byte[] sought = "the value sought".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    int flipped = 0;
    for (int i = 0; i + sought.length < bytes.length; i++) {
      if (java.util.Arrays.equals(bytes, i, i + sought.length, sought, 0, sought.length)) {
        bytes[i + 4] ^= 0x20;
        flipped++;
      }
    }
    assertThat(flipped).isGreaterThanOrEqualTo(3);
    Files.write(file, bytes);
    try (LmdbDisk disk = new LmdbDisk(dir);
        DiskView view = disk.open()) {
      assertThatThrownBy(() -> view.newest(KEY)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> view.newest(LONG_KEY)).isInstanceOf(IllegalStateException.class);
      assertThat(view.at(2, 0).kv().value()).isEqualTo(Bytes.utf8("first value"));
    }
  }
}
