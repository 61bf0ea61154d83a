package io.quorate.chaos.junit;

import io.quorate.chaos.history.Fact;
import java.time.Duration;
import java.util.List;

/**
 * A cluster under faults, as a test sees it: a parameter of the methods of a {@link ChaosTest}.
 *
 * <p>While faults are done, and until {@link #rest} returns, the harness writes to the cluster
 * itself, to see that it answers: only to keys that begin with {@link #PREFIX}.
 *
 * <p>{@link #endpoints} and {@link #done} are safe for threads; the rest is for that of the test.
 */
public interface Chaos {
  /** What the keys of the harness begin with. */
  String PREFIX = "quorate.chaos/";

  /**
   * Where clients reach the members, as URLs: through a network that can hold, delay and end what
   * goes through it. Those of the members that were there at the start.
   */
  List<String> endpoints();

  /**
   * Ends the faults: takes back the one that works, waits until the cluster is well, and returns
   * when all members follow one leader and have applied all that was known to be committed. From
   * then on there are no faults, and nothing is written but by the test. Does nothing if it was
   * called before.
   *
   * <p>It takes some seconds, some minutes at most.
   *
   * @throws ChaosException if the fault cannot be taken back, or the cluster does not become well
   */
  void rest() throws InterruptedException;

  /**
   * Waits until so many faults took effect, since the test began.
   *
   * @param count how many; each takes 2 to 9 seconds, and what the cluster needs to be well again
   * @param within the longest wait
   * @throws ChaosException if it were fewer in that time, or no more will come
   */
  void awaitFaults(int count, Duration within) throws InterruptedException;

  /**
   * The faults that are over, in their order, with what was seen of each. Their times are in
   * nanoseconds since the cluster was made.
   */
  List<Fact.Fault> done();
}
