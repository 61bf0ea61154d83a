package io.quorate.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import io.quorate.base.SeededRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RowMapTest {
  private static final int KEYS = 300;

  private final RowMap map = new RowMap();

  private static Row row(Bytes key, long main) {
    return new Row(new KeyValue(key, 1, main, 1, Bytes.EMPTY, 0), 0, 0, 0);
  }

  private static Bytes key(int number) {
    return Bytes.utf8(String.format("%05d", number));
  }

  private static List<Row> rowsFrom(RowMap.Node version, Bytes from) {
    List<Row> rows = new ArrayList<>();
    RowMap.Cursor cursor = new RowMap.Cursor(version, from);
    for (Row row = cursor.row(); row != null; row = cursor.row()) {
      rows.add(row);
      cursor.advance();
    }
    return rows;
  }

  @Test
  void holdsWhatASortedMapHoldsAfterAnyWrites() {
    SeededRandom random = new SeededRandom(1);
    TreeMap<Bytes, Row> expected = new TreeMap<>();
    for (int i = 1; i <= 3000; i++) {
      Row row = row(key(random.nextInt(KEYS)), i);
      map.put(row);
      expected.put(row.key(), row);
      Bytes asked = key(random.nextInt(KEYS));
      assertThat(map.get(asked)).isSameAs(expected.get(asked));
      if (random.chance(20)) {
        Bytes from = key(random.nextInt(KEYS + 10));
        assertThat(rowsFrom(map.root(), from))
            .containsExactlyElementsOf(expected.tailMap(from).values());
      }
    }
    assertThat(map.size()).isEqualTo(expected.size());
    assertThat(rowsFrom(map.root(), Bytes.EMPTY)).containsExactlyElementsOf(expected.values());
  }

  @Test
  void keepsOldVersionsAsTheyWereWhileTheWriterGoesOn() {
    SeededRandom random = new SeededRandom(2);
    TreeMap<Bytes, Row> now = new TreeMap<>();
    Map<RowMap.Node, TreeMap<Bytes, Row>> versions = new java.util.IdentityHashMap<>();
    for (int i = 1; i <= 2000; i++) {
      Row row = row(key(random.nextInt(KEYS)), i);
      map.put(row);
      now.put(row.key(), row);
      if (random.chance(50)) {
        versions.put(map.root(), new TreeMap<>(now));
      }
    }
    assertThat(versions).hasSizeGreaterThan(50);
    versions.forEach(
        (version, rows) -> {
          assertThat(rowsFrom(version, Bytes.EMPTY)).containsExactlyElementsOf(rows.values());
          rows.forEach((key, row) -> assertThat(RowMap.get(version, key)).isSameAs(row));
        });
  }

  @Test
  void doesNotChangeAVersionWhoseKeyIsOverwritten() {
    map.put(row(key(1), 1));
    RowMap.Node before = map.root();
    map.put(row(key(1), 2));
    assertThat(RowMap.get(before, key(1)).main()).isEqualTo(1);
    assertThat(map.get(key(1)).main()).isEqualTo(2);
    assertThat(map.size()).isEqualTo(1);
  }

  @Test
  void staysBalancedWhenKeysComeInOrder() throws ReflectiveOperationException {
    int keys = 1 << 12;
    for (int i = 0; i < keys; i++) {
      map.put(row(key(i), i + 1));
    }
    assertThat(checkedHeight(map.root())).isBetween(12, 14);
    RowMap down = new RowMap();
    for (int i = keys - 1; i >= 0; i--) {
      down.put(row(key(i), i + 1));
      if (i % 500 == 0) {
        down.root();
      }
    }
    assertThat(checkedHeight(down.root())).isBetween(12, 14);
  }

  @Test
  void staysBalancedWhenKeysComeInAnyOrder() throws ReflectiveOperationException {
    SeededRandom random = new SeededRandom(3);
    for (int i = 0; i < 5000; i++) {
      map.put(row(key(random.nextInt(90_000)), i + 1));
      if (random.chance(30)) {
        map.root();
      }
    }
    assertThat(checkedHeight(map.root())).isLessThan(18); // 1.44 log2(5000)
  }

  /** The height of a version; asserts that the sides of each node differ by one at most. */
  private static int checkedHeight(RowMap.Node node) throws ReflectiveOperationException {
    if (node == null) {
      return 0;
    }
    int left = checkedHeight((RowMap.Node) field(node, "left"));
    int right = checkedHeight((RowMap.Node) field(node, "right"));
    assertThat(Math.abs(left - right)).isLessThanOrEqualTo(1);
    int height = 1 + Math.max(left, right);
    assertThat(field(node, "height")).isEqualTo(height);
    return height;
  }

  private static Object field(RowMap.Node node, String name) throws ReflectiveOperationException {
    var field = RowMap.Node.class.getDeclaredField(name);
    field.setAccessible(true);
    return field.get(node);
  }

  @Test
  void startsAWalkAtTheFirstKeyThatIsNotBelow() {
    for (int i = 0; i < 100; i += 2) {
      map.put(row(key(i), i + 1));
    }
    for (int i = 0; i < 100; i++) {
      Row first = new RowMap.Cursor(map.root(), key(i)).row();
      int expected = i + i % 2;
      if (expected == 100) {
        assertThat(first).isNull();
      } else {
        assertThat(first.key()).isEqualTo(key(expected));
      }
    }
  }

  @Test
  void walksNothingWhenItIsEmpty() {
    RowMap.Cursor cursor = new RowMap.Cursor(map.root(), Bytes.EMPTY);
    assertThat(cursor.row()).isNull();
    cursor.advance();
    assertThat(cursor.row()).isNull();
    assertThat(map.get(key(1))).isNull();
    assertThat(map.size()).isZero();
  }
}
