package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact.Operation;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Row;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Histories of registers that are linearizable, since each operation is done at one moment. */
final class GoodHistory {
  private static final int UNANSWERED_IN = 50;

  private record Asked(int client, long begin, long moment, long end) {}

  private GoodHistory() {}

  /** {@code count} operations of {@code clients}, each client with one at a time. */
  static List<Operation> of(Random random, int keys, int count, int clients) {
    List<Asked> asked = new ArrayList<>();
    for (int client = 0; client < clients; client++) {
      long time = random.nextInt(100);
      for (int i = 0; i < count / clients; i++) {
        long begin = time + 1 + random.nextInt(20);
        long moment = begin + random.nextInt(50);
        long end = moment + random.nextInt(50);
        asked.add(new Asked(client, begin, moment, end));
        time = end;
      }
    }
    asked.sort(Comparator.comparingLong(Asked::moment));
    Map<String, String> state = new HashMap<>();
    List<Operation> operations = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      operations.add(done(asked.get(i), random, "k" + random.nextInt(keys), "v" + i, state));
    }
    operations.sort(Comparator.comparingLong(each -> each.span().end()));
    return operations;
  }

  private static Operation done(
      Asked asked, Random random, String key, String value, Map<String, String> state) {
    String begin = "c" + asked.client() + " " + asked.begin() + " ";
    boolean isOpen = random.nextInt(UNANSWERED_IN) == 0;
    String end = isOpen ? "? " : asked.end() + " ";
    String was = state.getOrDefault(key, "-");
    switch (random.nextInt(10)) {
      case 0, 1, 2 -> {
        if (!isOpen || random.nextBoolean()) {
          state.put(key, value);
        }
        return Told.operation(begin + end + "put " + key + " " + value + (isOpen ? "" : " -> ok"));
      }
      case 3 -> {
        if (!isOpen || random.nextBoolean()) {
          state.remove(key);
        }
        String removed = was.equals("-") ? "0" : "1";
        return Told.operation(begin + end + "del " + key + (isOpen ? "" : " -> " + removed));
      }
      case 4, 5 -> {
        boolean isRight = random.nextBoolean();
        String what = "cas " + key + " " + (isRight ? was : "other") + " " + value;
        if (isRight && (!isOpen || random.nextBoolean())) {
          state.put(key, value);
        }
        return Told.operation(begin + end + what + (isOpen ? "" : isRight ? " -> yes" : " -> no"));
      }
      default -> {
        return Told.operation(begin + end + "get " + key + (isOpen ? "" : " -> " + was));
      }
    }
  }

  /** The same read, which found what nobody wrote. */
  static Operation altered(Operation read) {
    Reply reply = read.reply().orElseThrow();
    String key = ((io.quorate.chaos.history.Step.Read) read.request().then().get(0)).key();
    Row row = new Row(key, "altered", 1, 1, 1, 0);
    return new Operation(
        read.client(),
        read.member(),
        read.span(),
        read.request(),
        read.outcome(),
        Optional.of(new Reply(reply.revision(), true, List.of(new Reply.Result(List.of(row), 1)))),
        "");
  }
}
