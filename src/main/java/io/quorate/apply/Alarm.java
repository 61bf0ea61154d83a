package io.quorate.apply;

import io.quorate.base.Coded;

/**
 * A raised alarm.
 *
 * @param member the id of the member it was raised for
 * @param type what is wrong
 */
public record Alarm(long member, Type type) implements Comparable<Alarm> {
  /** What can be wrong; the numbers are the protocol's. */
  public enum Type implements Coded {
    /** Stands for every type in a query, for none in a change. */
    NONE(0),
    /** The space quota is used up: writes that need space are refused. */
    NOSPACE(1),
    /** The state of a member is corrupt: everything but the way out is refused. */
    CORRUPT(2);

    private final int code;

    Type(int code) {
      this.code = code;
    }

    @Override
    public int code() {
      return code;
    }
  }

  @Override
  public int compareTo(Alarm other) {
    int byMember = Long.compareUnsigned(member, other.member);
    return byMember != 0 ? byMember : type.compareTo(other.type);
  }
}
