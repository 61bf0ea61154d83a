package io.quorate.raft;

/**
 * The answer to {@link RaftCore#readIndex}: the read may be served once everything up to {@code
 * index} is applied.
 *
 * @param context the number that the asker gave to the read
 * @param index the read index (Raft dissertation, section 6.4)
 */
public record ReadState(long context, long index) {}
