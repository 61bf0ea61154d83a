package io.quorate.chaos.workload;

import io.quorate.chaos.history.Guard;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import java.util.HashMap;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Registers. All clients share a few keys for a while, then go on to others: so that there is
 * contention, and no key has so long a history that nobody could judge it.
 */
final class RegisterWorkload implements Workload {
  private static final int KEYS_AT_A_TIME = 4;
  private static final long NANOS_WITH_THEM = 5_000_000_000L;

  private final Caller caller;
  private final RandomGenerator luck;
  private final HashMap<String, String> seen = new HashMap<>();
  private long count;

  RegisterWorkload(Caller caller, RandomGenerator luck) {
    this.caller = caller;
    this.luck = luck;
  }

  @Override
  public void step() {
    long turn = caller.recorder().now() / NANOS_WITH_THEM;
    String key = "register/" + turn + "/" + luck.nextInt(KEYS_AT_A_TIME);
    String value = caller.name() + "." + count++;
    int dice = luck.nextInt(100);
    if (dice < 45) {
      Request read = Request.of(new Step.Read(key));
      look(key, dice < 3 ? read.stale() : read);
    } else if (dice < 70) {
      caller.ask(Request.of(new Step.Write(key, value, 0)));
    } else if (dice < 75) {
      caller.ask(Request.of(new Step.Remove(key)));
    } else {
      String last = seen.get(key);
      Guard guard =
          last == null
              ? new Guard(key, Guard.Field.CREATED, "0")
              : new Guard(key, Guard.Field.VALUE, last);
      caller.ask(Request.when(guard, new Step.Write(key, value, 0)));
    }
  }

  private void look(String key, Request request) {
    Optional<Reply> reply = caller.ask(request);
    if (reply.isPresent()) {
      Optional<Row> row = Translation.first(reply.get());
      row.ifPresentOrElse(found -> seen.put(key, found.value()), () -> seen.remove(key));
    }
    if (seen.size() > KEYS_AT_A_TIME * 2) {
      seen.clear();
    }
  }
}
