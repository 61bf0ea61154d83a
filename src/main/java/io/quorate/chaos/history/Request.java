package io.quorate.chaos.history;

import java.util.List;

/**
 * What a client asks in one call: one revision of the store answers it.
 *
 * @param guards what has to hold, all of it; nothing always holds
 * @param then what is done then, in this order
 * @param otherwise what is done if not
 * @param mayBeStale whether a member may answer with what it had before; such a request only reads
 */
public record Request(
    List<Guard> guards, List<Step> then, List<Step> otherwise, boolean mayBeStale) {
  /** Copies the lists. */
  public Request {
    guards = List.copyOf(guards);
    then = List.copyOf(then);
    otherwise = List.copyOf(otherwise);
  }

  /** Does these steps, whatever is there. */
  public static Request of(Step... steps) {
    return new Request(List.of(), List.of(steps), List.of(), false);
  }

  /** Does these steps if the guard holds, and nothing if not. */
  public static Request when(Guard guard, Step... steps) {
    return new Request(List.of(guard), List.of(steps), List.of(), false);
  }

  /** The same, which any member may answer with what it had before. */
  public Request stale() {
    return new Request(guards, then, otherwise, true);
  }

  /** Whether it changes nothing, whatever is there. */
  public boolean onlyReads() {
    return then.stream().allMatch(Request::reads) && otherwise.stream().allMatch(Request::reads);
  }

  private static boolean reads(Step step) {
    return step instanceof Step.Read || step instanceof Step.Scan;
  }
}
