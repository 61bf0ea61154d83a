package io.quorate.chaos.nemesis;

import io.quorate.chaos.cluster.Clock;
import io.quorate.chaos.cluster.LocalCluster;
import io.quorate.chaos.cluster.Program;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.workload.Recorder;
import io.quorate.client.Client;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/**
 * Does faults one after the other. After each it waits until the cluster is well again: every
 * member runs, all agree about the leader, and a write was answered. One thread.
 */
public final class Nemesis implements AutoCloseable {
  /** How long a cluster may take to be well again when nothing is wrong any more. */
  public static final Duration WELL_WITHIN = Duration.ofSeconds(90);

  private static final Map<Kind, Fault> FAULTS = new EnumMap<>(Kind.class);

  static {
    FAULTS.put(Kind.KILL, ProcessFaults::kill);
    FAULTS.put(Kind.KILL_LEADER, ProcessFaults::killLeader);
    FAULTS.put(Kind.KILL_MAJORITY, ProcessFaults::killMajority);
    FAULTS.put(Kind.PAUSE, ProcessFaults::pause);
    FAULTS.put(Kind.PAUSE_LEADER, ProcessFaults::pauseLeader);
    FAULTS.put(Kind.POWER_CUT, ProcessFaults::powerCut);
    FAULTS.put(Kind.ONE_WAY, NetworkFaults::oneWay);
    FAULTS.put(Kind.ONE_WAY_BACK, NetworkFaults::oneWayBack);
    FAULTS.put(Kind.TWO_WAY, NetworkFaults::twoWay);
    FAULTS.put(Kind.BRIDGE, NetworkFaults::bridge);
    FAULTS.put(Kind.DELAY, NetworkFaults::delay);
    FAULTS.put(Kind.RESET, NetworkFaults::reset);
    FAULTS.put(Kind.RESET_CLIENTS, NetworkFaults::resetClients);
    FAULTS.put(Kind.CLOCK, ProcessFaults::clock);
    FAULTS.put(Kind.SLOW_DISK, DiskFaults::slow);
    FAULTS.put(Kind.STALLED_DISK, DiskFaults::stalled);
    FAULTS.put(Kind.FULL_DISK, DiskFaults::full);
    FAULTS.put(Kind.FLIP_LOG, DiskFaults::flipLog);
    FAULTS.put(Kind.FLIP_STORE, DiskFaults::flipStore);
    FAULTS.put(Kind.MEMBERS, StoreFaults::members);
    FAULTS.put(Kind.TRANSFER, StoreFaults::transfer);
    FAULTS.put(Kind.COMPACT, StoreFaults::compact);
    FAULTS.put(Kind.SNAPSHOT, StoreFaults::snapshot);
  }

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
      LocalCluster cluster,
      Client client,
      Recorder recorder,
      CountDownLatch over,
      Consumer<String> says) {
    this.ground =
        new Ground(cluster, new Leaders(cluster::members, recorder), client, recorder, over);
    this.says = says;
  }

  /**
   * Why a kind of fault cannot be done, in one line; nothing if it can.
   *
   * @param program what members are
   * @param members how many there are
   * @param disk why disks cannot fail here, if they cannot
   */
  public static Optional<String> missing(
      Kind kind, Program program, int members, Optional<String> disk) {
    return switch (kind) {
      case POWER_CUT, SLOW_DISK, STALLED_DISK, FULL_DISK -> disk;
      case FLIP_LOG, FLIP_STORE ->
          program.kind() == Program.Kind.ETCD
              ? Optional.of("etcd neither finds nor repairs that")
              : members < 3 ? Optional.of("one member has nobody to repair it") : Optional.empty();
      case ONE_WAY, ONE_WAY_BACK, TWO_WAY, BRIDGE, DELAY, RESET, TRANSFER, KILL, PAUSE ->
          members < 3 ? Optional.of("needs three members") : Optional.empty();
      case CLOCK -> Clock.missing(program);
      default -> Optional.empty();
    };
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
      Fault fault = Objects.requireNonNull(FAULTS.get(turn.kind()));
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
