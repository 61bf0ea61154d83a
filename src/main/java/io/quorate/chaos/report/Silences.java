package io.quorate.chaos.report;

import io.quorate.chaos.history.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The times between things that happened, while clients asked for them. What happened need not come
 * in order. Holds 8 bytes for each.
 */
final class Silences {
  private final long[] times;
  private final Span asked;

  /**
   * A time in which nothing happened.
   *
   * @param span from when to when
   * @param isOver whether something happened afterwards; if not, it may have lasted longer
   */
  record Silence(Span span, boolean isOver) {
    long nanos() {
      return span.end() - span.begin();
    }
  }

  /** Times as they come. */
  static final class Times {
    private long[] times = new long[1024];
    private int size;

    void add(long time) {
      if (size == times.length) {
        times = Arrays.copyOf(times, 2 * size);
      }
      times[size++] = time;
    }
  }

  /** Between {@code happened}, from when the first client asked until the last was answered. */
  Silences(Times happened, Span asked) {
    this.times = Arrays.copyOf(happened.times, happened.size);
    Arrays.sort(times);
    this.asked = asked;
  }

  /** Those of at least this length, in their order. */
  List<Silence> atLeast(long nanos) {
    List<Silence> found = new ArrayList<>();
    for (int i = -1; i < times.length; i++) {
      Silence each = after(i, asked.begin());
      if (each.nanos() >= nanos) {
        found.add(each);
      }
    }
    return found;
  }

  /**
   * The longest that began while a fault worked, to its end, even if the fault was over by then.
   * One that was under way when the fault began counts from there: whatever the last thing was that
   * happened before, the fault may be why nothing did since. Nothing if nobody asked then.
   */
  Optional<Silence> longestSince(Span fault) {
    Optional<Silence> longest = Optional.empty();
    int last = lastUntil(fault.begin());
    for (int i = last; i < times.length; i++) {
      Silence each = after(i, Math.max(fault.begin(), asked.begin()));
      if (each.span().begin() > Math.min(fault.end(), asked.end())) {
        break;
      }
      if (longest.isEmpty() || each.nanos() > longest.get().nanos()) {
        longest = Optional.of(each);
      }
    }
    return longest.filter(each -> each.nanos() > 0);
  }

  private Silence after(int index, long notBefore) {
    long begin = index < 0 ? notBefore : Math.max(notBefore, times[index]);
    boolean isOver = index + 1 < times.length;
    long end = isOver ? times[index + 1] : asked.end();
    return new Silence(new Span(begin, Math.max(begin, end)), isOver);
  }

  /** The index of the last that happened until then; -1 if none did. */
  private int lastUntil(long time) {
    int found = Arrays.binarySearch(times, time);
    int index = found >= 0 ? found : -found - 2;
    while (index + 1 < times.length && times[index + 1] == time) {
      index++;
    }
    return index;
  }
}
