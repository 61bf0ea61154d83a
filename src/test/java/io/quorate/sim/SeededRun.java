package io.quorate.sim;

import java.util.function.Function;

/**
 * Looks for the first seed of a range that breaks a promise. Called in a class loader of its own,
 * so by an interface that the JDK knows.
 */
public final class SeededRun implements Function<long[], String> {
  private static final long SECONDS = 60;

  /** Takes members, first seed, last seed; answers seed and violation, or nothing. */
  @Override
  public String apply(long[] range) {
    for (long seed = range[1]; seed <= range[2]; seed++) {
      try {
        new Simulation(seed, (int) range[0]).run(SECONDS);
      } catch (AssertionError | RuntimeException e) {
        return seed + " | " + String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      }
    }
    return "";
  }
}
