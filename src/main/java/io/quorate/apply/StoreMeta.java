package io.quorate.apply;

import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a checkpoint says of itself; written in the transaction that carries its rows.
 *
 * @param appliedIndex the last entry whose effects the checkpoint holds
 * @param appliedTerm the term of that entry
 * @param revision the newest revision
 * @param compacted the revision that compaction was last asked for, or -1
 * @param digest of everything that was applied up to {@code appliedIndex}
 * @param membership who votes as of {@code appliedIndex}
 */
public record StoreMeta(
    long appliedIndex,
    long appliedTerm,
    long revision,
    long compacted,
    long digest,
    Membership membership) {
  private static final int VERSION = 2;

  /** Encodes this, with a format version. */
  public Bytes encode() {
    ByteWriter out = new ByteWriter(96).put(VERSION);
    out.putLong(appliedIndex).putLong(appliedTerm).putLong(revision).putLong(compacted);
    out.putLong(digest);
    putIds(out, membership.voters());
    putIds(out, membership.outgoing());
    putIds(out, membership.learners());
    putIds(out, membership.learnersNext());
    return out.put(membership.autoLeave()).toBytes();
  }

  /** Decodes what {@link #encode} gave; {@link IllegalArgumentException} for anything else. */
  public static StoreMeta decode(Bytes bytes) {
    ByteReader in = new ByteReader(bytes);
    int version = in.get();
    if (version != VERSION) {
      throw new IllegalArgumentException("store format " + version + ", expected " + VERSION);
    }
    return new StoreMeta(
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getLong(),
        new Membership(getIds(in), getIds(in), getIds(in), getIds(in), in.getBoolean()));
  }

  private static void putIds(ByteWriter out, Set<Long> ids) {
    out.putVar(ids.size());
    ids.forEach(out::putLong);
  }

  private static SortedSet<Long> getIds(ByteReader in) {
    SortedSet<Long> ids = new TreeSet<>();
    for (int left = in.getVarInt(); left > 0; left--) {
      ids.add(in.getLong());
    }
    return ids;
  }
}
