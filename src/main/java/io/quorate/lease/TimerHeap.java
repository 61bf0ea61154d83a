package io.quorate.lease;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Timers, the earliest first: a binary heap in which each entry knows its index, so that any of
 * them is moved or removed in O(log n).
 */
final class TimerHeap {
  private final List<LeaseTimer> heap = new ArrayList<>();

  @Nullable LeaseTimer first() {
    return heap.isEmpty() ? null : heap.get(0);
  }

  /** Sets {@code timer} to {@code atNanos}, whether it is in the heap or not. */
  void set(LeaseTimer timer, long atNanos) {
    timer.atNanos = atNanos;
    if (timer.index == LeaseTimer.OUT) {
      heap.add(timer);
      timer.index = heap.size() - 1;
    }
    sift(timer);
  }

  /** Takes {@code timer} out; nothing when it is not in. */
  void remove(LeaseTimer timer) {
    if (timer.index == LeaseTimer.OUT) {
      return;
    }
    LeaseTimer last = heap.remove(heap.size() - 1);
    if (last != timer) {
      place(last, timer.index);
      sift(last);
    }
    timer.index = LeaseTimer.OUT;
  }

  void clear() {
    for (LeaseTimer timer : heap) {
      timer.index = LeaseTimer.OUT;
    }
    heap.clear();
  }

  private void place(LeaseTimer timer, int index) {
    heap.set(index, timer);
    timer.index = index;
  }

  private void sift(LeaseTimer timer) {
    int at = timer.index;
    while (at > 0 && timer.before(heap.get((at - 1) / 2))) {
      place(heap.get((at - 1) / 2), at);
      at = (at - 1) / 2;
    }
    while (2 * at + 1 < heap.size()) {
      int child = 2 * at + 1;
      if (child + 1 < heap.size() && heap.get(child + 1).before(heap.get(child))) {
        child++;
      }
      if (!heap.get(child).before(timer)) {
        break;
      }
      place(heap.get(child), at);
      at = child;
    }
    place(timer, at);
  }
}
