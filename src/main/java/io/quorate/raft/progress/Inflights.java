package io.quorate.raft.progress;

import io.quorate.base.Check;

/**
 * The append messages on their way to one follower, oldest first: at most {@code messagesMax} of
 * them, and none is added once they hold {@code bytesMax} bytes. A ring that starts small, since
 * most followers keep up.
 */
public final class Inflights {
  private static final int CAPACITY_MIN = 16;

  private final int messagesMax;
  private final long bytesMax;
  private long[] lastIndexes = new long[CAPACITY_MIN];
  private long[] sizes = new long[CAPACITY_MIN];
  private int start;
  private int count;
  private long bytes;

  /** An empty window. */
  public Inflights(int messagesMax, long bytesMax) {
    this.messagesMax = messagesMax;
    this.bytesMax = bytesMax;
  }

  /** Whether nothing more may be sent now. */
  public boolean isFull() {
    return count >= messagesMax || bytes >= bytesMax;
  }

  /** The number of messages on their way. */
  public int count() {
    return count;
  }

  /** The bytes of entries on their way. */
  public long bytes() {
    return bytes;
  }

  /** The bytes that still fit; not positive when the window is full. */
  public long room() {
    return count >= messagesMax ? 0 : bytesMax - bytes;
  }

  /** A message that ends with {@code lastIndex} and holds {@code size} bytes left. */
  public void add(long lastIndex, long size) {
    Check.that(!isFull(), "window of %d messages is full", messagesMax);
    if (count == lastIndexes.length) {
      grow();
    }
    int at = (start + count) & (lastIndexes.length - 1);
    lastIndexes[at] = lastIndex;
    sizes[at] = size;
    count++;
    bytes += size;
  }

  /** Everything up to {@code index} has arrived. */
  public void freeTo(long index) {
    while (count > 0 && lastIndexes[start] <= index) {
      bytes -= sizes[start];
      start = (start + 1) & (lastIndexes.length - 1);
      count--;
    }
  }

  private void grow() {
    int capacity = lastIndexes.length * 2;
    long[] newIndexes = new long[capacity];
    long[] newSizes = new long[capacity];
    for (int i = 0; i < count; i++) {
      int at = (start + i) & (lastIndexes.length - 1);
      newIndexes[i] = lastIndexes[at];
      newSizes[i] = sizes[at];
    }
    lastIndexes = newIndexes;
    sizes = newSizes;
    start = 0;
  }
}
