package io.quorate.chaos.check;

import io.quorate.chaos.check.LinearizabilitySearch.Timed;
import io.quorate.chaos.history.Fact.Operation;
import io.quorate.chaos.history.Guard;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Makes a history of one register that is not linearizable small, so that a person can see why.
 *
 * <p>First it is cut at the earliest moment at which it fails: what was not answered by then is
 * open. Then whatever is not needed leaves it. A write leaves with all that saw its value, and with
 * all that say something of every value (a comparison that failed, a removal): taken out of a
 * linearizable history, those leave one that still is, so what is left fails by itself.
 */
final class SmallestFailure {
  /** How often the search is run again. */
  private static final int SEARCHES_MAX = 400;

  private final Predicate<List<Timed>> fails;
  private int searches;

  SmallestFailure(Predicate<List<Timed>> fails) {
    this.fails = fails;
  }

  /** A part of {@code operations}, which fail, that fails too; in the order of their begin. */
  List<Timed> reduce(List<Timed> operations) {
    List<Timed> least = cut(operations);
    boolean isSmaller = true;
    while (isSmaller && searches < SEARCHES_MAX) {
      isSmaller = false;
      // The oldest go first, so that what stays is what was missed last.
      for (int i = 0; i < least.size() && searches < SEARCHES_MAX; ) {
        List<Timed> less = without(least, least.get(i));
        if (again(less)) {
          least = less;
          isSmaller = true;
        } else {
          i++;
        }
      }
    }
    return least;
  }

  private boolean again(List<Timed> operations) {
    searches++;
    return !operations.isEmpty() && fails.test(operations);
  }

  private List<Timed> cut(List<Timed> operations) {
    List<Timed> byBegin = new ArrayList<>(operations);
    byBegin.sort(Comparator.comparingLong(Timed::begin));
    long[] ends =
        byBegin.stream().filter(each -> !each.isOpen()).mapToLong(Timed::end).sorted().toArray();
    int works = -1;
    int broken = ends.length - 1;
    while (broken - works > 1) {
      int middle = (works + broken) >>> 1;
      if (again(until(byBegin, ends[middle]))) {
        broken = middle;
      } else {
        works = middle;
      }
    }
    return until(byBegin, ends[broken]);
  }

  /** What had begun by then; what had not ended is open, and what it was answered not known. */
  private static List<Timed> until(List<Timed> byBegin, long moment) {
    List<Timed> until = new ArrayList<>();
    for (Timed each : byBegin) {
      if (each.begin() > moment) {
        break;
      }
      if (each.end() <= moment) {
        until.add(each);
      } else if (changes(each.operation())) {
        until.add(new Timed(each.operation(), Timed.OPEN));
      }
    }
    return until;
  }

  private static boolean changes(Operation operation) {
    return !operation.request().onlyReads();
  }

  private static List<Timed> without(List<Timed> operations, Timed left) {
    if (!changes(left.operation()) || (isDone(left.operation()) && !hasChanged(left.operation()))) {
      return operations.stream().filter(each -> !each.equals(left)).toList();
    }
    Set<String> values = written(left.operation());
    boolean removes = removes(left.operation());
    return operations.stream()
        .filter(each -> !each.equals(left) && !sees(each.operation(), values, removes))
        .toList();
  }

  private static boolean isDone(Operation operation) {
    return operation.reply().isPresent();
  }

  private static boolean hasChanged(Operation operation) {
    return operation.stepsDone().stream().anyMatch(step -> !(step instanceof Step.Read));
  }

  private static Set<String> written(Operation operation) {
    Set<String> values = new HashSet<>();
    operation.request().then().forEach(step -> addValue(values, step));
    operation.request().otherwise().forEach(step -> addValue(values, step));
    return values;
  }

  private static void addValue(Set<String> values, Step step) {
    if (step instanceof Step.Write write) {
      values.add(write.value());
    }
  }

  private static boolean removes(Operation operation) {
    return operation.request().then().stream().anyMatch(Step.Remove.class::isInstance)
        || operation.request().otherwise().stream().anyMatch(Step.Remove.class::isInstance);
  }

  /** Whether what was answered depends on who wrote {@code values}, or on a removal. */
  private static boolean sees(Operation operation, Set<String> values, boolean removed) {
    boolean isLoose =
        removes(operation)
            || (!operation.request().guards().isEmpty()
                && operation.reply().map(reply -> !reply.succeeded()).orElse(true));
    boolean isGuarded =
        operation.request().guards().stream()
            .anyMatch(
                guard ->
                    guard.field() == Guard.Field.VALUE
                        ? values.contains(guard.expected())
                        : removed);
    return isLoose || isGuarded || hasRead(operation, values, removed);
  }

  private static boolean hasRead(Operation operation, Set<String> values, boolean removed) {
    List<Step> steps = operation.stepsDone();
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i) instanceof Step.Read) {
        List<Row> rows = operation.reply().orElseThrow().results().get(i).rows();
        if (rows.isEmpty() ? removed : values.contains(rows.get(0).value())) {
          return true;
        }
      }
    }
    return false;
  }
}
