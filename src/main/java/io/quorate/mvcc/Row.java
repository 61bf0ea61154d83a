package io.quorate.mvcc;

import io.quorate.base.Bytes;
import io.quorate.base.Digest;

/**
 * One revision of one key as the store keeps it: the key-value pair, its place within the
 * transaction that wrote it, and the revision it superseded. The chain of {@code prev} links is the
 * history of a key; it ends at the first write, or dangles where compaction has cut it.
 *
 * @param kv the pair; {@code kv.value()} is empty when a scan was asked for no values
 * @param sub the place of the write within its transaction, from 0
 * @param prevMain the main revision of the superseded row, 0 for none
 * @param prevSub the sub revision of the superseded row
 */
public record Row(KeyValue kv, int sub, long prevMain, int prevSub) {
  /** What a row costs beyond its key and value when space is counted, in bytes. */
  public static final int OVERHEAD_BYTES = 96;

  /** What a row takes on the heap beyond its key and value, in bytes; measured, rounded up. */
  public static final int HEAP_OVERHEAD_BYTES = 320;

  /** The key. */
  public Bytes key() {
    return kv.key();
  }

  /** The main revision of the write. */
  public long main() {
    return kv.modRevision();
  }

  /** Whether the write deleted the key. */
  public boolean isDeleted() {
    return kv.isDeleted();
  }

  /** Whether an older row of the same key was there. */
  public boolean hasPrevious() {
    return prevMain != 0;
  }

  /** Adds all that makes up this row to {@code digest}. */
  public void addTo(Digest digest) {
    digest.add(kv.modRevision());
    digest.add(sub);
    digest.add(kv.createRevision());
    digest.add(kv.version());
    digest.add(kv.lease());
    digest.add(prevMain);
    digest.add(prevSub);
    digest.add(kv.key());
    digest.add(kv.value());
  }

  /** What this row counts for in the space quota, in bytes. */
  public long countedBytes() {
    return countedBytes(kv.key().size(), kv.value().size());
  }

  /** What a row with a key and a value of these sizes counts for in the space quota, in bytes. */
  public static long countedBytes(int keyBytes, int valueBytes) {
    return OVERHEAD_BYTES + (long) keyBytes + valueBytes;
  }
}
