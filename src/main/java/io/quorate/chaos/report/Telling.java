package io.quorate.chaos.report;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Guard;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

/** Says in one line what a fact is, as {@code put k0=c3-17 → rev 42}. */
final class Telling {
  /** The most characters of a key, a value or an error. */
  static final int WORD_CHARS_MAX = 48;

  /** The most rows, events or steps that are named; of more it is said how many. */
  static final int ITEMS_MAX = 6;

  private Telling() {}

  /** What was asked, answered or seen; without when and by whom. */
  static String what(Fact fact) {
    if (fact instanceof Fact.Operation operation) {
      return asked(operation) + " → " + answered(operation);
    }
    if (fact instanceof Fact.WatchOpened opened) {
      String from = opened.from() == 0 ? "now" : "rev " + opened.from();
      return "watch " + word(opened.prefix()) + "* from " + from;
    }
    if (fact instanceof Fact.WatchTold told) {
      String events = told.events().isEmpty() ? "bookmark" : events(told.events());
      return "rev " + told.revision() + ": " + events;
    }
    if (fact instanceof Fact.WatchEnded ended) {
      String compacted = ended.compacted() == 0 ? "" : ", compacted at rev " + ended.compacted();
      return "watch ended: " + word(ended.why()) + compacted;
    }
    return rarer(fact);
  }

  private static String rarer(Fact fact) {
    if (fact instanceof Fact.LeaseTold lease) {
      String ttl = lease.ttlNanos() == 0 ? "" : " for " + Words.duration(lease.ttlNanos());
      String what = lease.what().name().toLowerCase(Locale.ROOT);
      return "lease "
          + Long.toHexString(lease.lease())
          + " "
          + what
          + ttl
          + ", key "
          + word(lease.key());
    }
    if (fact instanceof Fact.LockTold lock) {
      return (lock.isHeld() ? "holds " : "gives up ")
          + word(lock.lock())
          + ", fence "
          + lock.fence();
    }
    if (fact instanceof Fact.Fault fault) {
      String proof = fault.isProven() ? "proven: " : "not proven: ";
      return word(fault.kind())
          + " at "
          + word(String.join(", ", fault.targets()))
          + "; "
          + proof
          + word(fault.evidence());
    }
    if (fact instanceof Fact.Leader leader) {
      String who = leader.leader().isEmpty() ? "nobody" : word(leader.leader());
      return "takes " + who + " for the leader of term " + leader.term();
    }
    if (fact instanceof Fact.Hash hash) {
      return String.format(
          Locale.ROOT,
          "hash %08x at rev %d, compacted at rev %d",
          hash.hash(),
          hash.revision(),
          hash.compacted());
    }
    if (fact instanceof Fact.State state) {
      return "in the end, rev " + state.revision() + ": " + rows(state.rows());
    }
    if (fact instanceof Fact.Run run) {
      return "run against " + word(run.target());
    }
    Fact.End end = (Fact.End) fact;
    return end.isComplete() ? "the end" : "the end, not complete: " + word(end.why());
  }

  /** Who asked, watched or spoke; the lane in which it is drawn. */
  static String lane(Fact fact) {
    if (fact instanceof Fact.Operation operation) {
      return operation.client();
    }
    if (fact instanceof Fact.WatchOpened opened) {
      return opened.watcher();
    }
    if (fact instanceof Fact.WatchTold told) {
      return told.watcher();
    }
    if (fact instanceof Fact.WatchEnded ended) {
      return ended.watcher();
    }
    if (fact instanceof Fact.LeaseTold lease) {
      return "holder of lease " + Long.toHexString(lease.lease());
    }
    if (fact instanceof Fact.LockTold lock) {
      return lock.client();
    }
    if (fact instanceof Fact.Leader leader) {
      return leader.member();
    }
    if (fact instanceof Fact.Hash hash) {
      return hash.member();
    }
    if (fact instanceof Fact.State state) {
      return state.member();
    }
    return fact instanceof Fact.Fault ? "faults" : "run";
  }

  private static String asked(Fact.Operation operation) {
    StringJoiner asked = new StringJoiner("; ");
    if (!operation.request().guards().isEmpty()) {
      StringJoiner guards = new StringJoiner(" and ", "if ", "");
      first(operation.request().guards()).forEach(each -> guards.add(guard(each)));
      asked.add(guards.toString() + more(operation.request().guards()));
    }
    steps(operation.request().then()).forEach(asked::add);
    if (!operation.request().otherwise().isEmpty()) {
      asked.add("else");
      steps(operation.request().otherwise()).forEach(asked::add);
    }
    return asked + (operation.request().mayBeStale() ? " (serializable)" : "");
  }

  private static String guard(Guard guard) {
    String field =
        switch (guard.field()) {
          case VALUE -> "value";
          case VERSION -> "version";
          case CREATED -> "create";
          case MODIFIED -> "mod";
        };
    return field + "(" + word(guard.key()) + ")=" + word(guard.expected());
  }

  private static List<String> steps(List<Step> steps) {
    List<String> told = new ArrayList<>();
    for (Step step : first(steps)) {
      if (step instanceof Step.Read read) {
        told.add("get " + word(read.key()));
      } else if (step instanceof Step.Scan scan) {
        told.add("get " + word(scan.prefix()) + "*");
      } else if (step instanceof Step.Write write) {
        String lease = write.lease() == 0 ? "" : " lease " + Long.toHexString(write.lease());
        told.add("put " + word(write.key()) + "=" + word(write.value()) + lease);
      } else if (step instanceof Step.Remove remove) {
        told.add("del " + word(remove.key()));
      }
    }
    if (steps.size() > ITEMS_MAX) {
      told.add(more(steps));
    }
    return told;
  }

  private static String answered(Fact.Operation operation) {
    if (operation.reply().isEmpty()) {
      String error = operation.error().isEmpty() ? "" : ": " + word(operation.error());
      return operation.outcome().name().toLowerCase(Locale.ROOT) + error;
    }
    Reply reply = operation.reply().get();
    StringJoiner answered = new StringJoiner("; ");
    if (!operation.request().guards().isEmpty()) {
      answered.add(reply.succeeded() ? "held" : "not held");
    }
    List<Step> steps = operation.stepsDone();
    for (int i = 0; i < Math.min(ITEMS_MAX, Math.min(steps.size(), reply.results().size())); i++) {
      Reply.Result result = reply.results().get(i);
      if (steps.get(i) instanceof Step.Read || steps.get(i) instanceof Step.Scan) {
        answered.add(rows(result.rows()));
      } else if (steps.get(i) instanceof Step.Remove) {
        answered.add(result.count() + " removed");
      }
    }
    return answered.add("rev " + reply.revision()).toString();
  }

  private static String rows(List<Row> rows) {
    if (rows.isEmpty()) {
      return "nothing";
    }
    StringJoiner told = new StringJoiner(", ");
    for (Row each : first(rows)) {
      told.add(word(each.key()) + "=" + word(each.value()) + " @" + each.modified());
    }
    return told + more(rows);
  }

  private static String events(List<Fact.Event> events) {
    StringJoiner told = new StringJoiner(", ");
    for (Fact.Event each : first(events)) {
      Row row = each.row();
      String what =
          each.isRemoval()
              ? "del " + word(row.key())
              : "put " + word(row.key()) + "=" + word(row.value());
      String before = each.previous().map(was -> " (was " + word(was.value()) + ")").orElse("");
      told.add(what + " @" + row.modified() + before);
    }
    return told + more(events);
  }

  private static <T> List<T> first(List<T> items) {
    return items.subList(0, Math.min(items.size(), ITEMS_MAX));
  }

  private static String more(List<?> items) {
    int more = items.size() - ITEMS_MAX;
    return more > 0 ? " and " + Words.count(more) + " more" : "";
  }

  private static String word(String text) {
    return Words.visible(Words.cutCounted(text, WORD_CHARS_MAX));
  }
}
