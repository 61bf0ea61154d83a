package io.quorate.raft;

import io.quorate.base.Membership;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The legal moves between memberships (Raft paper, section 6; dissertation, section 4). A simple
 * move changes at most one voter, so that any two majorities of before and after meet; everything
 * else goes through a joint phase, in which both majorities are needed.
 *
 * <p>A voter that is demoted by a joint change becomes a learner only when the joint phase ends:
 * until then it is an outgoing voter, and nobody is a voter and a learner at once.
 */
public final class Reconfiguration {
  private final TreeSet<Long> voters;
  private final TreeSet<Long> outgoing;
  private final TreeSet<Long> learners;
  private final TreeSet<Long> learnersNext;

  private Reconfiguration(Membership from) {
    voters = new TreeSet<>(from.voters());
    outgoing = new TreeSet<>(from.outgoing());
    learners = new TreeSet<>(from.learners());
    learnersNext = new TreeSet<>(from.learnersNext());
  }

  /**
   * The membership after {@code change}; throws {@link IllegalArgumentException} if {@code from}
   * does not allow it.
   */
  public static Membership apply(Membership from, ConfChange change) {
    Reconfiguration next = new Reconfiguration(from);
    if (change.leavesJoint()) {
      return next.leave(from);
    }
    if (from.isJoint()) {
      throw new IllegalArgumentException("the membership is joint already");
    }
    if (change.mode() == ConfChange.Mode.AUTO && change.steps().size() == 1) {
      return next.simple(change, from.voters());
    }
    next.outgoing.addAll(from.voters());
    next.move(change);
    return next.toMembership(change.mode() != ConfChange.Mode.JOINT_EXPLICIT);
  }

  private Membership simple(ConfChange change, SortedSet<Long> before) {
    move(change);
    TreeSet<Long> moved = new TreeSet<>(voters);
    moved.removeAll(before);
    int count = moved.size();
    moved = new TreeSet<>(before);
    moved.removeAll(voters);
    count += moved.size();
    if (count > 1) {
      throw new IllegalArgumentException("a simple change moves " + count + " voters, not 1");
    }
    return toMembership(false);
  }

  private Membership leave(Membership from) {
    if (!from.isJoint()) {
      throw new IllegalArgumentException("the membership is not joint");
    }
    learners.addAll(learnersNext);
    learnersNext.clear();
    outgoing.clear();
    return toMembership(false);
  }

  private void move(ConfChange change) {
    for (ConfChange.Step step : change.steps()) {
      long id = step.member();
      if (id == HardState.NOBODY) {
        throw new IllegalArgumentException("member id 0 stands for nobody");
      }
      switch (step.op()) {
        case ADD_VOTER -> {
          learners.remove(id);
          learnersNext.remove(id);
          voters.add(id);
        }
        case ADD_LEARNER -> {
          voters.remove(id);
          if (outgoing.contains(id)) {
            learnersNext.add(id);
          } else {
            learners.add(id);
          }
        }
        case REMOVE -> {
          voters.remove(id);
          learners.remove(id);
          learnersNext.remove(id);
        }
        case UPDATE -> {}
      }
    }
    if (voters.isEmpty()) {
      throw new IllegalArgumentException("the change would leave no voter");
    }
  }

  private Membership toMembership(boolean autoLeave) {
    return new Membership(voters, outgoing, learners, learnersNext, autoLeave);
  }
}
