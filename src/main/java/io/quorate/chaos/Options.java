package io.quorate.chaos;

import io.quorate.chaos.nemesis.Kind;
import io.quorate.chaos.workload.Crowd;
import io.quorate.chaos.workload.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run is to be.
 *
 * @param target against what
 * @param time how long faults are done
 * @param seed what decides everything that is left to chance
 * @param faults which, at least one
 * @param load what clients do
 */
record Options(Target target, Duration time, long seed, List<Kind> faults, Load load) {
  /** How many operations a second clients begin, all together, at most. */
  static final int RATE_MAX = 100_000;

  /**
   * What clients do.
   *
   * @param workloads which, at least one
   * @param clients how many of each workload
   * @param rate how many operations a second all of them together begin at most
   */
  record Load(List<Workload.Kind> workloads, int clients, int rate) {
    Load {
      workloads = List.copyOf(workloads);
      check("--clients", clients, Crowd.CLIENTS_MAX);
      check("--rate", rate, RATE_MAX);
    }
  }

  Options {
    faults = List.copyOf(faults);
    if (time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException("--time is above 0, not " + time);
    }
  }

  private static void check(String flag, int value, int max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(flag + " is 1 to " + max + ", not " + value);
    }
  }

  Crowd.Plan plan() {
    return new Crowd.Plan(load.workloads(), load.clients(), load.rate(), seed);
  }

  /** By flag, as the command line takes them: what another run needs to be the same. */
  Map<String, String> asText() {
    Map<String, String> text = new LinkedHashMap<>(target.asText());
    text.put("--time", time.toSeconds() + "s");
    text.put("--seed", Long.toString(seed));
    text.put("--faults", String.join(",", faults.stream().map(Kind::label).toList()));
    text.put(
        "--workloads",
        String.join(",", load.workloads().stream().map(Workload.Kind::label).toList()));
    text.put("--clients", Integer.toString(load.clients()));
    text.put("--rate", Integer.toString(load.rate()));
    return text;
  }

  /** The arguments of a run that is the same. */
  static List<String> arguments(Map<String, String> text) {
    List<String> arguments = new ArrayList<>();
    text.forEach((flag, value) -> arguments.add(flag + "=" + value));
    return arguments;
  }
}
