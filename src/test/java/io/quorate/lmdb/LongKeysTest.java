package io.quorate.lmdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import io.quorate.base.SeededRandom;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.OpResult;
import io.quorate.mvcc.Row;
import io.quorate.mvcc.Shelf;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lmdbjava.Cursor;
import org.lmdbjava.Txn;

class LongKeysTest {
  private static final int REST_BYTES = 544;
  private static final Bytes PREFIX = Bytes.utf8("/p".repeat(LongKeys.PREFIX_BYTES / 2));

  @TempDir Path dir;

  /** A key of one KiB; all of them share what the table knows of a key. */
  private static Bytes kilobyte(int number) {
    return PREFIX.concat(Bytes.utf8(String.format("%0" + REST_BYTES + "d", number)));
  }

  private static Op.Put putOf(Bytes key, String value) {
    return new Op.Put(key, Bytes.utf8(value), 0, false, false, false);
  }

  private static Op.Txn puts(List<Bytes> keys) {
    List<Op> ops = new ArrayList<>();
    keys.forEach(key -> ops.add(putOf(key, "v" + key.size())));
    return new Op.Txn(List.of(), ops, List.of());
  }

  private static Op.Range range(Bytes from, Bytes to, long limit) {
    Op.Range all = Op.Range.of(new KeyRange(from, to));
    return new Op.Range(all.keys(), limit, 0, all.sort(), false, false, all.bounds());
  }

  private static List<Bytes> keysOf(OpResult.Range range) {
    return range.kvs().stream().map(KeyValue::key).toList();
  }

  @Test
  void servesKeysOfAnySizeAboutTheLongestThatLmdbTakes() {
    List<Bytes> keys = new ArrayList<>();
    for (int size : new int[] {1, 479, 480, 481, 505, 506, 507, 508, 509, 510, 511, 512, 1 << 20}) {
      keys.add(Bytes.utf8("k".repeat(size)));
    }
    try (LmdbDisk disk = new LmdbDisk(dir)) {
      Shelf shelf = new Shelf(disk);
      shelf.write(puts(keys));
      shelf.restart();
      for (int i = 0; i < keys.size(); i++) {
        Bytes key = keys.get(i);
        OpResult.Range one = shelf.range(Op.Range.of(KeyRange.single(key)));
        assertThat(keysOf(one)).containsExactly(key);
        assertThat(one.kvs().get(0).value()).isEqualTo(Bytes.utf8("v" + key.size()));
        assertThat(keysOf(shelf.range(range(key, null, 0))))
            .isEqualTo(keys.subList(i, keys.size()));
        assertThat(keysOf(shelf.range(range(Bytes.EMPTY, key, 0)))).isEqualTo(keys.subList(0, i));
        Bytes above = KeyRange.single(key).to();
        assertThat(keysOf(shelf.range(range(above, null, 2))))
            .isEqualTo(keys.subList(i + 1, Math.min(i + 3, keys.size())));
      }
    }
  }

  @Test
  void keepsTenThousandKeysOfOneKibibyteInOrder() {
    List<Bytes> keys = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      keys.add(kilobyte(i));
    }
    List<Bytes> shuffled = new ArrayList<>(keys);
    Collections.shuffle(shuffled, new java.util.Random(1));
    try (LmdbDisk disk = new LmdbDisk(dir)) {
      Shelf shelf = new Shelf(disk);
      for (int i = 0; i < shuffled.size(); i += 2500) {
        shelf.write(puts(shuffled.subList(i, i + 2500)));
        shelf.flush();
      }
      Op.Range all = range(Bytes.EMPTY, null, 0);
      assertThat(keysOf(shelf.range(all))).isEqualTo(keys);
      assertThat(keysOf(shelf.range(range(kilobyte(4321), kilobyte(4400), 0))))
          .isEqualTo(keys.subList(4321, 4400));
      Bytes shortOne = PREFIX.concat(Bytes.utf8("0"));
      shelf.write(putOf(shortOne, "short"));
      shelf.flush();
      assertThat(keysOf(shelf.range(range(PREFIX, kilobyte(2), 0))))
          .containsExactly(shortOne, kilobyte(0), kilobyte(1));
    }
  }

  @Test
  void forgetsDeletedKeysWithTheCompaction() {
    List<Bytes> keys = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      keys.add(kilobyte(i));
    }
    try (LmdbDisk disk = new LmdbDisk(dir)) {
      Shelf shelf = new Shelf(disk);
      shelf.write(puts(keys));
      shelf.write(puts(keys.subList(50, 60)));
      shelf.flush();
      assertThat(shelf.range(Op.Range.of(KeyRange.single(kilobyte(55)))).kvs().get(0).version())
          .isEqualTo(2);
      shelf.write(new Op.DeleteRange(new KeyRange(kilobyte(10), kilobyte(110)), false));
      shelf.write(putOf(kilobyte(30), "again"));
      shelf.flush();
      shelf.compact(shelf.store().revision());
      while (!shelf.removeRows(50)) {
        assertThat(shelf.range(range(kilobyte(0), null, 1)).count()).isEqualTo(21);
      }
      try (DiskView view = disk.open()) {
        for (int i = 0; i < 120; i++) {
          boolean lives = i < 10 || i >= 110 || i == 30;
          assertThat(view.newest(kilobyte(i)) != null).as("key %d", i).isEqualTo(lives);
        }
      }
      shelf.restart();
      assertThat(shelf.range(range(Bytes.EMPTY, null, 0)).count()).isEqualTo(21);
    }
  }

  @Test
  void numbersTheBucketsAnewWhenSplitsHaveUsedUpTheOrdinalsBetween() {
    Generation generation = new Generation(dir, LmdbDisk.MAP_BYTES);
    TreeMap<Bytes, Long> expected = new TreeMap<>();
    long main = 2;
    try (Txn<ByteBuffer> txn = generation.env().txnWrite()) {
      // Each key goes below all but the first one: always the same bucket splits.
      for (int i = 1500; i >= 0; i--) {
        Bytes key = kilobyte(i == 1500 ? 0 : i + 1);
        LongKeys.put(generation, txn, rowOf(key, main));
        expected.put(key, main++);
      }
      List<Long> ordinals = ordinals(generation, txn);
      // Without it the ordinals would lie closer and closer together.
      assertThat(ordinals.size()).isGreaterThan(70);
      assertThat(ordinals.get(ordinals.size() - 1)).isGreaterThan((1L << 40) + (60L << 32));
      expected.forEach(
          (key, at) -> assertThat(LongKeys.find(generation, txn, key).main()).isEqualTo(at));
      assertThat(walk(generation, txn)).containsExactlyElementsOf(expected.keySet());
    }
    generation.release();
  }

  @Test
  void holdsWhatASortedMapHoldsAfterPutsAndRemovals() {
    Generation generation = new Generation(dir, LmdbDisk.MAP_BYTES);
    SeededRandom random = new SeededRandom(5);
    TreeMap<Bytes, Long> expected = new TreeMap<>();
    try (Txn<ByteBuffer> txn = generation.env().txnWrite()) {
      for (long main = 2; main < 2500; main++) {
        int number = random.nextInt(250);
        Bytes key = number % 5 == 0 ? kilobyte(number).slice(0, 700) : kilobyte(number);
        Long there = expected.get(key);
        if (there != null && random.chance(450)) {
          // Asked with another revision it must do nothing.
          LongKeys.remove(generation, txn, key, there + 1);
          assertThat(LongKeys.find(generation, txn, key).main()).isEqualTo(there);
          LongKeys.remove(generation, txn, key, there);
          expected.remove(key);
          assertThat(LongKeys.find(generation, txn, key)).isNull();
        } else {
          LongKeys.put(generation, txn, rowOf(key, main));
          expected.put(key, main);
        }
      }
      assertThat(walk(generation, txn)).containsExactlyElementsOf(expected.keySet());
      expected.forEach(
          (key, at) -> assertThat(LongKeys.find(generation, txn, key).main()).isEqualTo(at));
      expected.forEach((key, at) -> LongKeys.remove(generation, txn, key, at));
      assertThat(LongKeys.isEmpty(generation, txn)).isTrue();
    }
    generation.release();
  }

  private static Row rowOf(Bytes key, long main) {
    return new Row(new KeyValue(key, main, main, 1, Bytes.EMPTY, 0), 0, 0, 0);
  }

  private static List<Bytes> walk(Generation generation, Txn<ByteBuffer> txn) {
    List<Bytes> keys = new ArrayList<>();
    try (LongKeys.Walk walk =
        LongKeys.walk(generation, txn, Bytes.EMPTY, null, (main, sub) -> null)) {
      while (walk.next()) {
        keys.add(walk.key());
      }
    }
    return keys;
  }

  private static List<Long> ordinals(Generation generation, Txn<ByteBuffer> txn) {
    List<Long> ordinals = new ArrayList<>();
    try (Cursor<ByteBuffer> cursor = generation.longKeys().openCursor(txn)) {
      while (cursor.next()) {
        ordinals.add(cursor.key().getLong(Integer.BYTES + LongKeys.PREFIX_BYTES));
      }
    }
    return ordinals;
  }
}
