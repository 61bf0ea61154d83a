package io.quorate.raft;

import io.quorate.base.Bytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A change of the membership, the payload of an entry of kind {@link Entry.Kind#CONF_CHANGE}.
 *
 * @param mode how the change is made
 * @param steps what changes, applied in order; none ends a joint phase
 * @param context what the state machine keeps with it (attributes of the member, the request's id)
 */
public record ConfChange(Mode mode, List<Step> steps, Bytes context) {
  private static final byte VERSION = 1;
  private static final int STEP_BYTES = 1 + Long.BYTES;

  /** Ends the joint phase. */
  public static final ConfChange LEAVE_JOINT = new ConfChange(Mode.AUTO, List.of(), Bytes.EMPTY);

  /** Copies the steps. */
  public ConfChange {
    steps = List.copyOf(steps);
  }

  /** A change by one step. */
  public static ConfChange of(Op op, long member) {
    return new ConfChange(Mode.AUTO, List.of(new Step(op, member)), Bytes.EMPTY);
  }

  /** Whether this ends a joint phase. */
  public boolean leavesJoint() {
    return steps.isEmpty();
  }

  /** How a change is made. */
  public enum Mode {
    /** At once if it moves one voter only, else through a joint phase that ends by itself. */
    AUTO(0),
    /** Through a joint phase that the leader ends by itself. */
    JOINT(1),
    /** Through a joint phase that lasts until {@link #LEAVE_JOINT}. */
    JOINT_EXPLICIT(2);

    private final int code;

    Mode(int code) {
      this.code = code;
    }

    static Mode of(int code) {
      return switch (code) {
        case 0 -> AUTO;
        case 1 -> JOINT;
        case 2 -> JOINT_EXPLICIT;
        default -> throw new IllegalArgumentException("unknown mode of change " + code);
      };
    }
  }

  /** What happens to one member. */
  public enum Op {
    /** It votes from now on; a learner is promoted. */
    ADD_VOTER(0),
    /** It listens from now on; a voter is demoted. */
    ADD_LEARNER(1),
    /** It is no member any more. */
    REMOVE(2),
    /** Nothing changes for consensus, only what the state machine knows of it. */
    UPDATE(3);

    private final int code;

    Op(int code) {
      this.code = code;
    }

    static Op of(int code) {
      return switch (code) {
        case 0 -> ADD_VOTER;
        case 1 -> ADD_LEARNER;
        case 2 -> REMOVE;
        case 3 -> UPDATE;
        default -> throw new IllegalArgumentException("unknown step of change " + code);
      };
    }
  }

  /**
   * One step.
   *
   * @param op what happens
   * @param member to whom; not {@link HardState#NOBODY}
   */
  public record Step(Op op, long member) {}

  /**
   * The bytes of an entry: version 1, mode, number of steps (two bytes), each step (op, eight bytes
   * of id), then the context up to the end. Big-endian.
   */
  public Bytes encode() {
    ByteBuffer out = ByteBuffer.allocate(4 + steps.size() * STEP_BYTES + context.size());
    out.put(VERSION).put((byte) mode.code).putShort((short) steps.size());
    for (Step step : steps) {
      out.put((byte) step.op.code).putLong(step.member);
    }
    out.put(context.unsafeArray());
    return Bytes.wrap(out.array());
  }

  /** The change that {@link #encode} wrote; throws {@link IllegalArgumentException} otherwise. */
  public static ConfChange decode(Bytes bytes) {
    if (bytes.size() < 4 || bytes.at(0) != VERSION) {
      throw new IllegalArgumentException("no change of version 1 in " + bytes.size() + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes.unsafeArray());
    in.get();
    Mode mode = Mode.of(in.get());
    int count = in.getShort() & 0xffff;
    if (in.remaining() < count * STEP_BYTES) {
      throw new IllegalArgumentException(
          count + " steps of change do not fit in " + in.remaining() + " bytes");
    }
    List<Step> steps = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      steps.add(new Step(Op.of(in.get()), in.getLong()));
    }
    return new ConfChange(mode, steps, bytes.slice(in.position(), bytes.size()));
  }
}
