package io.quorate.base;

import java.util.Collections;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Who votes and who only listens. While {@code outgoing} is not empty the membership is joint (Raft
 * paper, section 6): both majorities must agree.
 *
 * @param voters the ids that vote, or while joint those that will
 * @param outgoing the ids whose majority is also needed while joint; else empty
 * @param learners the ids that receive the log without a vote; disjoint from both sets above
 * @param learnersNext outgoing voters that become learners when the joint phase ends
 * @param autoLeave whether the leader ends the joint phase by itself
 */
public record Membership(
    SortedSet<Long> voters,
    SortedSet<Long> outgoing,
    SortedSet<Long> learners,
    SortedSet<Long> learnersNext,
    boolean autoLeave) {

  /** Copies the sets. */
  public Membership {
    voters = copy(voters);
    outgoing = copy(outgoing);
    learners = copy(learners);
    learnersNext = copy(learnersNext);
  }

  /** A membership of {@code voters} alone. */
  public static Membership of(Set<Long> voters) {
    return new Membership(
        new TreeSet<>(voters), new TreeSet<>(), new TreeSet<>(), new TreeSet<>(), false);
  }

  /** Whether two majorities are needed. */
  public boolean isJoint() {
    return !outgoing.isEmpty();
  }

  /** Whether {@code id} votes, listens, or will. */
  public boolean contains(long id) {
    return voters.contains(id)
        || outgoing.contains(id)
        || learners.contains(id)
        || learnersNext.contains(id);
  }

  private static SortedSet<Long> copy(SortedSet<Long> ids) {
    return Collections.unmodifiableSortedSet(new TreeSet<>(ids));
  }
}
