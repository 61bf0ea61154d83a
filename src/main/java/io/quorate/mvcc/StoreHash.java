package io.quorate.mvcc;

import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The hash of all revisions up to one, equal to that of the reference for the same history: a
 * CRC-32C over the name of the reference's bucket and then, of each counted row in order, its
 * revision as 17 bytes (18 for a deletion) and the encoded {@code mvccpb.KeyValue}.
 *
 * <p>A row counts when it is above the compacted revision C, or kept at the asked revision: its
 * key's newest there, and no deletion. Where nothing at all is kept, all rows count. A deletion at
 * C itself never does. A compaction keeps deletions at its own revision, so where there is one it
 * keeps something.
 *
 * @param hash the checksum, unsigned
 * @param compactRevision the compacted revision that was assumed, -1 for none
 * @param revision the asked revision
 */
public record StoreHash(int hash, long compactRevision, long revision) {

  /** The hash at {@code revision} as a compaction at it takes it, before anything is removed. */
  public static StoreHash of(DiskView disk, long compactRevision, long revision) {
    Recent none =
        new Recent(
            0,
            Long.MAX_VALUE,
            KvStore.NEVER_COMPACTED,
            null,
            RowLog.Snapshot.EMPTY,
            null,
            RowLog.Snapshot.EMPTY);
    return new Hasher(new StoreView(none, disk), compactRevision, revision, true).run();
  }

  /** The hash at {@code revision} of what {@code view} shows. */
  public static StoreHash of(StoreView view, long compactRevision, long revision) {
    return new Hasher(view, compactRevision, revision, false).run();
  }

  private static final class Hasher {
    private final CRC32C crc = new CRC32C();
    private final StoreView view;
    private final long compactRevision;
    private final long revision;
    private final boolean anyKept;

    Hasher(StoreView view, long compactRevision, long revision, boolean compacting) {
      this.view = view;
      this.compactRevision = compactRevision;
      this.revision = revision;
      try (StoreView.Scan scan = view.scan(new KeyRange(Bytes.EMPTY, null), revision, false)) {
        this.anyKept = scan.next() || (compacting && deletesAtRevision());
      }
    }

    private boolean deletesAtRevision() {
      try (DiskView.RevisionCursor rows = view.disk().revisions(revision)) {
        while (rows.next() && rows.main() == revision) {
          if (rows.row().isDeleted()) {
            return true;
          }
        }
        return false;
      }
    }

    StoreHash run() {
      crc.update("key".getBytes(StandardCharsets.US_ASCII));
      long firstInMemory = view.firstMainInMemory();
      try (DiskView.RevisionCursor rows = view.disk().revisions(0)) {
        while (rows.next() && rows.main() < firstInMemory && rows.main() <= revision) {
          add(rows.row());
        }
      }
      addAll(view.frozenLog());
      addAll(view.activeLog());
      return new StoreHash((int) crc.getValue(), compactRevision, revision);
    }

    private void addAll(RowLog.Snapshot log) {
      for (int i = 0; i < log.size() && log.get(i).main() <= revision; i++) {
        add(log.get(i));
      }
    }

    private void add(Row row) {
      if (row.main() <= compactRevision && !counts(row)) {
        return;
      }
      if (row.main() == compactRevision && row.isDeleted()) {
        return;
      }
      ByteWriter out = new ByteWriter(64 + row.key().size() + row.kv().value().size());
      out.putLong(row.main()).put('_').putLong(row.sub());
      if (row.isDeleted()) {
        out.put('t');
      }
      encode(out, row);
      crc.update(out.toBytes().unsafeArray());
    }

    private boolean counts(Row row) {
      if (anyKept) {
        return isNewest(row, revision) && !row.isDeleted();
      }
      // Rows that compaction has outdated may still be on disk; they must not count even so.
      return isNewest(row, compactRevision) && (!row.isDeleted() || row.main() == compactRevision);
    }

    private boolean isNewest(Row row, long at) {
      @Nullable Row newest = view.get(row.key(), at);
      return newest != null && newest.main() == row.main() && newest.sub() == row.sub();
    }

    private static void encode(ByteWriter out, Row row) {
      KeyValue kv = row.kv();
      out.put(0x0a).putBytes(kv.key());
      if (row.isDeleted()) {
        return;
      }
      number(out, 0x10, kv.createRevision());
      number(out, 0x18, kv.modRevision());
      number(out, 0x20, kv.version());
      if (!kv.value().isEmpty()) {
        out.put(0x2a).putBytes(kv.value());
      }
      number(out, 0x30, kv.lease());
    }

    private static void number(ByteWriter out, int tag, long value) {
      if (value != 0) {
        out.put(tag).putVar(value);
      }
    }
  }
}
