package io.quorate.lease;

/** What the {@link Lessor} knows of one lease. */
final class Lease {
  final long id;
  final long ttlSeconds;
  final LeaseTimer expiry = new LeaseTimer(this);
  final LeaseTimer checkpoint = new LeaseTimer(this);

  // The replicated remaining time, 0 for the full one.
  long remainingSeconds;
  // A remaining time has been proposed and not been applied yet.
  boolean checkpointing;
  // Offered to be revoked.
  boolean revoking;
  // Both only on a primary.
  long refreshedNanos;
  long expiryNanos;

  Lease(long id, long ttlSeconds, long remainingSeconds) {
    this.id = id;
    this.ttlSeconds = ttlSeconds;
    this.remainingSeconds = remainingSeconds;
  }

  long effectiveSeconds() {
    return remainingSeconds > 0 ? remainingSeconds : ttlSeconds;
  }
}
