package io.quorate.chaos.check;

import io.quorate.chaos.check.RevisionLog.Change;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Fact.Operation;
import io.quorate.chaos.history.Guard;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether revisions are the serial order that they promise to be. Each write has a revision of its
 * own and each answer names one, so the order need not be searched for: every answer has to fit the
 * state at its revision, and nothing may be ordered before what had ended when it began. A history
 * for which that holds is strictly serializable (Papadimitriou, "The serializability of concurrent
 * database updates", 1979, with real time), and the revisions are the proof.
 *
 * <p>Time and memory grow with the history alone.
 */
public final class SerialOrder implements Checker {
  private static final String FITS = "every answer fits the state at its revision";
  private static final String REAL_TIME =
      "nothing is ordered before what had ended before it began";
  private static final String UNIQUE = "every write has one revision of its own";

  /** The two or so facts that cannot all be true, and why. */
  private record Wrong(String why, List<Fact> facts) {}

  @Override
  public List<Finding> check(History history) {
    List<Operation> operations = history.of(Operation.class);
    if (operations.isEmpty()) {
      return List.of();
    }
    RevisionLog log = new RevisionLog(history);
    return List.of(fits(operations, log), realTime(operations), unique(operations, log));
  }

  // Every answer fits.

  private static Finding fits(List<Operation> operations, RevisionLog log) {
    if (log.conflict().isPresent()) {
      RevisionLog.Conflict conflict = log.conflict().get();
      return Finding.broken(FITS, conflict.why(), 1, List.of(conflict.one(), conflict.other()));
    }
    long checked = 0;
    long open = 0;
    for (Operation each : operations) {
      if (each.reply().isEmpty()) {
        continue;
      }
      Fitting fitting = new Fitting(each, each.reply().get(), log);
      Optional<Wrong> wrong = fitting.wrong();
      checked++;
      if (wrong.isPresent()) {
        return Finding.broken(FITS, wrong.get().why(), checked, wrong.get().facts());
      }
      open += fitting.isOpen ? 1 : 0;
    }
    return open == 0
        ? Finding.held(FITS, checked, checked + " answers")
        : Finding.inconclusive(
            FITS, open + " answers say that a key is gone, and nobody saw it go", checked);
  }

  /** One answer beside the state before its revision, and what it did itself. */
  private static final class Fitting {
    private final Operation operation;
    private final Reply reply;
    private final RevisionLog log;
    private final Map<String, Optional<Change>> own = new HashMap<>();

    /** The revision as of which it found the store. */
    private final long before;

    private boolean isOpen;

    Fitting(Operation operation, Reply reply, RevisionLog log) {
      this.operation = operation;
      this.reply = reply;
      this.log = log;
      this.before = hasChanged(operation) ? reply.revision() - 1 : reply.revision();
    }

    Optional<Wrong> wrong() {
      boolean isKnown = true;
      boolean holds = true;
      for (Guard guard : operation.request().guards()) {
        Optional<Boolean> each = holds(guard);
        isKnown &= each.isPresent();
        holds &= each.orElse(true);
      }
      if (isKnown && holds != reply.succeeded()) {
        return Optional.of(
            new Wrong(
                "a comparison " + (reply.succeeded() ? "held" : "failed") + ", and should not have",
                withState(operation.request().guards().get(0).key())));
      }
      List<Step> steps = operation.stepsDone();
      if (steps.size() != reply.results().size()) {
        return Optional.of(
            new Wrong(
                reply.results().size() + " results of " + steps.size() + " steps",
                List.of(operation)));
      }
      for (int i = 0; i < steps.size(); i++) {
        Optional<Wrong> wrong = step(steps.get(i), reply.results().get(i));
        if (wrong.isPresent()) {
          return wrong;
        }
      }
      return Optional.empty();
    }

    private Optional<Wrong> step(Step step, Reply.Result result) {
      if (step instanceof Step.Read read) {
        return row(read.key(), result.rows().stream().findFirst());
      }
      if (step instanceof Step.Scan scan) {
        return scan(scan.prefix(), result.rows());
      }
      if (step instanceof Step.Write write) {
        own.put(write.key(), Optional.of(new Change(Optional.of(write.value()), 0, 0, operation)));
        return Optional.empty();
      }
      String key = ((Step.Remove) step).key();
      boolean wasThere = value(key).isPresent();
      if (wasThere != result.count() > 0 && !(wasThere && mayHaveGone(key))) {
        return Optional.of(
            new Wrong("removed " + result.count() + " keys, wrongly", withState(key)));
      }
      own.put(key, Optional.of(new Change(Optional.empty(), 0, 0, operation)));
      return Optional.empty();
    }

    private Optional<Wrong> scan(String prefix, List<Row> rows) {
      Map<String, Row> found = new HashMap<>();
      String last = "";
      for (Row row : rows) {
        if (row.key().compareTo(last) <= 0 || !row.key().startsWith(prefix)) {
          return Optional.of(new Wrong(row.key() + " is out of place", List.of(operation)));
        }
        last = row.key();
        found.put(row.key(), row);
      }
      for (String key : log.keys(prefix)) {
        Optional<Wrong> wrong = row(key, Optional.ofNullable(found.get(key)));
        if (wrong.isPresent()) {
          return wrong;
        }
      }
      return Optional.empty();
    }

    private Optional<Wrong> row(String key, Optional<Row> row) {
      Optional<String> expected = value(key);
      boolean isSame =
          row.map(Row::value).equals(expected)
              && (row.isEmpty() || own.containsKey(key) || row.get().modified() == modified(key));
      if (isSame) {
        return Optional.empty();
      }
      if (row.isEmpty() && mayHaveGone(key)) {
        return Optional.empty();
      }
      return Optional.of(
          new Wrong(
              "found "
                  + row.map(r -> r.key() + "=" + r.value()).orElse(key + " absent")
                  + " at revision "
                  + before
                  + ", where it was "
                  + expected.orElse("absent"),
              withState(key)));
    }

    /** Whether there is a revision that nobody saw, at which the key can have been removed. */
    private boolean mayHaveGone(String key) {
      boolean mayHave = !own.containsKey(key) && !log.isWhole(modified(key), before);
      isOpen |= mayHave;
      return mayHave;
    }

    private Optional<String> value(String key) {
      Optional<Change> mine = own.getOrDefault(key, Optional.empty());
      return mine.isPresent()
          ? mine.get().value()
          : log.at(key, before).flatMap(entry -> entry.getValue().value());
    }

    private long modified(String key) {
      return log.at(key, before)
          .filter(entry -> entry.getValue().value().isPresent())
          .map(Map.Entry::getKey)
          .orElse(0L);
    }

    /** Nothing where a revision that nobody saw may decide it. */
    private Optional<Boolean> holds(Guard guard) {
      boolean isThere = value(guard.key()).isPresent();
      if (isThere && !log.isWhole(modified(guard.key()), before)) {
        isOpen = true;
        return Optional.empty();
      }
      return switch (guard.field()) {
        case VALUE -> Optional.of(value(guard.key()).equals(Optional.of(guard.expected())));
        case MODIFIED -> Optional.of(Long.toString(modified(guard.key())).equals(guard.expected()));
        case CREATED, VERSION -> counted(guard);
      };
    }

    private Optional<Boolean> counted(Guard guard) {
      Optional<Change> change = log.at(guard.key(), before).map(Map.Entry::getValue);
      long created = change.map(Change::created).orElse(0L);
      if (created > 0 && !log.isWhole(created, before)) {
        isOpen = true;
        return Optional.empty();
      }
      long number =
          guard.field() == Guard.Field.CREATED ? created : change.map(Change::version).orElse(0L);
      return Optional.of(Long.toString(number).equals(guard.expected()));
    }

    private List<Fact> withState(String key) {
      List<Fact> facts = new ArrayList<>();
      log.at(key, before).map(entry -> entry.getValue().told()).ifPresent(facts::add);
      if (!facts.contains(operation)) {
        facts.add(operation);
      }
      return facts;
    }
  }

  private static boolean hasChanged(Operation operation) {
    List<Step> steps = operation.stepsDone();
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i) instanceof Step.Write
          || (steps.get(i) instanceof Step.Remove
              && operation.reply().orElseThrow().results().get(i).count() > 0)) {
        return true;
      }
    }
    return false;
  }

  // Real time.

  private static Finding realTime(List<Operation> operations) {
    List<Operation> answered =
        operations.stream()
            .filter(each -> each.reply().isPresent() && !each.request().mayBeStale())
            .toList();
    List<Operation> byBegin = new ArrayList<>(answered);
    byBegin.sort(Comparator.comparingLong(each -> each.span().begin()));
    List<Operation> byEnd = new ArrayList<>(answered);
    byEnd.sort(Comparator.comparingLong(each -> each.span().end()));
    int ended = 0;
    Optional<Operation> newest = Optional.empty();
    for (Operation each : byBegin) {
      while (ended < byEnd.size() && byEnd.get(ended).span().end() < each.span().begin()) {
        Operation candidate = byEnd.get(ended++);
        if (newest.isEmpty() || revision(candidate) > revision(newest.get())) {
          newest = Optional.of(candidate);
        }
      }
      long least = newest.map(SerialOrder::revision).orElse(0L) + (hasChanged(each) ? 1 : 0);
      if (newest.isPresent() && revision(each) < least) {
        return Finding.broken(
            REAL_TIME,
            "answered as of revision "
                + revision(each)
                + ", after somebody had been answered as of "
                + revision(newest.get()),
            answered.size(),
            List.of(newest.get(), each));
      }
    }
    return Finding.held(REAL_TIME, answered.size(), answered.size() + " answers");
  }

  private static long revision(Operation operation) {
    return operation.reply().orElseThrow().revision();
  }

  // Once.

  private record Written(String key, String value) {}

  private static Finding unique(List<Operation> operations, RevisionLog log) {
    Map<Long, Operation> byRevision = new HashMap<>();
    Map<Written, Operation> asked = new HashMap<>();
    Map<Written, Long> times = new HashMap<>();
    for (Operation each : operations) {
      if (hasChanged(each)) {
        Operation other = byRevision.putIfAbsent(revision(each), each);
        if (other != null) {
          return Finding.broken(
              UNIQUE, "two writes at revision " + revision(each), 1, List.of(other, each));
        }
      }
      List<Step> steps = new ArrayList<>(each.request().then());
      steps.addAll(each.request().otherwise());
      for (Step step : steps) {
        if (step instanceof Step.Write write) {
          Written written = new Written(write.key(), write.value());
          asked.put(written, each);
          times.merge(written, 1L, Long::sum);
        }
      }
    }
    Map<Written, List<Fact>> done = done(log);
    for (Map.Entry<Written, Operation> each : sorted(asked)) {
      Written written = each.getKey();
      List<Fact> seen = done.getOrDefault(written, List.of());
      boolean isRefused = each.getValue().outcome() == Outcome.REFUSED;
      if (times.getOrDefault(written, 0L) == 1 && seen.size() > (isRefused ? 0 : 1)) {
        List<Fact> facts = new ArrayList<>(List.of(each.getValue()));
        facts.addAll(seen);
        return Finding.broken(
            UNIQUE,
            written.key()
                + "="
                + written.value()
                + (isRefused ? " was refused, and done" : " was asked once and done twice"),
            asked.size(),
            facts.stream().distinct().toList());
      }
    }
    return asked.isEmpty()
        ? Finding.inconclusive(UNIQUE, "nothing was written", 0)
        : Finding.held(UNIQUE, asked.size(), asked.size() + " writes");
  }

  private static Map<Written, List<Fact>> done(RevisionLog log) {
    Map<Written, List<Fact>> done = new HashMap<>();
    for (String key : log.keys()) {
      for (Change change : log.of(key).values()) {
        change
            .value()
            .map(value -> new Written(key, value))
            .ifPresent(
                written ->
                    done.computeIfAbsent(written, w -> new ArrayList<>()).add(change.told()));
      }
    }
    return done;
  }

  private static List<Map.Entry<Written, Operation>> sorted(Map<Written, Operation> asked) {
    List<Map.Entry<Written, Operation>> entries = new ArrayList<>(asked.entrySet());
    entries.sort(Comparator.comparingLong(entry -> entry.getValue().span().begin()));
    return entries;
  }
}
