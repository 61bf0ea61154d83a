package io.quorate.mvcc;

import io.quorate.base.Bytes;
import java.util.Collections;
import java.util.EnumMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One half of what is not on disk yet: the rows written since a moment, by key and by revision, and
 * the changes of the small tables. The writer fills it; once it is frozen nothing changes and the
 * checkpoint reads it on its own thread.
 */
public final class Half {
  private final RowMap keys = new RowMap();
  private final RowLog log = new RowLog();
  private final EnumMap<Table, TreeMap<Bytes, @Nullable Bytes>> tables = new EnumMap<>(Table.class);
  private long heapBytes;
  private long countedBytes;

  Half() {
    for (Table table : Table.values()) {
      tables.put(table, new TreeMap<>());
    }
  }

  void put(Row row) {
    keys.put(row);
    log.append(row);
    countedBytes += row.countedBytes();
    heapBytes += Row.HEAP_OVERHEAD_BYTES + row.key().size() + row.kv().value().size();
  }

  void putTable(Table table, Bytes key, @Nullable Bytes value) {
    changesOf(table).put(key, value);
    heapBytes += Row.HEAP_OVERHEAD_BYTES + key.size() + (value == null ? 0 : value.size());
  }

  RowMap keys() {
    return keys;
  }

  RowLog log() {
    return log;
  }

  /** What this half takes on the heap, estimated, in bytes. */
  public long heapBytes() {
    return heapBytes;
  }

  /** What the rows count for in the space quota, in bytes. */
  public long countedBytes() {
    return countedBytes;
  }

  /** The number of rows. */
  public int rowCount() {
    return log.size();
  }

  /** Whether there is nothing to write. */
  public boolean isEmpty() {
    return heapBytes == 0;
  }

  /** Gives the newest row of each key to {@code sink}, in key order. */
  public void forEachKey(java.util.function.Consumer<Row> sink) {
    RowMap.Cursor cursor = new RowMap.Cursor(keys.root(), Bytes.EMPTY);
    for (Row row = cursor.row(); row != null; row = cursor.row()) {
      sink.accept(row);
      cursor.advance();
    }
  }

  /** Gives all rows to {@code sink}, in revision order. */
  public void forEachRevision(java.util.function.Consumer<Row> sink) {
    RowLog.Snapshot rows = log.snapshot();
    for (int i = 0; i < rows.size(); i++) {
      sink.accept(rows.get(i));
    }
  }

  /** The changes of a small table: the new value under each key, null where it was removed. */
  public SortedMap<Bytes, @Nullable Bytes> changes(Table table) {
    return Collections.unmodifiableSortedMap(changesOf(table));
  }

  private SortedMap<Bytes, @Nullable Bytes> changesOf(Table table) {
    return java.util.Objects.requireNonNull(tables.get(table));
  }
}
