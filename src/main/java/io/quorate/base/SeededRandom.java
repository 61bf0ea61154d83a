package io.quorate.base;

/**
 * A small generator of pseudo-random numbers (SplitMix64; Steele, Lea and Flood, "Fast Splittable
 * Pseudorandom Number Generators"). Equal seeds give equal sequences on every machine, which is why
 * pure code takes one of these instead of asking the runtime. Not safe to share between threads,
 * and not for secrets.
 */
public final class SeededRandom {
  private static final long GAMMA = 0x9E3779B97F4A7C15L;

  private long state;

  /** A generator whose sequence follows from {@code seed} alone. */
  public SeededRandom(long seed) {
    this.state = seed;
  }

  /** The next number; all 64 bits are uniform. */
  public long nextLong() {
    state += GAMMA;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** A number from 0, inclusive, to {@code bound}, exclusive; {@code bound} is at least 1. */
  public int nextInt(int bound) {
    Check.that(bound > 0, "bound %d is not positive", bound);
    // The bias is below bound / 2^63: no test and no election can see it.
    return (int) ((nextLong() >>> 1) % bound);
  }

  /** Whether an event of {@code perMille} chances in a thousand happens this time. */
  public boolean chance(int perMille) {
    return nextInt(1000) < perMille;
  }
}
