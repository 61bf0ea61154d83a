package io.quorate.raft;

/**
 * How far a log goes, and how much of it is known to be committed.
 *
 * @param lastIndex the index of the last entry
 * @param lastTerm its term
 * @param commit the commit index
 * @param commitTerm the term of the entry there
 */
public record LogPosition(long lastIndex, long lastTerm, long commit, long commitTerm) {}
