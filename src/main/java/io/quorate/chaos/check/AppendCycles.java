package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The graph of what has to come before what, and a short cycle in it. Its edges, from one
 * transaction to another:
 *
 * <ul>
 *   <li>ww: the other appended the next element of a list;
 *   <li>wr: the other read the list as this one left it;
 *   <li>rw: this one read the list as it was before the other appended;
 *   <li>realtime: this one was answered before the other was asked.
 * </ul>
 *
 * <p>The last are too many to draw. Instead the answers are nodes in their order, each before the
 * next; a transaction comes before its answer, and after the last answer before it was asked.
 *
 * <p>Names of cycles are Adya's: G0 has ww alone, G1c also wr, G-single one rw, G2 more; and
 * "-realtime" if it needs such an edge. The first in this order is shown.
 */
final class AppendCycles {
  private static final int WW = 1;
  private static final int WR = 2;
  private static final int RW = 4;
  private static final int REALTIME = 8;

  /** How many edges are looked at for a shorter cycle of a kind before the best one is taken. */
  private static final long STEPS_MAX = 20_000_000;

  /** How many edges of a cycle are told in words; the facts are all in the evidence. */
  private static final int EDGES_TOLD_MAX = 12;

  /** No cycle has fewer transactions. */
  private static final long LENGTH_MIN = 2;

  /** A kind of cycle: with edges of a mask, one of them an rw if it says so. */
  private record Kind(String name, int mask, boolean hasOneRw) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind("G0", WW, false),
          new Kind("G1c", WW | WR, false),
          new Kind("G-single", WW | WR, true),
          new Kind("G2", WW | WR | RW, false),
          new Kind("G0-realtime", WW | REALTIME, false),
          new Kind("G1c-realtime", WW | WR | REALTIME, false),
          new Kind("G-single-realtime", WW | WR | REALTIME, true),
          new Kind("G2-realtime", WW | WR | RW | REALTIME, false));

  private final List<Appender> transactions;
  private final List<String> keys;
  private final Digraph graph;

  /**
   * Draws the graph.
   *
   * @param transactions all that were done
   * @param lists the order of each list
   * @param writers who appended an element
   */
  AppendCycles(
      List<Appender> transactions, AppendLists lists, Map<AppendLists.Element, Appender> writers) {
    this.transactions = transactions;
    this.keys = List.copyOf(lists.keys());
    this.graph = new Digraph(2 * transactions.size(), transactions.size());
    new Drawing(lists, writers).draw();
  }

  /** Draws the edges. */
  private final class Drawing {
    private final AppendLists lists;
    private final HashMap<AppendLists.Element, Integer> numbers = new HashMap<>();

    Drawing(AppendLists lists, Map<AppendLists.Element, Appender> writers) {
      this.lists = lists;
      for (int i = 0; i < transactions.size(); i++) {
        for (AppendLists.Copy copy : transactions.get(i).writes()) {
          AppendLists.Element element = Appender.element(copy);
          Appender writer = writers.get(element);
          if (writer != null && writer.number() == transactions.get(i).number()) {
            numbers.put(element, i);
          }
        }
      }
    }

    void draw() {
      HashMap<String, Integer> labels = new HashMap<>();
      for (int label = 0; label < keys.size(); label++) {
        String key = keys.get(label);
        labels.put(key, label);
        List<String> order = lists.order(key);
        for (int i = 1; i < order.size(); i++) {
          add(
              numbers.get(new AppendLists.Element(key, order.get(i - 1))),
              numbers.get(new AppendLists.Element(key, order.get(i))),
              WW,
              label);
        }
      }
      for (int i = 0; i < transactions.size(); i++) {
        for (AppendLists.Copy copy : transactions.get(i).reads()) {
          drawRead(i, copy, labels.getOrDefault(copy.key(), -1));
        }
      }
      drawTime();
    }

    private void drawRead(int reader, AppendLists.Copy copy, int label) {
      if (label < 0 || !lists.isBeginning(copy)) {
        return;
      }
      List<String> order = lists.order(keys.get(label));
      int place = copy.list().isEmpty() ? -1 : lists.place(Appender.element(copy));
      if (place >= 0) {
        add(numbers.get(Appender.element(copy)), reader, WR, label);
      }
      if (place + 1 < order.size()) {
        add(
            reader,
            numbers.get(new AppendLists.Element(copy.key(), order.get(place + 1))),
            RW,
            label);
      }
    }

    private void drawTime() {
      int count = transactions.size();
      Integer[] byEnd =
          IntStream.range(0, count)
              .boxed()
              .filter(i -> transactions.get(i).isDone() && isTimed(i))
              .sorted(Comparator.comparingLong(i -> operation(i).span().end()))
              .toArray(Integer[]::new);
      long[] ends = Arrays.stream(byEnd).mapToLong(i -> operation(i).span().end()).toArray();
      for (int i = 0; i < byEnd.length; i++) {
        graph.add(byEnd[i], count + i, REALTIME, -1);
        if (i > 0) {
          graph.add(count + i - 1, count + i, REALTIME, -1);
        }
      }
      for (int i = 0; i < count; i++) {
        int before = isTimed(i) ? endsBefore(ends, operation(i).span().begin()) : 0;
        if (before > 0) {
          graph.add(count + before - 1, i, REALTIME, -1);
        }
      }
    }

    private boolean isTimed(int transaction) {
      return !operation(transaction).request().mayBeStale();
    }

    private void add(@Nullable Integer from, @Nullable Integer to, int kind, int label) {
      if (from != null && to != null && from.intValue() != to.intValue()) {
        graph.add(from, to, kind, label);
      }
    }
  }

  /** How many of these times, which grow, lie before another. */
  private static int endsBefore(long[] ends, long begin) {
    int low = 0;
    int high = ends.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ends[middle] < begin) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private Fact.Operation operation(int transaction) {
    return transactions.get(transaction).operation();
  }

  /** Says what cycle there is, if there is one. */
  void look(Tally tally) {
    List<int[]> all = graph.components(WW | WR | RW | REALTIME);
    if (all.isEmpty()) {
      return;
    }
    for (Kind kind : KINDS) {
      Optional<List<Digraph.Edge>> cycle = find(kind);
      if (cycle.isPresent()) {
        tally.broken(kind.name() + ": " + text(cycle.get()), evidence(cycle.get()));
        return;
      }
    }
    throw new IllegalStateException("a component without a cycle");
  }

  private Optional<List<Digraph.Edge>> find(Kind kind) {
    long end = graph.steps() + STEPS_MAX;
    List<Digraph.Edge> best = List.of();
    int mask = kind.hasOneRw() ? kind.mask() | RW : kind.mask();
    for (int[] component : graph.components(mask)) {
      for (int node : suspects(component, kind.hasOneRw() ? RW : mask & ~REALTIME)) {
        if (graph.steps() > end || length(best) == LENGTH_MIN) {
          break;
        }
        List<Digraph.Edge> found =
            kind.hasOneRw() ? oneRw(node, kind.mask()) : orNone(graph.path(node, node, mask));
        if (!found.isEmpty() && (best.isEmpty() || length(found) < length(best))) {
          best = found;
        }
      }
    }
    return best.isEmpty() ? Optional.empty() : Optional.of(best);
  }

  /** The transactions of a component, first those with an edge that leads far back in time. */
  private int[] suspects(int[] component, int mask) {
    Map<Integer, Long> suspicion = suspicion(component, mask);
    return Arrays.stream(component)
        .filter(node -> node < transactions.size())
        .boxed()
        .sorted(Comparator.comparingLong(node -> suspicion.getOrDefault(node, Long.MAX_VALUE)))
        .mapToInt(node -> node)
        .toArray();
  }

  private Map<Integer, Long> suspicion(int[] component, int mask) {
    HashMap<Integer, Long> suspicion = new HashMap<>();
    for (int node : component) {
      if (node < transactions.size()) {
        long least = Long.MAX_VALUE;
        for (Digraph.Edge each : graph.from(node, mask)) {
          least = Math.min(least, operation(each.to()).span().end());
        }
        suspicion.put(
            node, least == Long.MAX_VALUE ? least : least - operation(node).span().begin());
      }
    }
    return suspicion;
  }

  /** A short cycle that begins with an rw at a node, and has no other. */
  private List<Digraph.Edge> oneRw(int node, int mask) {
    List<Digraph.Edge> best = List.of();
    for (Digraph.Edge edge : graph.from(node, RW)) {
      List<Digraph.Edge> back = orNone(graph.path(edge.to(), node, mask));
      if (!back.isEmpty() && (best.isEmpty() || length(back) + 1 < length(best))) {
        best = new ArrayList<>(List.of(edge));
        best.addAll(back);
      }
    }
    return best;
  }

  private static List<Digraph.Edge> orNone(@Nullable List<Digraph.Edge> edges) {
    return edges == null ? List.of() : edges;
  }

  /** How many transactions are in a cycle. */
  private long length(List<Digraph.Edge> cycle) {
    return cycle.stream().filter(each -> each.from() < transactions.size()).count();
  }

  private List<Fact> evidence(List<Digraph.Edge> cycle) {
    List<Fact> facts = new ArrayList<>();
    for (Digraph.Edge each : cycle) {
      if (each.from() < transactions.size()) {
        facts.add(operation(each.from()));
      }
    }
    return facts;
  }

  private String text(List<Digraph.Edge> cycle) {
    StringBuilder text = new StringBuilder();
    List<Digraph.Edge> edges =
        cycle.stream().filter(each -> each.from() < transactions.size()).toList();
    for (Digraph.Edge each : edges.subList(0, Math.min(edges.size(), EDGES_TOLD_MAX))) {
      text.append(operation(each.from()).client()).append(name(each));
    }
    if (edges.size() > EDGES_TOLD_MAX) {
      text.append("... of ").append(edges.size()).append(" -> ");
    }
    return text.append(operation(cycle.get(0).from()).client()).toString();
  }

  private String name(Digraph.Edge edge) {
    Map<Integer, String> names = Map.of(WW, "ww", WR, "wr", RW, "rw", REALTIME, "realtime");
    String key = edge.label() < 0 ? "" : " of " + keys.get(edge.label());
    return " -" + names.get(edge.kind()) + key + "-> ";
  }
}
