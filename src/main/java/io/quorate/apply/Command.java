package io.quorate.apply;

import io.quorate.base.Check;
import io.quorate.base.Coded;
import io.quorate.mvcc.Op;
import java.util.List;

/** What an entry of the log tells the state machine to do. */
public sealed interface Command {
  /** Which command this is; the code is what the log holds and never changes. */
  enum Kind implements Coded {
    WRITE(1),
    COMPACT(2),
    LEASE_GRANT(3),
    LEASE_REVOKE(4),
    LEASE_CHECKPOINT(5),
    ALARM(6),
    PUBLISH(7);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    @Override
    public int code() {
      return code;
    }
  }

  /** Which command this is. */
  Kind kind();

  /** Does {@code op}, anything but a range. */
  record Write(Op op) implements Command {
    @Override
    public Kind kind() {
      return Kind.WRITE;
    }
  }

  /** Forgets all revisions below {@code revision}. */
  record Compact(long revision) implements Command {
    @Override
    public Kind kind() {
      return Kind.COMPACT;
    }
  }

  /** Creates lease {@code id} with a time to live of {@code ttl} seconds. */
  record LeaseGrant(long id, long ttl) implements Command {
    @Override
    public Kind kind() {
      return Kind.LEASE_GRANT;
    }
  }

  /** Ends lease {@code id} and deletes its keys. */
  record LeaseRevoke(long id) implements Command {
    @Override
    public Kind kind() {
      return Kind.LEASE_REVOKE;
    }
  }

  /** Notes how many seconds leases have left, so that a new leader does not start over. */
  record LeaseCheckpoint(List<Remaining> leases) implements Command {
    /** Lease {@code id} has {@code seconds} left. */
    public record Remaining(long id, long seconds) {}

    /** Copies the list. */
    public LeaseCheckpoint {
      leases = List.copyOf(leases);
    }

    @Override
    public Kind kind() {
      return Kind.LEASE_CHECKPOINT;
    }
  }

  /**
   * Raises an alarm, or takes it back.
   *
   * @param raise whether to raise it
   * @param alarm which one
   * @param byQuota whether a member asks by itself, for want of space; such a command takes back
   *     only what was raised in the same way
   */
  record ChangeAlarm(boolean raise, Alarm alarm, boolean byQuota) implements Command {
    /** Checks that members raise nothing else by themselves. */
    public ChangeAlarm {
      Check.that(!byQuota || alarm.type() == Alarm.Type.NOSPACE, "%s by quota", alarm.type());
    }

    /** What a person asks for. */
    public static ChangeAlarm byHand(boolean raise, Alarm alarm) {
      return new ChangeAlarm(raise, alarm, false);
    }

    /** What a member asks for when its space runs out, or is there again. */
    public static ChangeAlarm byQuota(boolean raise, long member) {
      return new ChangeAlarm(raise, new Alarm(member, Alarm.Type.NOSPACE), true);
    }

    @Override
    public Kind kind() {
      return Kind.ALARM;
    }
  }

  /** A member tells its name and client URLs; the first such entry makes it a started member. */
  record Publish(Member member) implements Command {
    @Override
    public Kind kind() {
      return Kind.PUBLISH;
    }
  }
}
