package io.quorate.chaos.history;

/** What became of an operation, as far as its client knows. */
public enum Outcome {
  /** It was answered. */
  DONE,
  /** It was refused, or never sent: it changed nothing, and never will. */
  REFUSED,
  /** Nobody said: it may have been done at any time since, may still be, or never. */
  UNKNOWN
}
