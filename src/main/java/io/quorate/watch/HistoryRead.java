package io.quorate.watch;

/**
 * A slice of history that the hub needs in order to catch slow or late watches up.
 *
 * @param fromRevision the first revision needed
 * @param toRevision the first revision not needed; above {@code fromRevision}
 * @param bytesMax how much to read, in bytes of keys and values; one revision may exceed it alone
 */
public record HistoryRead(long fromRevision, long toRevision, int bytesMax) {}
