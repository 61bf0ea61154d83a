package io.quorate.lease;

/**
 * The times of one lease.
 *
 * @param grantedSeconds its time to live
 * @param remainingSeconds what is left of it, rounded towards zero; below zero when it is due since
 *     a second or more
 */
public record LeaseTime(long grantedSeconds, long remainingSeconds) {}
