package io.quorate.raft;

import io.quorate.base.Bytes;
import java.util.List;

/**
 * What members send each other. Immutable. Messages may be lost, doubled and reordered without harm
 * to safety, never altered.
 *
 * <p>{@link #term} is the sender's term, except that a pre-vote is asked and granted for the term
 * that it would become, and that forwarded requests, which hold in any term, carry 0.
 */
public sealed interface Message {
  /** The kind of message: what a frame begins with. */
  Kind kind();

  /** The sender. */
  long from();

  /** The receiver. */
  long to();

  /** The term, see above. */
  long term();

  /** Calls the method of {@code visitor} that is for this kind. */
  void accept(Visitor visitor);

  /** The kinds, each with the number that stands for it in frames and never changes. */
  enum Kind {
    /** {@link PreVote}. */
    PRE_VOTE(1),
    /** {@link PreVoteReply}. */
    PRE_VOTE_REPLY(2),
    /** {@link Vote}. */
    VOTE(3),
    /** {@link VoteReply}. */
    VOTE_REPLY(4),
    /** {@link Append}. */
    APPEND(5),
    /** {@link AppendReply}. */
    APPEND_REPLY(6),
    /** {@link Heartbeat}. */
    HEARTBEAT(7),
    /** {@link HeartbeatReply}. */
    HEARTBEAT_REPLY(8),
    /** {@link InstallSnapshot}. */
    INSTALL_SNAPSHOT(9),
    /** {@link TimeoutNow}. */
    TIMEOUT_NOW(10),
    /** {@link Propose}. */
    PROPOSE(11),
    /** {@link ReadIndex}. */
    READ_INDEX(12),
    /** {@link ReadIndexReply}. */
    READ_INDEX_REPLY(13),
    /** {@link Transfer}. */
    TRANSFER(14),
    /** {@link Commit}. */
    COMMIT(15);

    private static final Kind[] BY_CODE = new Kind[values().length + 1];

    static {
      for (Kind kind : values()) {
        BY_CODE[kind.code] = kind;
      }
    }

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    /** The number that stands for this kind in frames. */
    public int code() {
      return code;
    }

    /** Whether only a leader sends it. */
    boolean isOfLeader() {
      return this == APPEND || this == HEARTBEAT || this == INSTALL_SNAPSHOT || this == COMMIT;
    }

    /** The kind of {@code code}; throws {@link IllegalArgumentException} for an unknown one. */
    public static Kind of(int code) {
      if (code <= 0 || code >= BY_CODE.length) {
        throw new IllegalArgumentException("unknown message kind " + code);
      }
      return BY_CODE[code];
    }
  }

  /**
   * Would you vote for me in {@code term}? (dissertation, section 9.6)
   *
   * @param log that of the sender, see {@link Vote}
   */
  record PreVote(long from, long to, long term, LogPosition log) implements Message {
    @Override
    public Kind kind() {
      return Kind.PRE_VOTE;
    }

    @Override
    public void accept(Visitor visitor) {
      visitor.preVote(this);
    }
  }

  /**
   * The answer to a pre-vote.
   *
   * @param granted whether the sender would vote so; then {@code term} is the asked one
   * @param commit the sender's commit index, see the reply to a vote
   * @param commitTerm the term of the entry there
   */
  record PreVoteReply(long from, long to, long term, boolean granted, long commit, long commitTerm)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.PRE_VOTE_REPLY;
    }

    @Override
    public void accept(Visitor visitor) {
      visitor.preVoteReply(this);
    }
  }

  /**
   * Vote for me (Raft paper, section 5.2).
   *
   * @param log that of the sender: where it ends (section 5.4.1), and how much of it is committed.
   *     Whoever has become a voter without knowing it may have the only log that can win, and never
   *     stands: this is how it learns that it may. Safe, since an index and a term name one entry
   * @param transfer whether the present leader asked for it, so that nobody shields that leader
   *     (dissertation, section 4.2.3)
   */
  record Vote(long from, long to, long term, LogPosition log, boolean transfer) implements Message {
    @Override
    public Kind kind() {
      return Kind.VOTE;
    }

    @Override
    public void accept(Visitor visitor) {
      visitor.vote(this);
    }
  }

  /**
   * The answer to a request for a vote.
   *
   * @param granted whether the sender voted for the receiver
   * @param commit the sender's commit index. A member that does not know that it alone, or with
   *     fewer others, decides by now may need the vote of one that is removed, has a longer log and
   *     so refuses: this is how it learns. Safe, since an index and a term name one entry
   * @param commitTerm the term of the entry there
   */
  record VoteReply(long from, long to, long term, boolean granted, long commit, long commitTerm)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.VOTE_REPLY;
    }

    @Override
    public void accept(Visitor visitor) {
      visitor.voteReply(this);
    }
  }

  /**
   * Append these entries (Raft paper, section 5.3).
   *
   * @param prevIndex the index before the first entry
   * @param prevTerm the term of the entry there
   * @param commit the leader's commit index
   * @param entries from {@code prevIndex + 1} on without gaps; may be empty
   */
  record Append(
      long from,
      long to,
      long term,
      long prevIndex,
      long prevTerm,
      long commit,
      List<Entry> entries)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.APPEND;
    }

    @Override
    public void accept(Visitor visitor) {
      visitor.append(this);
    }
  }

  /**
   * The answer to an append or a snapshot.
   *
   * @param index granted: the log of the sender equals that of the leader up to here, durably.
   *     Refused: the {@code prevIndex} that did not match
   * @param granted whether it matched
   * @param hintIndex refused: the highest index at which the two logs can still agree
   * @param hintTerm refused: the term that the sender has there
   */
  record AppendReply(
      long from, long to, long term, long index, boolean granted, long hintIndex, long hintTerm)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.APPEND_REPLY;
    }

    @Override
    public void accept(Visitor visitor) {
      visitor.appendReply(this);
    }
  }

  /**
   * More is committed. What an append without entries would say, but nobody answers it: a heartbeat
   * says it again, should it be lost.
   *
   * @param index the leader's commit index, as far as entries were sent
   * @param entryTerm the term of the entry there; whose log has one of another term has it yet to
   *     come
   */
  record Commit(long from, long to, long term, long index, long entryTerm) implements Message {
    @Override
    public Kind kind() {
      return Kind.COMMIT;
    }

    @Override
    public void accept(Visitor visitor) {
      visitor.commit(this);
    }
  }

  /**
   * The leader lives.
   *
   * @param commit the leader's commit index, as far as the receiver is known to hold it
   * @param round the confirmation round of reads that the answer counts for; 0 is none
   */
  record Heartbeat(long from, long to, long term, long commit, long round) implements Message {
    @Override
    public Kind kind() {
      return Kind.HEARTBEAT;
    }

    @Override
    public void accept(Visitor visitor) {
      visitor.heartbeat(this);
    }
  }

  /**
   * The answer to a heartbeat.
   *
   * @param round the heartbeat's
   */
  record HeartbeatReply(long from, long to, long term, long round) implements Message {
    @Override
    public Kind kind() {
      return Kind.HEARTBEAT_REPLY;
    }

    @Override
    public void accept(Visitor visitor) {
      visitor.heartbeatReply(this);
    }
  }

  /**
   * Replace your state (Raft paper, section 7). What a leader's core puts out asks its owner to
   * send a snapshot; what a follower's core is given says that the content of one has arrived. The
   * owner may send a snapshot with another {@code meta}, as long as its index is not below the
   * first one that the leader's log still holds, less one.
   *
   * @param meta the newest that the leader could send
   */
  record InstallSnapshot(long from, long to, long term, SnapshotMeta meta) implements Message {
    @Override
    public Kind kind() {
      return Kind.INSTALL_SNAPSHOT;
    }

    @Override
    public void accept(Visitor visitor) {
      visitor.installSnapshot(this);
    }
  }

  /** Stand for election at once (dissertation, section 3.10). */
  record TimeoutNow(long from, long to, long term) implements Message {
    @Override
    public Kind kind() {
      return Kind.TIMEOUT_NOW;
    }

    @Override
    public void accept(Visitor visitor) {
      visitor.timeoutNow(this);
    }
  }

  /**
   * A proposal, forwarded to the leader of {@code term}, and taken by no other: an entry of that
   * term, or none, is what becomes of it. So whoever has applied an entry of a later term knows.
   *
   * @param entryKind what the payloads are
   * @param payloads one for each entry, at least one
   */
  record Propose(long from, long to, long term, Entry.Kind entryKind, List<Bytes> payloads)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.PROPOSE;
    }

    @Override
    public void accept(Visitor visitor) {
      visitor.propose(this);
    }
  }

  /**
   * A read, forwarded to the leader by a member that follows it. So it is also as good as the
   * answer to a heartbeat that was sent after the read had come.
   *
   * @param context the number that the answer carries
   */
  record ReadIndex(long from, long to, long context) implements Message {
    @Override
    public Kind kind() {
      return Kind.READ_INDEX;
    }

    @Override
    public long term() {
      return 0;
    }

    @Override
    public void accept(Visitor visitor) {
      visitor.readIndex(this);
    }
  }

  /**
   * The answer to a forwarded read. It stays true in any later term.
   *
   * @param context the read's
   * @param index what must be applied before the read is served
   */
  record ReadIndexReply(long from, long to, long context, long index) implements Message {
    @Override
    public Kind kind() {
      return Kind.READ_INDEX_REPLY;
    }

    @Override
    public long term() {
      return 0;
    }

    @Override
    public void accept(Visitor visitor) {
      visitor.readIndexReply(this);
    }
  }

  /**
   * Hand leadership over, forwarded to the leader.
   *
   * @param target who is to lead
   */
  record Transfer(long from, long to, long target) implements Message {
    @Override
    public Kind kind() {
      return Kind.TRANSFER;
    }

    @Override
    public long term() {
      return 0;
    }

    @Override
    public void accept(Visitor visitor) {
      visitor.transfer(this);
    }
  }

  /** One method for each kind of message. */
  interface Visitor {
    /** For {@link PreVote}. */
    void preVote(PreVote m);

    /** For {@link PreVoteReply}. */
    void preVoteReply(PreVoteReply m);

    /** For {@link Vote}. */
    void vote(Vote m);

    /** For {@link VoteReply}. */
    void voteReply(VoteReply m);

    /** For {@link Append}. */
    void append(Append m);

    /** For {@link AppendReply}. */
    void appendReply(AppendReply m);

    /** For {@link Commit}. */
    void commit(Commit m);

    /** For {@link Heartbeat}. */
    void heartbeat(Heartbeat m);

    /** For {@link HeartbeatReply}. */
    void heartbeatReply(HeartbeatReply m);

    /** For {@link InstallSnapshot}. */
    void installSnapshot(InstallSnapshot m);

    /** For {@link TimeoutNow}. */
    void timeoutNow(TimeoutNow m);

    /** For {@link Propose}. */
    void propose(Propose m);

    /** For {@link ReadIndex}. */
    void readIndex(ReadIndex m);

    /** For {@link ReadIndexReply}. */
    void readIndexReply(ReadIndexReply m);

    /** For {@link Transfer}. */
    void transfer(Transfer m);
  }
}
