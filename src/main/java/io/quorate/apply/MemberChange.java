package io.quorate.apply;

import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.Coded;
import java.util.ArrayList;
import java.util.List;

/**
 * A change of the members as the state machine sees it. It travels with the change of the voters in
 * one entry, so that both happen or neither.
 *
 * @param proposal the id its proposer waits for
 * @param steps what changes, in order
 */
public record MemberChange(long proposal, List<Step> steps) {
  /** The end of a joint phase: members stay as they are, and nobody waits. */
  public static final MemberChange NOTHING = new MemberChange(0, List.of());

  /** What happens to a member; the code is what the log holds and never changes. */
  public enum Kind implements Coded {
    /** It is a member from now on, a learner if its record says so. */
    ADD(1),
    /** The learner votes from now on. */
    PROMOTE(2),
    /** Its peer URLs are others from now on. */
    UPDATE(3),
    /** It is no member any more, and its id never will be again. */
    REMOVE(4);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    @Override
    public int code() {
      return code;
    }
  }

  /**
   * One step.
   *
   * @param kind what happens
   * @param member to whom; of a promotion or a removal only the id counts
   */
  public record Step(Kind kind, Member member) {}

  /** Copies the steps. */
  public MemberChange {
    steps = List.copyOf(steps);
  }

  /** A step to the member {@code id} that needs no more than its id. */
  public static Step step(Kind kind, long id) {
    return new Step(kind, new Member(id, "", List.of(), List.of(), false));
  }

  /** Encodes this. */
  public Bytes encode() {
    ByteWriter out = new ByteWriter(128).putLong(proposal).putVar(steps.size());
    for (Step step : steps) {
      out.put(step.kind().code()).putLong(step.member().id()).putBytes(step.member().encode());
    }
    return out.toBytes();
  }

  /** Decodes what {@link #encode} gave; {@link IllegalArgumentException} for anything else. */
  public static MemberChange decode(Bytes bytes) {
    ByteReader in = new ByteReader(bytes);
    long proposal = in.getLong();
    List<Step> steps = new ArrayList<>();
    for (int left = in.getVarInt(); left > 0; left--) {
      Kind kind = Coded.pick(Kind.values(), in.get());
      long id = in.getLong();
      steps.add(new Step(kind, Member.decode(id, in.getBytes())));
    }
    return new MemberChange(proposal, steps);
  }
}
