package io.quorate.client.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;

/**
 * A call of the API, and what may be done when its answer does not come.
 *
 * @param name its full name, such as {@code etcdserverpb.KV/Range}
 * @param answers reads its answers
 * @param repeat whether it may be sent again without knowing what became of it
 * @param needsLeader whether a member that has lost its leader is to end it
 * @param <Q> the request
 * @param <A> the answer
 */
public record Method<Q extends MessageLite, A extends MessageLite>(
    String name, Parser<A> answers, Repeat repeat, boolean needsLeader) {

  /** What a second copy of a request would do. */
  public enum Repeat {
    /** Nothing: it reads. Each member may answer. */
    HARMLESS,
    /** Nothing: it reads, and any member may answer from what it has, with or without a leader. */
    ANYWHERE,
    /**
     * Nothing: it reads what belongs to whoever answers, and that may also be one that is not known
     * to be a member that votes: a learner, or one that has not said yet who it is.
     */
    ANYONE,
    /** Perhaps the same thing twice. */
    UNSAFE
  }

  /** A call that may be repeated as {@code repeat} says. */
  static <Q extends MessageLite, A extends MessageLite> Method<Q, A> of(
      String name, Repeat repeat, Parser<A> answers) {
    return new Method<>(name, answers, repeat, false);
  }

  /** The same, which {@code other} says may be repeated. */
  public Method<Q, A> with(Repeat other) {
    return new Method<>(name, answers, other, needsLeader);
  }

  /** The same, which ends at a member that has lost its leader. */
  Method<Q, A> withLeader() {
    return new Method<>(name, answers, repeat, true);
  }

  A parse(byte[] message) throws InvalidProtocolBufferException {
    return answers.parseFrom(message);
  }
}
