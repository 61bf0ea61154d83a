package io.quorate.raft;

import io.quorate.base.Membership;

/**
 * What consensus knows of a snapshot; the content travels outside of the core.
 *
 * @param index the last entry whose effect the snapshot holds
 * @param term the term of that entry
 * @param membership the membership in force at {@code index}
 */
public record SnapshotMeta(long index, long term, Membership membership) {}
