package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether transactions over lists are strictly serializable, without a look at revisions: after
 * Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental Observations" (VLDB
 * 2020), for list-append. What a list is in the end says in which order its elements were appended,
 * so that of any copy it is known what was written before and what after. Cycles of these orders,
 * and of who was answered before who asked, cannot be.
 *
 * <p>Each element is appended to its list by one operation. Only what was answered, or not answered
 * and seen, is a transaction; one that may be stale counts, but not its time.
 *
 * <p>Time and memory are linear in transactions and in the elements of the longest lists, but for
 * the search for a short cycle, which {@link AppendCycles} bounds.
 */
public final class ListAppend implements Checker {
  private final String workload;

  /**
   * Looks at lists.
   *
   * @param workload whose operations append
   */
  public ListAppend(String workload) {
    this.workload = workload;
  }

  @Override
  public List<Finding> check(History history) {
    List<Fact.Operation> operations = history.operations(workload);
    if (operations.isEmpty()) {
      return List.of();
    }
    Set<String> keys = new TreeSet<>();
    for (Fact.Operation each : operations) {
      addKeys(each.request().then(), keys);
      addKeys(each.request().otherwise(), keys);
    }
    return new Look(operations, keys, history.of(Fact.State.class)).findings();
  }

  private static void addKeys(List<Step> steps, Set<String> keys) {
    for (Step step : steps) {
      if (step instanceof Step.Write it) {
        keys.add(it.key());
      }
    }
  }

  /** One history, looked at once. */
  private static final class Look {
    private final AppendTallies tallies = new AppendTallies();
    private final AppendLists lists = new AppendLists();
    private final HashMap<AppendLists.Element, Appender> writers = new HashMap<>();
    private final HashMap<AppendLists.Element, Appender> refusers = new HashMap<>();
    private final List<Appender> all = new ArrayList<>();
    private final List<Appender> unknown;
    private final List<AppendLists.Copy> ends = new ArrayList<>();

    Look(List<Fact.Operation> operations, Set<String> keys, List<Fact.State> states) {
      for (Fact.Operation each : operations) {
        all.add(Appender.of(all.size(), each, keys));
      }
      unknown = all.stream().filter(Appender::isUnknown).toList();
      long newest = states.stream().mapToLong(Fact.State::revision).max().orElse(0);
      for (Fact.State state : states) {
        if (state.revision() == newest) {
          HashMap<String, String> values = new HashMap<>();
          for (Row row : state.rows()) {
            values.put(row.key(), row.value());
          }
          for (String key : keys) {
            ends.add(new AppendLists.Copy(key, values.getOrDefault(key, ""), state));
          }
        }
      }
    }

    List<Finding> findings() {
      for (Appender each : all) {
        findWriters(each);
      }
      List<Appender> transactions = transactions();
      lookAtElements();
      for (Appender each : transactions) {
        tallies.own.looked();
        if (!each.conflict().isEmpty()) {
          tallies.own.broken(
              each.operation().client() + ": " + each.conflict(), List.of(each.operation()));
        }
        each.reads().forEach(copy -> lookAtCopy(copy, each));
        each.writes().forEach(copy -> lookAtCopy(copy, each));
      }
      ends.forEach(this::lookAtEnd);
      tallies.serial.looked(transactions.size());
      new AppendCycles(transactions, lists, writers).look(tallies.serial);
      return tallies.findings();
    }

    private void findWriters(Appender appender) {
      appender.refused().forEach(element -> refusers.putIfAbsent(element, appender));
      for (AppendLists.Copy copy : appender.writes()) {
        AppendLists.Element element = Appender.element(copy);
        Appender other = writers.get(element);
        if (other == null || (other.isUnknown() && appender.isDone())) {
          writers.put(element, appender);
        } else if (other.number() != appender.number() && other.isDone() && appender.isDone()) {
          tallies.serial.unsure(
              element.name() + " was appended to " + element.key() + " by two operations");
        }
      }
    }

    /**
     * What was done: whoever was answered, and of whom an element was seen, be it in the lists of
     * another of whom that is found. So each round but the last finds one at least.
     */
    private List<Appender> transactions() {
      for (Appender each : all) {
        if (each.isDone()) {
          see(each);
        }
      }
      ends.forEach(lists::see);
      BitSet seen = new BitSet();
      boolean hasGrown = true;
      while (hasGrown) {
        lists.order();
        hasGrown = false;
        for (Appender each : unknown) {
          if (!seen.get(each.number()) && isSeen(each)) {
            see(each);
            seen.set(each.number());
            hasGrown = true;
          }
        }
      }
      return all.stream().filter(each -> each.isDone() || seen.get(each.number())).toList();
    }

    private void see(Appender appender) {
      appender.reads().forEach(lists::see);
      appender.writes().forEach(lists::see);
    }

    private boolean isSeen(Appender appender) {
      return appender.writes().stream()
          .map(Appender::element)
          .anyMatch(it -> lists.place(it) >= 0 && isWriter(appender, it));
    }

    private boolean isWriter(Appender appender, AppendLists.Element element) {
      Appender writer = writers.get(element);
      return writer != null && writer.number() == appender.number();
    }

    private void lookAtElements() {
      for (String key : lists.keys()) {
        Fact seen = lists.longest(key).seen();
        List<String> order = lists.order(key);
        for (int i = 0; i < order.size(); i++) {
          AppendLists.Element element = new AppendLists.Element(key, order.get(i));
          lookAtElement(element, seen);
          if (lists.place(element) != i) {
            tallies.elements.broken(key + " holds " + element.name() + " twice", List.of(seen));
          }
        }
      }
    }

    private void lookAtElement(AppendLists.Element element, Fact seen) {
      tallies.aborted.looked();
      tallies.elements.looked();
      if (writers.containsKey(element)) {
        return;
      }
      Appender refuser = refusers.get(element);
      if (refuser == null) {
        tallies.elements.broken(
            element.key() + " holds " + element.name() + ", which nobody appended", List.of(seen));
      } else {
        tallies.aborted.broken(
            element.key() + " holds " + element.name() + ", though that was refused",
            List.of(refuser.operation(), seen));
      }
    }

    private void lookAtCopy(AppendLists.Copy copy, Appender reader) {
      tallies.orders.looked();
      if (!lists.isBeginning(copy)) {
        AppendLists.Copy whole = lists.longest(copy.key());
        tallies.orders.broken(
            copy.key() + " is [" + copy.list() + "] and [" + whole.list() + "]",
            List.of(copy.seen(), whole.seen()));
        AppendLists.split(copy.list())
            .forEach(name -> lookAtElement(new AppendLists.Element(copy.key(), name), copy.seen()));
      }
      tallies.intermediate.looked();
      Appender writer = writers.get(Appender.element(copy));
      if (writer == null || writer.number() == reader.number()) {
        return;
      }
      for (AppendLists.Copy later : writer.writes()) {
        if (later.key().equals(copy.key()) && later.list().length() > copy.list().length()) {
          tallies.intermediate.broken(
              copy.key() + " was read as [" + copy.list() + "], which was not finished",
              List.of(writer.operation(), reader.operation()));
        }
      }
    }

    private void lookAtEnd(AppendLists.Copy copy) {
      tallies.orders.looked();
      AppendLists.Copy whole = lists.longest(copy.key());
      if (!copy.list().equals(whole.list())) {
        tallies.orders.broken(
            copy.key() + " ends as [" + copy.list() + "], but was [" + whole.list() + "]",
            List.of(whole.seen(), copy.seen()));
      }
    }
  }
}
