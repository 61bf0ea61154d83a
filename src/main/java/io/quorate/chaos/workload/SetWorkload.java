package io.quorate.chaos.workload;

import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Step;
import java.util.random.RandomGenerator;

/** A set that only grows: members are added, and all of it is scanned. Now and then a new one. */
final class SetWorkload implements Workload {
  private static final long NANOS_WITH_ONE = 10_000_000_000L;

  private final Caller caller;
  private final RandomGenerator luck;
  private long count;

  SetWorkload(Caller caller, RandomGenerator luck) {
    this.caller = caller;
    this.luck = luck;
  }

  @Override
  public void step() {
    String prefix = "set/" + caller.recorder().now() / NANOS_WITH_ONE + "/";
    if (luck.nextInt(5) == 0) {
      caller.ask(Request.of(new Step.Scan(prefix)));
    } else {
      String member = caller.name() + "." + count++;
      caller.ask(Request.of(new Step.Write(prefix + member, member, 0)));
    }
  }
}
