package io.quorate.chaos.junit;

import io.quorate.chaos.cluster.Disk;
import io.quorate.chaos.cluster.LocalCluster;
import io.quorate.chaos.cluster.Program;
import io.quorate.chaos.nemesis.Kind;
import io.quorate.chaos.nemesis.OwnSite;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What is done in one test.
 *
 * @param program what members are
 * @param members how many there are
 * @param kinds which faults, at least one; all of them can be done here
 * @param seed what decides which comes when
 */
record Plan(Program program, int members, List<Kind> kinds, long seed) {
  /** The faults for which members need disks of their own. */
  private static final Set<Kind> OF_DISKS =
      Set.of(Kind.POWER_CUT, Kind.SLOW_DISK, Kind.STALLED_DISK, Kind.FULL_DISK);

  Plan {
    kinds = List.copyOf(kinds);
  }

  /**
   * With those of {@code kinds} that can be done here.
   *
   * @param says is told of each that cannot
   * @throws ChaosException if there is none that can
   */
  static Plan of(Program program, int members, Set<Kind> kinds, long seed, Consumer<String> says) {
    Optional<String> disk =
        kinds.stream().anyMatch(OF_DISKS::contains) ? Disk.missingHere() : Optional.empty();
    List<String> without = new ArrayList<>();
    List<Kind> able = OwnSite.possible(kinds, program, members, disk, without::add);
    without.forEach(says);
    if (able.isEmpty()) {
      throw new ChaosException(
          "none of the faults can be done here: " + String.join("; ", without), null);
    }
    return new Plan(program, members, able, seed);
  }

  /** The cluster that it needs. */
  LocalCluster.Setup setup() {
    LocalCluster.Setup setup = OwnSite.setup(program, members, kinds, seed);
    return kinds.stream().anyMatch(OF_DISKS::contains) ? setup : setup.withDisks(0);
  }
}
