package io.quorate.mvcc;

import io.quorate.base.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** Rows in sorted maps, compacted by looking at all of them. */
public final class MemoryDisk implements TestDisk {
  private record Revision(long main, int sub) implements Comparable<Revision> {
    @Override
    public int compareTo(Revision other) {
      return Comparator.comparingLong(Revision::main)
          .thenComparingInt(Revision::sub)
          .compare(this, other);
    }
  }

  private final TreeMap<Bytes, Row> keys = new TreeMap<>();
  private final TreeMap<Revision, Row> revisions = new TreeMap<>();
  private final Map<Table, TreeMap<Bytes, Bytes>> tables = new EnumMap<>(Table.class);

  /** An empty disk. */
  public MemoryDisk() {
    for (Table table : Table.values()) {
      tables.put(table, new TreeMap<>());
    }
  }

  /** Another disk with the same rows. */
  public MemoryDisk copy() {
    MemoryDisk copy = new MemoryDisk();
    copy.keys.putAll(keys);
    copy.revisions.putAll(revisions);
    tables.forEach((table, rows) -> copy.tables.get(table).putAll(rows));
    return copy;
  }

  @Override
  public DiskView open() {
    return new View();
  }

  @Override
  public void write(Half half, long revision, long compacted) {
    half.forEachKey(row -> keys.put(row.key(), row));
    half.forEachRevision(row -> revisions.put(new Revision(row.main(), row.sub()), row));
    for (Table table : Table.values()) {
      half.changes(table)
          .forEach(
              (key, value) -> {
                if (value == null) {
                  tables.get(table).remove(key);
                } else {
                  tables.get(table).put(key, value);
                }
              });
    }
  }

  @Override
  public boolean compact(long at, int rowsMax) {
    NavigableMap<Revision, Row> below =
        revisions.headMap(new Revision(at, Integer.MAX_VALUE), true);
    Map<Bytes, Row> newest = new TreeMap<>();
    below.values().forEach(row -> newest.put(row.key(), row));
    List<Row> outdated = new ArrayList<>();
    for (Row row : below.values()) {
      if (newest.get(row.key()) != row || (row.isDeleted() && row.main() < at)) {
        outdated.add(row);
      }
    }
    for (Row row : outdated.subList(0, Math.min(rowsMax, outdated.size()))) {
      revisions.remove(new Revision(row.main(), row.sub()));
      keys.remove(row.key(), row);
    }
    return outdated.size() <= rowsMax;
  }

  @Override
  public long bytes() {
    return revisions.values().stream().mapToLong(Row::countedBytes).sum();
  }

  @Override
  public void reopen() {
    // Everything here is on disk.
  }

  @Override
  public void close() {
    // Nothing to give back.
  }

  private final class View implements DiskView {
    @Override
    public @Nullable Row newest(Bytes key) {
      return keys.get(key);
    }

    @Override
    public @Nullable Row at(long main, int sub) {
      return revisions.get(new Revision(main, sub));
    }

    @Override
    public KeyCursor keys(Bytes from, @Nullable Bytes to) {
      boolean empty = to != null && to.compareTo(from) <= 0;
      NavigableMap<Bytes, Row> tail = keys.tailMap(from, true);
      NavigableMap<Bytes, Row> part = to == null ? tail : tail.headMap(empty ? from : to, false);
      return new Keys(part.values().iterator());
    }

    @Override
    public RevisionCursor revisions(long main) {
      return new Revisions(revisions.tailMap(new Revision(main, 0), true).values().iterator());
    }

    @Override
    public void scan(Table table, Bytes prefix, BiPredicate<Bytes, Bytes> visitor) {
      for (var row : tables.get(table).tailMap(prefix).entrySet()) {
        if (!row.getKey().startsWith(prefix) || !visitor.test(row.getKey(), row.getValue())) {
          return;
        }
      }
    }

    @Override
    public void close() {
      // Nothing to give back.
    }
  }

  private static class Walk implements AutoCloseable {
    private final Iterator<Row> rows;
    Row row;

    Walk(Iterator<Row> rows) {
      this.rows = rows;
    }

    public boolean next() {
      boolean more = rows.hasNext();
      row = more ? rows.next() : null;
      return more;
    }

    public long main() {
      return row.main();
    }

    @Override
    public void close() {
      // Nothing to give back.
    }
  }

  private static final class Keys extends Walk implements DiskView.KeyCursor {
    Keys(Iterator<Row> rows) {
      super(rows);
    }

    @Override
    public int compareKey(Bytes other) {
      return row.key().compareTo(other);
    }

    @Override
    public boolean isDeleted() {
      return row.isDeleted();
    }

    @Override
    public Row row(boolean withValue) {
      KeyValue kv = row.kv();
      KeyValue bare =
          new KeyValue(
              kv.key(),
              kv.createRevision(),
              kv.modRevision(),
              kv.version(),
              Bytes.EMPTY,
              kv.lease());
      return withValue ? row : new Row(bare, row.sub(), row.prevMain(), row.prevSub());
    }
  }

  private static final class Revisions extends Walk implements DiskView.RevisionCursor {
    Revisions(Iterator<Row> rows) {
      super(rows);
    }

    @Override
    public Row row() {
      return row;
    }
  }
}
