package io.quorate.chaos.workload;

import io.quorate.chaos.history.Guard;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * Lists to which transactions append: each reads some, and then, if none of them changed, reads
 * them again and appends an element of its own to part of them, as one revision (as the list-append
 * workload of Elle does it, over what etcd's transactions are).
 */
final class AppendWorkload implements Workload {
  private static final int KEYS_AT_A_TIME = 5;
  private static final int KEYS_OF_ONE_MAX = 3;
  private static final long NANOS_WITH_THEM = 5_000_000_000L;

  private final Caller caller;
  private final RandomGenerator luck;
  private long count;

  AppendWorkload(Caller caller, RandomGenerator luck) {
    this.caller = caller;
    this.luck = luck;
  }

  @Override
  public void step() {
    List<String> keys = keys();
    Request look = Request.of(keys.stream().map(Step.Read::new).toArray(Step[]::new));
    Optional<Reply> found = caller.ask(look);
    if (found.isEmpty() || luck.nextInt(3) == 0) {
      return;
    }
    List<Guard> guards = new ArrayList<>();
    List<Step> steps = new ArrayList<>(look.then());
    String element = caller.name() + "." + count++;
    for (int i = 0; i < keys.size(); i++) {
      Optional<Row> row = found.get().results().get(i).rows().stream().findFirst();
      String modified = row.map(each -> Long.toString(each.modified())).orElse("0");
      guards.add(new Guard(keys.get(i), Guard.Field.MODIFIED, modified));
      if (i == 0 || luck.nextBoolean()) {
        String list = row.map(each -> each.value() + ",").orElse("") + element;
        steps.add(new Step.Write(keys.get(i), list, 0));
      }
    }
    caller.ask(new Request(guards, steps, List.of(), false));
  }

  /** Some of the few that are used at this time, each once. */
  private List<String> keys() {
    long turn = caller.recorder().now() / NANOS_WITH_THEM;
    TreeSet<Integer> chosen = new TreeSet<>();
    int many = 1 + luck.nextInt(KEYS_OF_ONE_MAX);
    for (int i = 0; i < many; i++) {
      chosen.add(luck.nextInt(KEYS_AT_A_TIME));
    }
    return chosen.stream().map(key -> "append/" + turn + "/" + key).toList();
  }
}
