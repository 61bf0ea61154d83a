package io.quorate.raft;

import io.quorate.base.Bytes;

/**
 * One entry of the log.
 *
 * @param term the term of the leader that appended it, at least 1
 * @param index its place in the log, from 1 on without gaps
 * @param kind how the state machine reads {@code data}
 * @param data the payload; empty for the entry with which a leader opens its term
 */
public record Entry(long term, long index, Kind kind, Bytes data) {
  /** What an entry carries. The code is what journals and peers write; it never changes. */
  public enum Kind {
    /** A command of the state machine, or nothing. */
    NORMAL(0),
    /** A change of the membership, see {@code raft.confchange}. */
    CONF_CHANGE(1);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    /** The number that stands for this kind on disk and on the wire. */
    public int code() {
      return code;
    }

    /** The kind of {@code code}; throws {@link IllegalArgumentException} for an unknown one. */
    public static Kind of(int code) {
      return switch (code) {
        case 0 -> NORMAL;
        case 1 -> CONF_CHANGE;
        default -> throw new IllegalArgumentException("unknown entry kind " + code);
      };
    }
  }

  /** Bytes that this entry counts for in every bound: its payload and a fixed overhead. */
  public int sizeBytes() {
    return OVERHEAD_BYTES + data.size();
  }

  /** What an entry costs beyond its payload, in bytes. */
  public static final int OVERHEAD_BYTES = 24;
}
