package io.quorate.chaos.nemesis;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.workload.Recorder;
import io.quorate.client.Client;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/**
 * Does faults one after the other. After each it waits until the cluster is well again: every
 * member runs, all agree about the leader, and a write was answered. One thread.
 */
public final class Nemesis implements AutoCloseable {
  /** How long a cluster may take to be well again when nothing is wrong any more. */
  public static final Duration WELL_WITHIN = Duration.ofSeconds(90);

  private final Ground ground;
  private final Consumer<String> says;

  /** That a cluster did not come back after a fault, or a fault could not be taken back. */
  public static final class StuckException extends Exception {
    private static final long serialVersionUID = 1;

    StuckException(String message, Throwable cause) {
      super(message, cause);
    }

    StuckException(String message) {
      super(message);
    }
  }

  /**
   * Over a cluster that runs.
   *
   * @param client of all members
   * @param says is told each fault, for people
   */
  public Nemesis(
      Site site, Client client, Recorder recorder, CountDownLatch over, Consumer<String> says) {
    this.ground = new Ground(site, new Leaders(site::seats, recorder), client, recorder, over);
    this.says = says;
  }

  /** Lets the time before {@code turn} pass, does it, and waits until all is well again. */
  public void take(Schedule.Turn turn) throws StuckException, InterruptedException {
    ground.pass(turn.after());
    if (ground.over().getCount() == 0) {
      return;
    }
    long begin = ground.recorder().now();
    List<String> targets = List.of();
    Fault.Evidence evidence;
    try {
      Fault fault = ground.site().fault(turn.kind());
      Fault.Working working = fault.begin(ground, turn.luck(), turn.lasts());
      targets = working.targets();
      says.accept(turn.kind().says() + ": " + String.join(", ", targets));
      ground.pass(turn.lasts());
      evidence = working.end().take();
    } catch (IOException e) {
      throw new StuckException(turn.kind().label() + " of " + targets + ": " + e.getMessage(), e);
    }
    long end = ground.recorder().now();
    ground
        .recorder()
        .tell(
            new Fact.Fault(
                new Span(begin, end),
                turn.kind().label(),
                targets,
                evidence.isProven(),
                evidence.what()));
    awaitWell(turn.kind().label() + " of " + targets);
  }

  /** Waits until the cluster works. */
  public void awaitWell(String after) throws StuckException, InterruptedException {
    long now = ground.recorder().now();
    long index = ground.leaders().newestIndex();
    List<String> names = ground.names();
    boolean isWell =
        ground.await(
            WELL_WITHIN,
            () -> ground.leaders().areWell(names, index) && ground.recorder().lastWrite() > now);
    if (!isWell) {
      boolean areWell = ground.leaders().areWell(names, index);
      throw new StuckException(
          "the cluster is not well "
              + WELL_WITHIN.toSeconds()
              + " s after "
              + after
              + (areWell ? ": no write is answered" : ": not all members follow a leader"));
    }
  }

  @Override
  public void close() {
    ground.leaders().close();
  }
}
