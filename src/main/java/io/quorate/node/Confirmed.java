package io.quorate.node;

/** Says that a read may be served: this member holds all that was acknowledged before it. */
public enum Confirmed {
  /** The one value. */
  NOW
}
