package io.quorate.chaos.cluster;

/**
 * What happens on a {@link Way}.
 *
 * @param isBlocked whether bytes are held, and nobody gets through to dial
 * @param isCut whether whoever dials this way is refused
 * @param delayNanos for how long each chunk is under way at least
 * @param jitterNanos up to how much longer that takes by chance; chunks never overtake each other
 * @param resetsPerMillion how many chunks of a million are the end of their connection
 */
record Rule(
    boolean isBlocked, boolean isCut, long delayNanos, long jitterNanos, int resetsPerMillion) {
  static final Rule NONE = new Rule(false, false, 0, 0, 0);
  static final int MILLION = 1_000_000;

  Rule blocked() {
    return new Rule(true, isCut, delayNanos, jitterNanos, resetsPerMillion);
  }

  Rule cut() {
    return new Rule(isBlocked, true, delayNanos, jitterNanos, resetsPerMillion);
  }

  Rule delayed(long nanos, long jitter) {
    return new Rule(isBlocked, isCut, nanos, jitter, resetsPerMillion);
  }

  Rule losing(double chance) {
    int perMillion = (int) Math.round(chance * MILLION);
    return new Rule(isBlocked, isCut, delayNanos, jitterNanos, perMillion);
  }

  boolean isDelayed() {
    return delayNanos > 0 || jitterNanos > 0;
  }
}
