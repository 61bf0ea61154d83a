package io.quorate.chaos.nemesis;

import io.quorate.chaos.cluster.Hook;
import io.quorate.chaos.cluster.Seat;
import io.quorate.chaos.nemesis.Fault.Evidence;
import io.quorate.chaos.nemesis.Fault.Working;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * A cluster that somebody else runs. A hook does what happens to its processes, disks and network;
 * what any client can ask for needs none.
 */
public final class ForeignSite extends Site {
  private final List<Seat> seats;
  private final Hook hook;

  /**
   * Over a cluster and what does its faults.
   *
   * @param seats its members, which stay the same
   */
  public ForeignSite(List<Seat> seats, Hook hook) {
    this.seats = List.copyOf(seats);
    this.hook = hook;
  }

  /** What can be done without a hook. */
  public static Set<Kind> withoutHook() {
    return EnumSet.of(Kind.TRANSFER, Kind.COMPACT, Kind.SNAPSHOT);
  }

  /**
   * What can be done with this hook.
   *
   * @throws IOException if the hook fails, or names a kind that there is not
   */
  public static Set<Kind> kinds(Hook hook) throws IOException {
    Set<Kind> kinds = withoutHook();
    for (String name : hook.kinds()) {
      kinds.add(
          Kind.of(name)
              .orElseThrow(
                  () -> new IOException("the hook knows " + name + ", which is no fault here")));
    }
    return kinds;
  }

  @Override
  public List<Seat> seats() {
    return seats;
  }

  @Override
  Fault fault(Kind kind) {
    return switch (kind) {
      case TRANSFER -> StoreFaults::transfer;
      case COMPACT -> StoreFaults::compact;
      case SNAPSHOT -> StoreFaults::snapshot;
      default -> (ground, luck, lasts) -> begin(kind, targets(kind, ground, luck));
    };
  }

  private Working begin(Kind kind, List<String> targets) throws IOException {
    hook.begin(kind.label(), targets);
    return new Working(
        targets,
        () -> {
          String seen = hook.end(kind.label(), targets);
          return Evidence.of(!seen.isEmpty(), seen.isEmpty() ? "the hook saw nothing" : seen);
        });
  }

  /** To whom a fault is done: as to a cluster of our own. */
  private List<String> targets(Kind kind, Ground ground, Random luck) {
    return switch (kind) {
      case KILL_LEADER, PAUSE_LEADER, ONE_WAY, ONE_WAY_BACK, STALLED_DISK ->
          List.of(ground.leaderSeat(luck).name());
      case KILL, PAUSE, LOST_DISK, FLIP_LOG, FLIP_STORE ->
          List.of(ground.followerSeat(luck).name());
      case KILL_MAJORITY -> shuffled(luck).subList(0, seats.size() / 2 + 1);
      case RESTART, POWER_CUT, DELAY, RESET, RESET_CLIENTS -> ground.names();
      // The one who reaches all comes first.
      case BRIDGE -> shuffled(luck);
      default -> List.of(ground.anySeat(luck).name());
    };
  }

  private List<String> shuffled(Random luck) {
    List<String> names = new ArrayList<>(seats.stream().map(Seat::name).toList());
    Collections.shuffle(names, luck);
    return names;
  }
}
