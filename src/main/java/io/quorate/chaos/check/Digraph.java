package io.quorate.chaos.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A directed graph whose edges have kinds, each a bit of its own. Nodes are numbers from 0 on; the
 * first {@code heavy} of them count when a way is measured, the others only join. Nothing here
 * calls itself, so no graph is too deep. Time and memory are linear in nodes and edges for {@link
 * #components}, and for each call of {@link #path}. One thread.
 */
final class Digraph {
  /** An edge of some kind; the label is for whoever put it in. */
  record Edge(int from, int to, int kind, int label) {}

  private final int heavy;
  private final IntList sources = new IntList();
  private final IntList ends = new IntList();
  private final IntList kinds = new IntList();
  private final IntList labels = new IntList();
  private final int[] first;
  private int[] byNode = {};
  private boolean isBuilt;

  // What is needed for a path, kept from one call to the next.
  private final int[] via;
  private final int[] seenIn;
  private int search;
  private long steps;

  /**
   * Has no edges yet.
   *
   * @param nodes how many nodes
   * @param heavy how many of them count on a way
   */
  Digraph(int nodes, int heavy) {
    this.heavy = heavy;
    this.first = new int[nodes + 1];
    this.via = new int[nodes];
    this.seenIn = new int[nodes];
  }

  /** Adds an edge; all of them come before the first question. */
  void add(int from, int to, int kind, int label) {
    sources.add(from);
    ends.add(to);
    kinds.add(kind);
    labels.add(label);
    isBuilt = false;
  }

  /** How many edges were looked at for paths. */
  long steps() {
    return steps;
  }

  /** Sorts the edges by where they begin, by counting. */
  private void build() {
    if (isBuilt) {
      return;
    }
    Arrays.fill(first, 0);
    for (int i = 0; i < sources.size(); i++) {
      first[sources.get(i) + 1]++;
    }
    for (int i = 1; i < first.length; i++) {
      first[i] += first[i - 1];
    }
    int[] next = Arrays.copyOf(first, first.length);
    byNode = new int[sources.size()];
    for (int i = 0; i < sources.size(); i++) {
      byNode[next[sources.get(i)]++] = i;
    }
    isBuilt = true;
  }

  /**
   * The strongly connected components of two nodes or more, over edges of these kinds (Tarjan, with
   * a stack of its own).
   */
  List<int[]> components(int mask) {
    build();
    return new Components(mask).find();
  }

  /** One search for components. */
  private final class Components {
    private final int mask;
    private final int[] index = new int[via.length];
    private final int[] low = new int[via.length];
    private final int[] edge = new int[via.length];
    private final boolean[] isOpen = new boolean[via.length];
    private final IntList open = new IntList();
    private final IntList way = new IntList();
    private final List<int[]> found = new ArrayList<>();
    private int count;

    Components(int mask) {
      this.mask = mask;
    }

    List<int[]> find() {
      for (int root = 0; root < index.length; root++) {
        if (index[root] == 0) {
          enter(root);
          while (!way.isEmpty()) {
            step();
          }
        }
      }
      return found;
    }

    private void enter(int node) {
      index[node] = ++count;
      low[node] = count;
      edge[node] = first[node];
      isOpen[node] = true;
      open.add(node);
      way.add(node);
    }

    private void step() {
      int node = way.get(way.size() - 1);
      if (edge[node] == first[node + 1]) {
        way.removeLast();
        if (!way.isEmpty()) {
          int parent = way.get(way.size() - 1);
          low[parent] = Math.min(low[parent], low[node]);
        }
        if (low[node] == index[node]) {
          close(node);
        }
        return;
      }
      int each = byNode[edge[node]++];
      int end = ends.get(each);
      if ((kinds.get(each) & mask) == 0) {
        return;
      }
      if (index[end] == 0) {
        enter(end);
      } else if (isOpen[end]) {
        low[node] = Math.min(low[node], index[end]);
      }
    }

    private void close(int root) {
      IntList members = new IntList();
      int member;
      do {
        member = open.removeLast();
        isOpen[member] = false;
        members.add(member);
      } while (member != root);
      if (members.size() > 1) {
        found.add(members.toArray());
      }
    }
  }

  /**
   * A shortest way over edges of these kinds, measured in nodes that count; null if there is none.
   * From a node to itself it is a cycle.
   */
  @Nullable List<Edge> path(int from, int to, int mask) {
    build();
    search++;
    IntList level = new IntList();
    IntList next = new IntList();
    level.add(from);
    while (!level.isEmpty()) {
      // A node that does not count joins the level that is being looked at.
      for (int i = 0; i < level.size(); i++) {
        int node = level.get(i);
        for (int place = first[node]; place < first[node + 1]; place++) {
          steps++;
          int edge = byNode[place];
          int end = ends.get(edge);
          if ((kinds.get(edge) & mask) == 0 || seenIn[end] == search) {
            continue;
          }
          seenIn[end] = search;
          via[end] = edge;
          if (end == to) {
            return way(from, to);
          }
          (end < heavy ? next : level).add(end);
        }
      }
      IntList done = level;
      level = next;
      next = done;
      next.clear();
    }
    return null;
  }

  private List<Edge> way(int from, int to) {
    List<Edge> way = new ArrayList<>();
    int node = to;
    do {
      int edge = via[node];
      way.add(new Edge(sources.get(edge), node, kinds.get(edge), labels.get(edge)));
      node = sources.get(edge);
    } while (node != from);
    Collections.reverse(way);
    return way;
  }

  /** The edges of these kinds that begin at a node. */
  List<Edge> from(int node, int mask) {
    build();
    List<Edge> edges = new ArrayList<>();
    for (int place = first[node]; place < first[node + 1]; place++) {
      int edge = byNode[place];
      if ((kinds.get(edge) & mask) != 0) {
        edges.add(new Edge(node, ends.get(edge), kinds.get(edge), labels.get(edge)));
      }
    }
    return edges;
  }
}
