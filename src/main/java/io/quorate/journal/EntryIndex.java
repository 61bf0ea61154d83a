package io.quorate.journal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Where the entries of one group are: a sparse map from index to the record that holds it.
 *
 * <p>A point {@code p} says that the entry {@code p.index} is the first in the record at {@code
 * p.offset}. A record that discards a suffix removes the points at and above its first index and
 * always becomes a point, and so does the first record of a segment. Hence each index between two
 * neighbouring points was written exactly once after the first of them, and lies in its segment.
 *
 * <p>Not thread-safe.
 */
final class EntryIndex {
  /**
   * A record that starts with the entry {@code index}.
   *
   * @param index the first index of the record
   * @param segment the number of its segment
   * @param offset the offset of the record in bytes
   */
  record Point(long index, long segment, long offset) {}

  /**
   * A stretch of entries: read records of one segment from {@code point} on, take only entries
   * below {@code endIndex}.
   */
  record Stretch(Point point, long endIndex) {}

  private final TreeMap<Long, Point> points = new TreeMap<>();
  private final int stepBytes;
  private long lastIndex;
  private long prevIndex;
  private long prevTerm;

  EntryIndex(int stepBytes) {
    this.stepBytes = stepBytes;
  }

  /** The index of the last entry, 0 without any. */
  long lastIndex() {
    return lastIndex;
  }

  /** The first index that can be read; above {@link #lastIndex} if there is none. */
  long firstIndex() {
    return points.isEmpty() ? lastIndex + 1 : points.firstKey();
  }

  /** The term of the entry before {@link #firstIndex}, if it is known. */
  OptionalLong prevTerm() {
    return prevIndex == firstIndex() - 1 ? OptionalLong.of(prevTerm) : OptionalLong.empty();
  }

  /** The log is empty and goes on after the entry {@code prevIndex} of {@code prevTerm}. */
  void reset(long prevIndex, long prevTerm) {
    points.clear();
    lastIndex = prevIndex;
    this.prevIndex = prevIndex;
    this.prevTerm = prevTerm;
  }

  /** Entries from {@code firstIndex} to {@code lastIndex} became durable in one record. */
  void appended(long firstIndex, long lastIndex, long segment, long offset) {
    if (firstIndex > this.lastIndex + 1) {
      // Only a journal that was begun by a snapshot has such a gap; nothing below is readable.
      points.clear();
    }
    boolean discards = firstIndex <= this.lastIndex;
    if (discards) {
      points.tailMap(firstIndex, true).clear();
    }
    Map.Entry<Long, Point> last = points.lastEntry();
    if (discards
        || last == null
        || last.getValue().segment() != segment
        || offset - last.getValue().offset() >= stepBytes) {
      points.put(firstIndex, new Point(firstIndex, segment, offset));
    }
    this.lastIndex = lastIndex;
  }

  /**
   * Segments below {@code segment} are gone; when it began, the last entry was {@code prevIndex} of
   * {@code prevTerm}.
   */
  void forgetBelow(long segment, long prevIndex, long prevTerm) {
    boolean forgot = points.values().removeIf(point -> point.segment() < segment);
    if (forgot) {
      this.prevIndex = prevIndex;
      this.prevTerm = prevTerm;
    }
  }

  /** What to read, in order, for the entries from {@code from} to {@code to}, both inclusive. */
  List<Stretch> plan(long from, long to) {
    List<Stretch> plan = new ArrayList<>();
    Map.Entry<Long, Point> at = points.floorEntry(from);
    while (at != null && at.getKey() <= to) {
      Map.Entry<Long, Point> next = points.higherEntry(at.getKey());
      long end = next == null ? lastIndex + 1 : next.getKey();
      plan.add(new Stretch(at.getValue(), Math.min(end, to + 1)));
      at = next;
    }
    return plan;
  }
}
