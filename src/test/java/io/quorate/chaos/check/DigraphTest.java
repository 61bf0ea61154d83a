package io.quorate.chaos.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DigraphTest {
  private static List<Integer> nodes(List<Digraph.Edge> path) {
    return path.stream().map(Digraph.Edge::from).toList();
  }

  @Test
  void findsTheComponentsOfAKind() {
    Digraph graph = new Digraph(6, 6);
    graph.add(0, 1, 1, 0);
    graph.add(1, 2, 1, 0);
    graph.add(2, 0, 2, 0);
    graph.add(3, 4, 1, 0);
    graph.add(4, 3, 1, 0);
    graph.add(2, 3, 1, 0);
    graph.add(4, 5, 1, 0);
    assertThat(sorted(graph.components(1))).containsExactly(List.of(3, 4));
    assertThat(sorted(graph.components(3)))
        .containsExactlyInAnyOrder(List.of(0, 1, 2), List.of(3, 4));
  }

  private static List<List<Integer>> sorted(List<int[]> components) {
    return components.stream().map(it -> Arrays.stream(it).sorted().boxed().toList()).toList();
  }

  @Test
  void findsAShortestCycle() {
    Digraph graph = new Digraph(5, 5);
    graph.add(0, 1, 1, 0);
    graph.add(1, 2, 1, 0);
    graph.add(2, 0, 1, 0);
    graph.add(2, 3, 1, 0);
    graph.add(3, 0, 1, 0);
    List<Digraph.Edge> cycle = graph.path(0, 0, 1);
    assertThat(cycle).isNotNull();
    assertThat(nodes(cycle)).containsExactly(0, 1, 2);
    assertThat(graph.path(4, 4, 1)).isNull();
  }

  @Test
  void nodesThatDoNotCountMakeNoWayLonger() {
    Digraph graph = new Digraph(6, 3);
    graph.add(0, 3, 1, 0);
    graph.add(3, 4, 1, 0);
    graph.add(4, 5, 1, 0);
    graph.add(5, 2, 1, 0);
    graph.add(0, 1, 1, 0);
    graph.add(1, 2, 1, 0);
    List<Digraph.Edge> path = graph.path(0, 2, 1);
    assertThat(path).isNotNull();
    assertThat(nodes(path)).containsExactly(0, 3, 4, 5);
  }

  @Test
  void aLongChainNeedsNoDeepStack() {
    int nodes = 1_000_000;
    Digraph graph = new Digraph(nodes, nodes);
    for (int i = 0; i < nodes; i++) {
      graph.add(i, (i + 1) % nodes, 1, 0);
    }
    assertThat(graph.components(1)).hasSize(1);
    assertThat(graph.path(0, 0, 1)).hasSize(nodes);
  }

  @Test
  void componentsAreThoseWhoReachEachOther() {
    int nodes = 12;
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      Digraph graph = new Digraph(nodes, nodes);
      for (int i = 0; i < 16; i++) {
        int from = random.nextInt(nodes);
        graph.add(from, (from + 1 + random.nextInt(nodes - 1)) % nodes, 1, 0);
      }
      int[] component = new int[nodes];
      List<int[]> found = graph.components(1);
      for (int i = 0; i < found.size(); i++) {
        for (int node : found.get(i)) {
          component[node] = i + 1;
        }
      }
      for (int a = 0; a < nodes; a++) {
        for (int b = 0; b < nodes; b++) {
          boolean both = a != b && graph.path(a, b, 1) != null && graph.path(b, a, 1) != null;
          assertThat(a != b && component[a] > 0 && component[a] == component[b])
              .as("seed %s, %s and %s", seed, a, b)
              .isEqualTo(both);
        }
      }
    }
  }
}
