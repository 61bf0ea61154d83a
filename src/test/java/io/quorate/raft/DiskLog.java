package io.quorate.raft;

import java.util.ArrayList;
import java.util.List;

/** The entries that a journal holds in a test, which no crash takes away. */
final class DiskLog implements LogSource {
  private final List<Entry> entries = new ArrayList<>();

  /** All entries, in order. */
  List<Entry> all() {
    return List.copyOf(entries);
  }

  /** Discards everything at and above the first of {@code added} and appends them. */
  void append(List<Entry> added) {
    if (!added.isEmpty()) {
      long first = added.get(0).index();
      entries.removeIf(entry -> entry.index() >= first);
      entries.addAll(added);
    }
  }

  /** Forgets the entries up to {@code index}. */
  void trim(long index) {
    entries.removeIf(entry -> entry.index() <= index);
  }

  /** Forgets everything. */
  void clear() {
    entries.clear();
  }

  @Override
  public List<Entry> entries(long from, long to, long bytesMax) {
    List<Entry> read = new ArrayList<>();
    long bytes = 0;
    for (Entry entry : entries) {
      if (entry.index() >= from && entry.index() < to) {
        bytes += entry.sizeBytes();
        if (bytes > bytesMax && !read.isEmpty()) {
          break;
        }
        read.add(entry);
      }
    }
    return read;
  }
}
