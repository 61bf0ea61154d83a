package io.quorate.lease;

/**
 * A remaining time to replicate.
 *
 * @param id the lease
 * @param remainingSeconds what is left of its time, from 1; 0 when it has its full time again
 */
public record Checkpoint(long id, long remainingSeconds) {}
