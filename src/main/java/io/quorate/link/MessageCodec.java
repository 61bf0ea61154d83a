package io.quorate.link;

import io.quorate.base.ByteReader;
import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.raft.Entry;
import io.quorate.raft.LogPosition;
import io.quorate.raft.Message;
import io.quorate.raft.SnapshotMeta;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Messages of consensus as bytes: a version, the code of the kind, sender, receiver and term, then
 * the fields of the kind in the order of its record. Numbers are big-endian and of fixed size; a
 * list or a string of bytes follows its length of four bytes. Safe for threads.
 *
 * <p>What is decoded shares no memory with the frame: {@link Bytes} are whole arrays, so payloads
 * are copied. What is allocated on the way never exceeds what the frame really holds, whatever it
 * claims.
 */
public final class MessageCodec {
  /** The version that is written, and the only one that is read. */
  public static final int VERSION = 1;

  private static final int HEAD_BYTES = 2 + 3 * Long.BYTES;
  private static final int ENTRY_BYTES = 2 * Long.BYTES + 1 + Integer.BYTES;

  /** A list is given this much room before its first element was seen. */
  private static final int LIST_ROOM = 64;

  private MessageCodec() {}

  /** The exact number of bytes that {@code message} becomes; at most the largest int. */
  public static int sizeBytes(Message message) {
    long fields =
        switch (message.kind()) {
          case HEARTBEAT, COMMIT -> 2 * Long.BYTES;
          case PRE_VOTE -> 4 * Long.BYTES;
          case VOTE -> 4 * Long.BYTES + 1;
          case READ_INDEX_REPLY -> 2 * Long.BYTES;
          case PRE_VOTE_REPLY, VOTE_REPLY -> 2 * Long.BYTES + 1;
          case APPEND_REPLY -> 3 * Long.BYTES + 1;
          case HEARTBEAT_REPLY, READ_INDEX, TRANSFER -> Long.BYTES;
          case TIMEOUT_NOW -> 0;
          case APPEND -> 3 * Long.BYTES + entriesBytes(((Message.Append) message).entries());
          case INSTALL_SNAPSHOT -> metaBytes(((Message.InstallSnapshot) message).meta());
          case PROPOSE -> 1 + payloadsBytes(((Message.Propose) message).payloads());
        };
    return Math.toIntExact(HEAD_BYTES + fields);
  }

  private static long entriesBytes(List<Entry> entries) {
    long bytes = Integer.BYTES;
    for (Entry entry : entries) {
      bytes += ENTRY_BYTES + entry.data().size();
    }
    return bytes;
  }

  private static long payloadsBytes(List<Bytes> payloads) {
    long bytes = Integer.BYTES;
    for (Bytes payload : payloads) {
      bytes += Integer.BYTES + payload.size();
    }
    return bytes;
  }

  private static long metaBytes(SnapshotMeta meta) {
    Membership members = meta.membership();
    long ids =
        (long) members.voters().size()
            + members.outgoing().size()
            + members.learners().size()
            + members.learnersNext().size();
    return 2 * Long.BYTES + 4 * Integer.BYTES + ids * Long.BYTES + 1;
  }

  /** The bytes of {@code message}. */
  public static Bytes encode(Message message) {
    byte[] array = new byte[sizeBytes(message)];
    encode(message, ByteBuffer.wrap(array));
    return Bytes.wrap(array);
  }

  /** Writes {@code message} to {@code out}, which has room for {@link #sizeBytes}. */
  static void encode(Message message, ByteBuffer out) {
    out.put((byte) VERSION).put((byte) message.kind().code());
    out.putLong(message.from()).putLong(message.to()).putLong(message.term());
    message.accept(new Fields(out));
  }

  /**
   * The message in {@code frame}; throws {@link IllegalArgumentException} if that is not exactly
   * one message of the known version.
   */
  public static Message decode(Bytes frame) {
    return decode(new ByteReader(frame));
  }

  /** The message in all that {@code in} has not read yet. */
  static Message decode(ByteReader in) {
    int version = in.get();
    if (version != VERSION) {
      throw new IllegalArgumentException("message of version " + version + ", known is " + VERSION);
    }
    Message.Kind kind = Message.Kind.of(in.get());
    Message message = fields(kind, in.getLong(), in.getLong(), in.getLong(), in);
    if (!in.isAtEnd()) {
      throw new IllegalArgumentException("bytes after the end of a message: " + kind);
    }
    if (message.term() < 0) {
      throw new IllegalArgumentException("negative term " + message.term());
    }
    return message;
  }

  private static Message fields(Message.Kind kind, long from, long to, long term, ByteReader in) {
    return switch (kind) {
      case PRE_VOTE -> new Message.PreVote(from, to, term, position(in));
      case PRE_VOTE_REPLY ->
          new Message.PreVoteReply(from, to, term, flag(in), in.getLong(), in.getLong());
      case VOTE -> new Message.Vote(from, to, term, position(in), flag(in));
      case VOTE_REPLY ->
          new Message.VoteReply(from, to, term, flag(in), in.getLong(), in.getLong());
      case APPEND ->
          new Message.Append(from, to, term, in.getLong(), in.getLong(), in.getLong(), entries(in));
      case APPEND_REPLY ->
          new Message.AppendReply(
              from, to, term, in.getLong(), flag(in), in.getLong(), in.getLong());
      case COMMIT -> new Message.Commit(from, to, term, in.getLong(), in.getLong());
      case HEARTBEAT -> new Message.Heartbeat(from, to, term, in.getLong(), in.getLong());
      case HEARTBEAT_REPLY -> new Message.HeartbeatReply(from, to, term, in.getLong());
      case INSTALL_SNAPSHOT -> new Message.InstallSnapshot(from, to, term, meta(in));
      case TIMEOUT_NOW -> new Message.TimeoutNow(from, to, term);
      case PROPOSE -> new Message.Propose(from, to, term, Entry.Kind.of(in.get()), payloads(in));
      case READ_INDEX -> {
        noTerm(term);
        yield new Message.ReadIndex(from, to, in.getLong());
      }
      case READ_INDEX_REPLY -> {
        noTerm(term);
        yield new Message.ReadIndexReply(from, to, in.getLong(), in.getLong());
      }
      case TRANSFER -> {
        noTerm(term);
        yield new Message.Transfer(from, to, in.getLong());
      }
    };
  }

  private static void noTerm(long term) {
    if (term != 0) {
      throw new IllegalArgumentException("forwarded request with term " + term);
    }
  }

  private static LogPosition position(ByteReader in) {
    return new LogPosition(in.getLong(), in.getLong(), in.getLong(), in.getLong());
  }

  private static boolean flag(ByteReader in) {
    int value = in.get();
    if (value > 1) {
      throw new IllegalArgumentException("neither true nor false: " + value);
    }
    return value == 1;
  }

  private static int length(ByteReader in) {
    int length = in.getInt();
    if (length < 0) {
      throw new IllegalArgumentException("negative length " + length);
    }
    return length;
  }

  private static List<Entry> entries(ByteReader in) {
    int count = length(in);
    List<Entry> entries = new ArrayList<>(Math.min(count, LIST_ROOM));
    for (int i = 0; i < count; i++) {
      long term = in.getLong();
      long index = in.getLong();
      Entry.Kind kind = Entry.Kind.of(in.get());
      entries.add(new Entry(term, index, kind, in.getRaw(length(in))));
    }
    return entries;
  }

  private static List<Bytes> payloads(ByteReader in) {
    int count = length(in);
    List<Bytes> payloads = new ArrayList<>(Math.min(count, LIST_ROOM));
    for (int i = 0; i < count; i++) {
      payloads.add(in.getRaw(length(in)));
    }
    return payloads;
  }

  private static SnapshotMeta meta(ByteReader in) {
    long index = in.getLong();
    long term = in.getLong();
    return new SnapshotMeta(
        index, term, new Membership(ids(in), ids(in), ids(in), ids(in), flag(in)));
  }

  private static SortedSet<Long> ids(ByteReader in) {
    int count = length(in);
    SortedSet<Long> ids = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      long id = in.getLong();
      if (!ids.add(id)) {
        throw new IllegalArgumentException("member " + Long.toHexString(id) + " twice in a set");
      }
    }
    return ids;
  }

  /** Writes what follows the head. */
  private record Fields(ByteBuffer out) implements Message.Visitor {
    private void put(boolean value) {
      out.put((byte) (value ? 1 : 0));
    }

    private void put(Bytes bytes) {
      out.putInt(bytes.size()).put(bytes.unsafeArray());
    }

    private void put(LogPosition log) {
      out.putLong(log.lastIndex()).putLong(log.lastTerm());
      out.putLong(log.commit()).putLong(log.commitTerm());
    }

    private void put(SortedSet<Long> ids) {
      out.putInt(ids.size());
      ids.forEach(out::putLong);
    }

    @Override
    public void preVote(Message.PreVote m) {
      put(m.log());
    }

    @Override
    public void preVoteReply(Message.PreVoteReply m) {
      put(m.granted());
      out.putLong(m.commit()).putLong(m.commitTerm());
    }

    @Override
    public void vote(Message.Vote m) {
      put(m.log());
      put(m.transfer());
    }

    @Override
    public void voteReply(Message.VoteReply m) {
      put(m.granted());
      out.putLong(m.commit()).putLong(m.commitTerm());
    }

    @Override
    public void append(Message.Append m) {
      out.putLong(m.prevIndex()).putLong(m.prevTerm()).putLong(m.commit());
      out.putInt(m.entries().size());
      for (Entry entry : m.entries()) {
        out.putLong(entry.term()).putLong(entry.index()).put((byte) entry.kind().code());
        put(entry.data());
      }
    }

    @Override
    public void appendReply(Message.AppendReply m) {
      out.putLong(m.index());
      put(m.granted());
      out.putLong(m.hintIndex()).putLong(m.hintTerm());
    }

    @Override
    public void commit(Message.Commit m) {
      out.putLong(m.index()).putLong(m.entryTerm());
    }

    @Override
    public void heartbeat(Message.Heartbeat m) {
      out.putLong(m.commit()).putLong(m.round());
    }

    @Override
    public void heartbeatReply(Message.HeartbeatReply m) {
      out.putLong(m.round());
    }

    @Override
    public void installSnapshot(Message.InstallSnapshot m) {
      Membership members = m.meta().membership();
      out.putLong(m.meta().index()).putLong(m.meta().term());
      put(members.voters());
      put(members.outgoing());
      put(members.learners());
      put(members.learnersNext());
      put(members.autoLeave());
    }

    @Override
    public void timeoutNow(Message.TimeoutNow m) {}

    @Override
    public void propose(Message.Propose m) {
      out.put((byte) m.entryKind().code()).putInt(m.payloads().size());
      m.payloads().forEach(this::put);
    }

    @Override
    public void readIndex(Message.ReadIndex m) {
      out.putLong(m.context());
    }

    @Override
    public void readIndexReply(Message.ReadIndexReply m) {
      out.putLong(m.context()).putLong(m.index());
    }

    @Override
    public void transfer(Message.Transfer m) {
      out.putLong(m.target());
    }
  }
}
