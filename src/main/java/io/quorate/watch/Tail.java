package io.quorate.watch;

import java.util.ArrayList;
import java.util.List;

/**
 * The newest changes, bounded in bytes: every change from revision {@link #from} on is here. It
 * lets a watch that fell behind for a moment catch up without a read of history, and lets the end
 * of a long catch-up meet the changes that came meanwhile.
 */
final class Tail {
  private static final int HEAD_MAX = 1024;

  private final long bytesMax;
  private final List<Change> changes = new ArrayList<>();
  // Changes before this index are dropped already.
  private int head;
  private long bytes;
  private long from;

  Tail(long bytesMax, long from) {
    this.bytesMax = bytesMax;
    this.from = from;
  }

  /** The first revision of which it is known that all changes from there on are here. */
  long from() {
    return from;
  }

  void add(Change change) {
    changes.add(change);
    bytes += change.sizeBytes();
    while (bytes > bytesMax) {
      Change dropped = changes.get(head++);
      bytes -= dropped.sizeBytes();
      from = dropped.revision() + 1;
    }
    if (head > HEAD_MAX && head > changes.size() / 2) {
      changes.subList(0, head).clear();
      head = 0;
    }
  }

  void reset(long revision) {
    changes.clear();
    head = 0;
    bytes = 0;
    from = revision;
  }

  /** The changes from {@code revision} on, at least one if there are any, then up to the bytes. */
  List<Change> read(long revision, long readBytesMax) {
    int low = head;
    int high = changes.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (changes.get(middle).revision() < revision) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    int end = low;
    long readBytes = 0;
    while (end < changes.size() && readBytes < readBytesMax) {
      readBytes += changes.get(end++).sizeBytes();
    }
    return changes.subList(low, end);
  }
}
