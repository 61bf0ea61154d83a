package io.quorate.mvcc;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Rows in the order of their revisions, appended by one writer. A {@link Snapshot} holds the rows
 * that were there when it was taken; it may be read on any thread once it has been handed over
 * safely.
 */
final class RowLog {
  private static final int INITIAL_ROWS = 64;

  private Row[] rows = new Row[INITIAL_ROWS];
  private int size;

  /** Appends a row; its revision is above all before. */
  void append(Row row) {
    if (size == rows.length) {
      rows = Arrays.copyOf(rows, size * 2);
    }
    rows[size++] = row;
  }

  /** The number of rows. */
  int size() {
    return size;
  }

  /** The rows appended so far. */
  Snapshot snapshot() {
    return new Snapshot(rows, size);
  }

  /** The first {@code size} elements of {@code rows}, which never change again. */
  static final class Snapshot {
    static final Snapshot EMPTY = new Snapshot(new Row[0], 0);

    private final Row[] rows;
    private final int size;

    private Snapshot(Row[] rows, int size) {
      this.rows = rows;
      this.size = size;
    }

    int size() {
      return size;
    }

    Row get(int index) {
      return rows[index];
    }

    /** The row of revision ({@code main}, {@code sub}), or null. */
    @Nullable Row find(long main, int sub) {
      int index = firstAtOrAbove(main, sub);
      if (index == size) {
        return null;
      }
      Row row = rows[index];
      return row.main() == main && row.sub() == sub ? row : null;
    }

    /** The index of the first row whose revision is not below ({@code main}, {@code sub}). */
    int firstAtOrAbove(long main, int sub) {
      int low = 0;
      int high = size;
      while (low < high) {
        int middle = (low + high) >>> 1;
        Row row = rows[middle];
        if (row.main() < main || (row.main() == main && row.sub() < sub)) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }
  }
}
