package io.quorate.client;

import java.time.Duration;

/** How it stands with a {@link Lease}. */
public sealed interface LeaseState {
  /**
   * It was granted or renewed.
   *
   * @param ttl the time it was renewed for, by the member's word
   */
  record Held(Duration ttl) implements LeaseState {}

  /**
   * It must not be counted on any more. Told before a member could have let it expire, unless it
   * was {@link Reason#GONE}. The last thing that is told.
   *
   * @param reason why
   * @param message the same for people
   */
  record Lost(Reason reason, String message) implements LeaseState {}

  /** Why a lease is lost. */
  enum Reason {
    /** A member said that there is no such lease: it expired, or somebody revoked it. */
    GONE,
    /** It was not renewed in time, because no member answered: it may expire at any moment. */
    UNRENEWED,
    /** This program revoked it, or gave it up. */
    RELEASED,
    /** The client was closed. */
    CLOSED
  }
}
