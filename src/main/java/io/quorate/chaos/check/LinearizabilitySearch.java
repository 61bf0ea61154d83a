package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact.Operation;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.model.Model;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * Looks for an order of operations that a sequential object could have done one by one, and in
 * which none comes before one that had ended when it began.
 *
 * <p>The search is that of Wing and Gong ("Testing and verifying concurrent objects", 1993), with
 * the memory of Lowe ("Testing for linearizability", 2017): a set of operations that were put in
 * order, together with the state they led to, is looked at once. An operation of which nobody knows
 * what became has no end: it may come late, which is as good as never, so an order is found once
 * all others are in it.
 *
 * <p>A set is kept as how many of the operations are in it without a gap, in the order of their
 * begin, and bits for those behind. With {@code c} clients and {@code u} operations of unknown fate
 * that is about {@code c + u} bits, however long the history is.
 *
 * @param <S> the states of the model
 */
final class LinearizabilitySearch<S> {
  /** How a search ends. */
  enum Result {
    FOUND,
    NONE,
    /** The memory that it may use is full. */
    TOO_MUCH
  }

  /** About what one remembered set takes, in bytes, besides its bits and its state. */
  private static final int REMEMBERED_BYTES = 160;

  /**
   * An operation, and until when it must have had its effect.
   *
   * @param end {@link #OPEN} if nothing is known
   */
  record Timed(Operation operation, long end) {
    /** It may come at any time, or never. */
    static final long OPEN = Long.MAX_VALUE;

    /** By its own answer. */
    static Timed of(Operation operation) {
      return new Timed(
          operation, operation.outcome() == Outcome.UNKNOWN ? OPEN : operation.span().end());
    }

    boolean isOpen() {
      return end == OPEN;
    }

    long begin() {
      return operation.span().begin();
    }
  }

  private record Remembered<T>(int below, List<Long> behind, T state) {}

  private record Step<T>(int operation, T stateBefore) {}

  private final Model<S> model;
  private final List<Timed> operations;
  private final int count;

  /** Nodes 1 to n are begins, n + 1 to 2n ends, 0 the head; 0 again is the end of the list. */
  private final int[] next;

  private final int[] previous;
  private final long memoryBytesMax;

  /**
   * @param operations in any order; refused ones have no place here
   * @param memoryBytesMax about what may be remembered
   */
  LinearizabilitySearch(Model<S> model, List<Timed> operations, long memoryBytesMax) {
    this.model = model;
    this.operations = new ArrayList<>(operations);
    this.operations.sort(Comparator.comparingLong(Timed::begin));
    this.count = operations.size();
    this.next = new int[2 * count + 1];
    this.previous = new int[2 * count + 1];
    this.memoryBytesMax = memoryBytesMax;
    link();
  }

  /** Ends come after begins of the same moment, so that the two count as concurrent. */
  private void link() {
    List<Integer> nodes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      nodes.add(i + 1);
      if (hasEnd(i)) {
        nodes.add(count + i + 1);
      }
    }
    nodes.sort(Comparator.comparingLong(this::time).thenComparingInt(node -> node));
    int last = 0;
    for (int node : nodes) {
      next[last] = node;
      previous[node] = last;
      last = node;
    }
    next[last] = 0;
    previous[0] = last;
  }

  private boolean hasEnd(int operation) {
    return !operations.get(operation).isOpen();
  }

  private long time(int node) {
    return node > count ? operations.get(node - count - 1).end() : operations.get(node - 1).begin();
  }

  /** Searches; once for each object. */
  Result run() {
    HashSet<Remembered<S>> seen = new HashSet<>();
    long bytes = 0;
    Ordered ordered = new Ordered(count);
    Deque<Step<S>> path = new ArrayDeque<>();
    S state = model.initial();
    int left = (int) operations.stream().filter(each -> !each.isOpen()).count();
    int node = next[0];
    while (left > 0) {
      if (node > 0 && node <= count) {
        int operation = node - 1;
        Optional<S> after = model.step(state, operations.get(operation).operation());
        if (after.isPresent()) {
          ordered.add(operation);
          Remembered<S> set = new Remembered<>(ordered.below(), ordered.behind(), after.get());
          if (seen.add(set)) {
            bytes += REMEMBERED_BYTES + 24L * set.behind().size();
            if (bytes > memoryBytesMax) {
              return Result.TOO_MUCH;
            }
            path.push(new Step<>(operation, state));
            state = after.get();
            lift(operation);
            left -= hasEnd(operation) ? 1 : 0;
            node = next[0];
            continue;
          }
          ordered.remove(operation);
        }
        node = next[node];
        continue;
      }
      // An end that nothing explains, or no further begin: something before was put wrongly.
      if (path.isEmpty()) {
        return Result.NONE;
      }
      Step<S> taken = path.pop();
      state = taken.stateBefore();
      ordered.remove(taken.operation());
      unlift(taken.operation());
      left += hasEnd(taken.operation()) ? 1 : 0;
      node = next[taken.operation() + 1];
    }
    return Result.FOUND;
  }

  private void lift(int operation) {
    unlink(operation + 1);
    if (hasEnd(operation)) {
      unlink(count + operation + 1);
    }
  }

  private void unlift(int operation) {
    if (hasEnd(operation)) {
      relink(count + operation + 1);
    }
    relink(operation + 1);
  }

  private void unlink(int node) {
    next[previous[node]] = next[node];
    previous[next[node]] = previous[node];
  }

  private void relink(int node) {
    next[previous[node]] = node;
    previous[next[node]] = node;
  }

  /** Which operations are in order. */
  private static final class Ordered {
    private final long[] bits;
    private int below;
    private int highest = -1;

    Ordered(int count) {
      this.bits = new long[(count >> 6) + 1];
    }

    void add(int operation) {
      bits[operation >> 6] |= 1L << operation;
      highest = Math.max(highest, operation);
      while (isIn(below)) {
        below++;
      }
    }

    void remove(int operation) {
      bits[operation >> 6] &= ~(1L << operation);
      below = Math.min(below, operation);
      while (highest >= 0 && !isIn(highest)) {
        highest--;
      }
    }

    private boolean isIn(int operation) {
      return operation >> 6 < bits.length && (bits[operation >> 6] >>> operation & 1) != 0;
    }

    /** How many from the first one on are in without a gap. */
    int below() {
      return below;
    }

    /** The words of bits from that place on. */
    List<Long> behind() {
      List<Long> words = new ArrayList<>();
      for (int i = below >> 6; i <= highest >> 6 && highest >= 0; i++) {
        words.add(bits[i]);
      }
      return words;
    }
  }
}
