package io.quorate.chaos.check;

/** What a checker can say. */
public enum Verdict {
  /** The promise held in this history. */
  HELD,
  /** It is not known: something is missing, or it would take too much to find out. Never good. */
  INCONCLUSIVE,
  /** The promise was broken; there is evidence. */
  BROKEN;

  /** The worse of two. */
  public Verdict and(Verdict other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
