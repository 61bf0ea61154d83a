package io.quorate.chaos.nemesis;

import io.quorate.chaos.cluster.Clock;
import io.quorate.chaos.cluster.LocalCluster;
import io.quorate.chaos.cluster.Program;
import io.quorate.chaos.cluster.Seat;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** A cluster of the harness itself, on this machine. */
public final class OwnSite extends Site {
  private static final Map<Kind, Fault> FAULTS = new EnumMap<>(Kind.class);

  static {
    FAULTS.put(Kind.KILL, ProcessFaults::kill);
    FAULTS.put(Kind.KILL_LEADER, ProcessFaults::killLeader);
    FAULTS.put(Kind.KILL_MAJORITY, ProcessFaults::killMajority);
    FAULTS.put(Kind.RESTART, ProcessFaults::restart);
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
    FAULTS.put(Kind.LOST_DISK, DiskFaults::lost);
    FAULTS.put(Kind.FLIP_LOG, DiskFaults::flipLog);
    FAULTS.put(Kind.FLIP_STORE, DiskFaults::flipStore);
    FAULTS.put(Kind.MEMBERS, StoreFaults::members);
    FAULTS.put(Kind.TRANSFER, StoreFaults::transfer);
    FAULTS.put(Kind.COMPACT, StoreFaults::compact);
    FAULTS.put(Kind.SNAPSHOT, StoreFaults::snapshot);
  }

  private final LocalCluster cluster;

  /** Over a cluster that somebody else closes. */
  public OwnSite(LocalCluster cluster) {
    this.cluster = cluster;
  }

  LocalCluster cluster() {
    return cluster;
  }

  @Override
  public List<Seat> seats() {
    return cluster.members().stream().map(Seat::of).toList();
  }

  @Override
  Fault fault(Kind kind) {
    return Objects.requireNonNull(FAULTS.get(kind));
  }

  /**
   * Why a kind of fault cannot be done, in one line; nothing if it can.
   *
   * @param program what members are
   * @param members how many there are
   * @param disk why disks cannot fail here, if they cannot
   */
  static Optional<String> missing(Kind kind, Program program, int members, Optional<String> disk) {
    return switch (kind) {
      case POWER_CUT, SLOW_DISK, STALLED_DISK, FULL_DISK -> disk;
      case FLIP_LOG, FLIP_STORE ->
          program.kind() == Program.Kind.ETCD
              ? Optional.of("etcd neither finds nor repairs that")
              : members < 3 ? Optional.of("one member has nobody to repair it") : Optional.empty();
      case LOST_DISK ->
          program.kind() == Program.Kind.ETCD
              ? Optional.of("etcd does not let a member begin anew by itself")
              : members < 3 ? Optional.of("needs three members") : Optional.empty();
      case ONE_WAY, ONE_WAY_BACK, TWO_WAY, BRIDGE, DELAY, RESET, TRANSFER, KILL, PAUSE, RESTART ->
          members < 3 ? Optional.of("needs three members") : Optional.empty();
      case CLOCK -> Clock.missing(program);
      default -> Optional.empty();
    };
  }

  /**
   * Those of {@code kinds} that can be done, in their order.
   *
   * @param disk why disks cannot fail here, if they cannot
   * @param without is told in a line of each that cannot be done, and why
   */
  public static List<Kind> possible(
      Collection<Kind> kinds,
      Program program,
      int members,
      Optional<String> disk,
      Consumer<String> without) {
    List<Kind> possible = new ArrayList<>();
    for (Kind kind : kinds) {
      missing(kind, program, members, disk)
          .ifPresentOrElse(
              why -> without.accept("without " + kind.label() + ": " + why),
              () -> possible.add(kind));
    }
    return List.copyOf(possible);
  }

  /** A cluster to which these faults can be done. */
  public static LocalCluster.Setup setup(
      Program program, int members, List<Kind> kinds, long seed) {
    LocalCluster.Setup setup = LocalCluster.Setup.of(program, members, seed);
    // A clock that can be set costs a member something all the time.
    LocalCluster.Setup own = kinds.contains(Kind.CLOCK) ? setup.withClocks() : setup;
    return program.kind() == Program.Kind.QUORATE
        ? own.withFlags(List.of("--replace-lost-member"))
        : own;
  }
}
