package io.quorate.chaos.report;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.report.Silences.Silence;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What one kind of fault did.
 *
 * @param kind its name
 * @param count how often it was done
 * @param proven how often it was seen to work
 * @param nanos how long it worked, all times together
 * @param silences of each time, the longest that no write was answered, the shortest first; a time
 *     is left out if nobody asked
 */
record FaultFigures(String kind, long count, long proven, long nanos, List<Silence> silences) {
  static final String OTHERS = "others";

  /** The most kinds that are told apart; the rest count as {@link #OTHERS}. */
  static final int KINDS_MAX = 64;

  /** Copies the list. */
  FaultFigures {
    silences = List.copyOf(silences);
  }

  /** By name. */
  static List<FaultFigures> of(List<Fact.Fault> faults, Silences silences) {
    TreeMap<String, List<Fact.Fault>> byKind = new TreeMap<>();
    for (Fact.Fault each : faults) {
      boolean isNamed = byKind.containsKey(each.kind()) || byKind.size() < KINDS_MAX;
      byKind.computeIfAbsent(isNamed ? each.kind() : OTHERS, k -> new ArrayList<>()).add(each);
    }
    List<FaultFigures> figures = new ArrayList<>();
    byKind.forEach((kind, those) -> figures.add(of(kind, those, silences)));
    return figures;
  }

  private static FaultFigures of(String kind, List<Fact.Fault> faults, Silences silences) {
    long proven = faults.stream().filter(Fact.Fault::isProven).count();
    long nanos = faults.stream().mapToLong(f -> f.span().end() - f.span().begin()).sum();
    List<Silence> longest =
        faults.stream()
            .flatMap(each -> silences.longestSince(each.span()).stream())
            .sorted(Comparator.comparingLong(Silence::nanos))
            .toList();
    return new FaultFigures(kind, faults.size(), proven, nanos, longest);
  }

  Optional<Silence> longest() {
    return silences.isEmpty() ? Optional.empty() : Optional.of(silences.get(silences.size() - 1));
  }

  /** The one in the middle; of two the shorter. */
  Optional<Silence> median() {
    return silences.isEmpty()
        ? Optional.empty()
        : Optional.of(silences.get((silences.size() - 1) / 2));
  }
}
