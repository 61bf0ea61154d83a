package io.quorate.client;

import io.quorate.base.Bytes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * How much of a snapshot has come, and whether that is all of it. Each part says how many bytes are
 * left behind it; when none are left, one more part follows, the SHA-256 of all before. A snapshot
 * of 40 bytes may come as 32 bytes with 8 left, 8 bytes with 0 left, and the 32 bytes of the
 * digest. Not for several threads at once. Source: {@code Maintenance.Snapshot} of etcd 3.7.3.
 */
final class SnapshotCore {
  private static final long UNKNOWN = -1;

  private final MessageDigest digest;
  private long left = UNKNOWN;
  private long bytes;
  private boolean isWhole;

  SnapshotCore() {
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * A part has come.
   *
   * @param remaining how many bytes the member says are left behind it, without those of the digest
   * @return what is wrong with it, if anything
   */
  @Nullable String take(Bytes part, long remaining) {
    if (left == 0 && !part.isEmpty()) {
      isWhole = MessageDigest.isEqual(digest.digest(), part.unsafeArray());
      return isWhole ? null : "its " + bytes + " bytes do not have the digest that came with them";
    }
    if (remaining < 0 || (left != UNKNOWN && remaining != left - part.size())) {
      return part.size()
          + " bytes came where "
          + left
          + " were left, and "
          + Long.toUnsignedString(remaining)
          + " are said to be left behind them";
    }
    digest.update(part.unsafeArray());
    left = remaining;
    bytes += part.size();
    return null;
  }

  /** Whether nothing has come yet. */
  boolean isEmpty() {
    return left == UNKNOWN;
  }

  /** Whether all has come, with the digest that it has to have. */
  boolean isWhole() {
    return isWhole;
  }

  /** How far it is, for people. */
  String progress() {
    return "after " + bytes + " bytes, with " + left + " left";
  }
}
