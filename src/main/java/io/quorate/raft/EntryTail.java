package io.quorate.raft;

import io.quorate.base.Check;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The newest entries of the log, in memory: a ring of which either end can be cut. Holds the
 * entries from {@code first} to {@code last}, none when {@code last == first - 1}.
 */
final class EntryTail {
  private static final int CAPACITY_MIN = 64;

  // The capacity is a power of two; an entry sits at its index modulo the capacity.
  private @Nullable Entry[] ring = new @Nullable Entry[CAPACITY_MIN];
  private long first = 1;
  private long last;
  private long bytes;

  long first() {
    return first;
  }

  long last() {
    return last;
  }

  long bytes() {
    return bytes;
  }

  void reset(long nextIndex) {
    Arrays.fill(ring, null);
    first = nextIndex;
    last = nextIndex - 1;
    bytes = 0;
  }

  void append(Entry entry) {
    Check.that(entry.index() == last + 1, "entry %d does not follow %d", entry.index(), last);
    if (last - first + 1 == ring.length) {
      grow();
    }
    last++;
    ring[slot(last)] = entry;
    bytes += entry.sizeBytes();
  }

  Entry get(long index) {
    Entry entry = index >= first && index <= last ? ring[slot(index)] : null;
    if (entry == null) {
      throw Check.unreachable("entry " + index + " in " + first + ".." + last);
    }
    return entry;
  }

  /** Drops everything above {@code index}; an {@code index} below the tail empties it. */
  void truncateAfter(long index) {
    while (last > index && last >= first) {
      bytes -= get(last).sizeBytes();
      ring[slot(last)] = null;
      last--;
    }
    if (last < first && index < last) {
      first = index + 1;
      last = index;
    }
  }

  /** Drops everything up to {@code index}; one above the tail leaves it empty behind it. */
  void dropUpTo(long index) {
    while (first <= index && first <= last) {
      bytes -= get(first).sizeBytes();
      ring[slot(first)] = null;
      first++;
    }
    if (first <= index) {
      first = index + 1;
      last = index;
    }
  }

  /**
   * Drops the oldest ones while there are more than {@code bytesMax}, but none above {@code index}.
   */
  void evict(long bytesMax, long index) {
    while (bytes > bytesMax && first <= index && first <= last) {
      bytes -= get(first).sizeBytes();
      ring[slot(first)] = null;
      first++;
    }
  }

  /** Entries from {@code from} to {@code to}, both inclusive, as an immutable copy. */
  List<Entry> slice(long from, long to) {
    int count = (int) (to - from + 1);
    if (count <= 0) {
      return List.of();
    }
    Entry[] copy = new Entry[count];
    for (int i = 0; i < count; i++) {
      copy[i] = get(from + i);
    }
    return Collections.unmodifiableList(Arrays.asList(copy));
  }

  /** The last index such that {@code from} up to it is at most {@code bytesMax}; at least from. */
  long fit(long from, long to, long bytesMax) {
    long sum = get(from).sizeBytes();
    long at = from;
    while (at < to) {
      sum += get(at + 1).sizeBytes();
      if (sum > bytesMax) {
        break;
      }
      at++;
    }
    return at;
  }

  private int slot(long index) {
    return (int) index & (ring.length - 1);
  }

  private void grow() {
    @Nullable Entry[] wider = new @Nullable Entry[ring.length * 2];
    for (long i = first; i <= last; i++) {
      wider[(int) i & (wider.length - 1)] = ring[slot(i)];
    }
    ring = wider;
  }
}
