package io.quorate.lease;

/** An entry of a {@link TimerHeap}: when to look at a lease again. */
final class LeaseTimer {
  /** The index of a timer that is in no heap. */
  static final int OUT = -1;

  final Lease lease;
  long atNanos;
  int index = OUT;

  LeaseTimer(Lease lease) {
    this.lease = lease;
  }

  /** Whether this one goes first; equal times go by id, so that runs repeat. */
  boolean before(LeaseTimer other) {
    return atNanos != other.atNanos ? atNanos < other.atNanos : lease.id < other.lease.id;
  }
}
