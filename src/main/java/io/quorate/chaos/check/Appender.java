package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One request as a transaction over lists. A write replaces a list by itself and one element more,
 * and is guarded by what was there; so it read the list without that element.
 *
 * @param number its place among the operations
 * @param operation the request
 * @param reads what it found of each list before it wrote to it
 * @param writes the lists that it left, in order; where it was not answered, those it would leave
 * @param refused the elements that it never appended
 * @param conflict where it found something else than what it was guarded by or wrote; else empty
 */
record Appender(
    int number,
    Fact.Operation operation,
    List<AppendLists.Copy> reads,
    List<AppendLists.Copy> writes,
    List<AppendLists.Element> refused,
    String conflict) {

  /** Whether it was answered. */
  boolean isDone() {
    return operation.outcome() == Outcome.DONE;
  }

  /** Whether it may have been done, though nobody said so. */
  boolean isUnknown() {
    return operation.outcome() == Outcome.UNKNOWN;
  }

  /**
   * Reads an operation.
   *
   * @param number its place among all of them
   * @param keys the keys that hold lists
   */
  static Appender of(int number, Fact.Operation operation, Set<String> keys) {
    return new Reading(operation, keys).read(number);
  }

  /** The element that a list ends with. */
  static AppendLists.Element element(AppendLists.Copy copy) {
    return new AppendLists.Element(copy.key(), AppendLists.last(copy.list()));
  }

  /** One operation, read step by step. */
  private static final class Reading {
    private final Fact.Operation operation;
    private final Set<String> keys;
    private final HashMap<String, String> view = new HashMap<>();
    private final List<AppendLists.Copy> reads = new ArrayList<>();
    private final List<AppendLists.Copy> writes = new ArrayList<>();
    private final List<AppendLists.Element> refused = new ArrayList<>();
    private String conflict = "";

    Reading(Fact.Operation operation, Set<String> keys) {
      this.operation = operation;
      this.keys = keys;
    }

    Appender read(int number) {
      Request request = operation.request();
      if (operation.outcome() == Outcome.REFUSED) {
        refuse(request.then());
        refuse(request.otherwise());
      } else if (operation.reply().isPresent()) {
        Reply reply = operation.reply().get();
        refuse(reply.succeeded() ? request.otherwise() : request.then());
        List<Step> steps = operation.stepsDone();
        for (int i = 0; i < steps.size(); i++) {
          done(steps.get(i), reply.results().get(i));
        }
      } else {
        // Of one that was not answered only what it would write counts, if somebody sees it.
        for (Step step : request.then()) {
          if (step instanceof Step.Write it) {
            write(it);
          }
        }
      }
      return new Appender(number, operation, reads, writes, refused, conflict);
    }

    private void refuse(List<Step> steps) {
      for (Step step : steps) {
        if (step instanceof Step.Write it && keys.contains(it.key())) {
          refused.add(new AppendLists.Element(it.key(), AppendLists.last(it.value())));
        }
      }
    }

    private void done(Step step, Reply.Result result) {
      if (step instanceof Step.Write it) {
        write(it);
      } else if (step instanceof Step.Read it && keys.contains(it.key())) {
        find(it.key(), result.rows().isEmpty() ? "" : result.rows().get(0).value());
      } else if (step instanceof Step.Scan it) {
        scan(it, result);
      }
    }

    private void scan(Step.Scan scan, Reply.Result result) {
      HashSet<String> there = new HashSet<>();
      for (Row row : result.rows()) {
        there.add(row.key());
        if (keys.contains(row.key())) {
          find(row.key(), row.value());
        }
      }
      for (String key : keys) {
        if (key.startsWith(scan.prefix()) && !there.contains(key)) {
          find(key, "");
        }
      }
    }

    private void write(Step.Write step) {
      if (keys.contains(step.key())) {
        find(step.key(), AppendLists.withoutLast(step.value()));
        view.put(step.key(), step.value());
        writes.add(new AppendLists.Copy(step.key(), step.value(), operation));
      }
    }

    private void find(String key, String list) {
      String before = view.putIfAbsent(key, list);
      if (before == null) {
        reads.add(new AppendLists.Copy(key, list, operation));
      } else if (!before.equals(list)) {
        conflict = key + " was [" + before + "], and then [" + list + "]";
      }
    }
  }
}
