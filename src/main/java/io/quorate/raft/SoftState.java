package io.quorate.raft;

/**
 * What a member believes of its cluster; none of it needs to be on disk.
 *
 * @param role what this member is
 * @param leader the leader of {@code term}, or {@link HardState#NOBODY} while unknown
 * @param term the term of both
 */
public record SoftState(RoleKind role, long leader, long term) {}
