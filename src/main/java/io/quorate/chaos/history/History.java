package io.quorate.chaos.history;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All facts of a run, in the order in which they were written down. Never changes. */
public final class History {
  private final List<Fact> facts;
  private final Map<Class<?>, List<Fact>> byKind = new LinkedHashMap<>();

  /** Copies the list. */
  public History(List<Fact> facts) {
    this.facts = List.copyOf(facts);
    for (Fact each : facts) {
      byKind.computeIfAbsent(each.getClass(), kind -> new ArrayList<>()).add(each);
    }
  }

  /** All of them. */
  public List<Fact> facts() {
    return facts;
  }

  /** Those of one kind. */
  public <T extends Fact> List<T> of(Class<T> kind) {
    return byKind.getOrDefault(kind, List.of()).stream().map(kind::cast).toList();
  }

  /** Those of the operations whose client's name begins with {@code workload} and a dash. */
  public List<Fact.Operation> operations(String workload) {
    return of(Fact.Operation.class).stream()
        .filter(each -> each.client().startsWith(workload + "-"))
        .toList();
  }
}
