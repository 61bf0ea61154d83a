package io.quorate.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.raft.Entry;
import io.quorate.raft.LogPosition;
import io.quorate.raft.Message;
import io.quorate.raft.SnapshotMeta;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MessageCodecTest {
  private static final int ROUNDS = 200;

  private final SeededRandom random = new SeededRandom(7);

  private static Bytes bytes(SeededRandom random) {
    byte[] array = new byte[random.nextInt(40)];
    for (int i = 0; i < array.length; i++) {
      array[i] = (byte) random.nextLong();
    }
    return Bytes.wrap(array);
  }

  private static Entry.Kind entryKind(SeededRandom random) {
    return random.chance(500) ? Entry.Kind.NORMAL : Entry.Kind.CONF_CHANGE;
  }

  private static List<Entry> entries(SeededRandom random) {
    List<Entry> entries = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      entries.add(new Entry(random.nextLong(), i, entryKind(random), bytes(random)));
    }
    return entries;
  }

  private static SortedSet<Long> ids(SeededRandom random) {
    SortedSet<Long> ids = new TreeSet<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      ids.add(random.nextLong());
    }
    return ids;
  }

  static Message message(Message.Kind kind, SeededRandom r) {
    long from = r.nextLong();
    long to = r.nextLong();
    long term = r.nextLong() >>> 1;
    long a = r.nextLong();
    long b = r.nextLong();
    boolean flag = r.chance(500);
    return switch (kind) {
      case PRE_VOTE -> new Message.PreVote(from, to, term, new LogPosition(a, b, b, a));
      case PRE_VOTE_REPLY -> new Message.PreVoteReply(from, to, term, flag, a, b);
      case VOTE -> new Message.Vote(from, to, term, new LogPosition(a, b, b, a), flag);
      case VOTE_REPLY -> new Message.VoteReply(from, to, term, flag, a, b);
      case APPEND -> new Message.Append(from, to, term, a, b, r.nextLong(), entries(r));
      case APPEND_REPLY -> new Message.AppendReply(from, to, term, a, flag, b, r.nextLong());
      case COMMIT -> new Message.Commit(from, to, term, a, b);
      case HEARTBEAT -> new Message.Heartbeat(from, to, term, a, b);
      case HEARTBEAT_REPLY -> new Message.HeartbeatReply(from, to, term, a);
      case INSTALL_SNAPSHOT ->
          new Message.InstallSnapshot(
              from,
              to,
              term,
              new SnapshotMeta(a, b, new Membership(ids(r), ids(r), ids(r), ids(r), flag)));
      case TIMEOUT_NOW -> new Message.TimeoutNow(from, to, term);
      case PROPOSE ->
          new Message.Propose(from, to, term, entryKind(r), List.of(bytes(r), bytes(r), bytes(r)));
      case READ_INDEX -> new Message.ReadIndex(from, to, a);
      case READ_INDEX_REPLY -> new Message.ReadIndexReply(from, to, a, b);
      case TRANSFER -> new Message.Transfer(from, to, a);
    };
  }

  @ParameterizedTest
  @EnumSource
  void everyKindComesBackAsItWas(Message.Kind kind) {
    for (int i = 0; i < ROUNDS; i++) {
      Message message = message(kind, random);
      Bytes encoded = MessageCodec.encode(message);
      assertThat(encoded.size()).isEqualTo(MessageCodec.sizeBytes(message));
      assertThat(MessageCodec.decode(encoded)).isEqualTo(message);
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesWhatIsCutOrTooLong(Message.Kind kind) {
    for (int i = 0; i < ROUNDS / 10; i++) {
      Bytes encoded = MessageCodec.encode(message(kind, random));
      for (int size = 0; size < encoded.size(); size++) {
        Bytes cut = encoded.slice(0, size);
        assertThatIllegalArgumentException().isThrownBy(() -> MessageCodec.decode(cut));
      }
      Bytes longer = encoded.concat(Bytes.wrap(new byte[1]));
      assertThatIllegalArgumentException().isThrownBy(() -> MessageCodec.decode(longer));
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesOtherVersionsAndUnknownKinds(Message.Kind kind) {
    byte[] array = MessageCodec.encode(message(kind, random)).toArray();
    array[0] = 2;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MessageCodec.decode(Bytes.copyOf(array)))
        .withMessage("message of version 2, known is 1");
    array[0] = MessageCodec.VERSION;
    for (int code : new int[] {0, Message.Kind.values().length + 1, 255}) {
      array[1] = (byte) code;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> MessageCodec.decode(Bytes.copyOf(array)))
          .withMessage("unknown message kind " + code);
    }
  }

  /** Each byte in turn: what comes out is a message or a refusal, and never costs much memory. */
  @ParameterizedTest
  @EnumSource
  void garbageIsRefusedAndNothingElse(Message.Kind kind) {
    for (int i = 0; i < ROUNDS / 10; i++) {
      byte[] array = MessageCodec.encode(message(kind, random)).toArray();
      for (int at = 2; at < array.length; at++) {
        byte[] altered = array.clone();
        altered[at] = (byte) random.nextLong();
        Bytes frame = Bytes.wrap(altered);
        try {
          assertThat(MessageCodec.encode(MessageCodec.decode(frame)).size())
              .isEqualTo(frame.size());
        } catch (IllegalArgumentException refused) {
          assertThat(refused).hasMessageNotContaining("Exception");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Message.Kind.class,
      names = {"APPEND", "PROPOSE"})
  void refusesCountsAndLengthsBeyondTheFrame(Message.Kind kind) {
    Message empty =
        kind == Message.Kind.APPEND
            ? new Message.Append(1, 2, 3, 4, 5, 6, List.of())
            : new Message.Propose(1, 2, 3, Entry.Kind.NORMAL, List.of());
    byte[] array = MessageCodec.encode(empty).toArray();
    for (int first : new int[] {0x7f, 0xff}) {
      array[array.length - 4] = (byte) first;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> MessageCodec.decode(Bytes.copyOf(array)));
    }
  }

  @Test
  void refusesNegativeCountsOfMembers() {
    SnapshotMeta meta = new SnapshotMeta(1, 2, Membership.of(new TreeSet<>()));
    byte[] array = MessageCodec.encode(new Message.InstallSnapshot(1, 2, 3, meta)).toArray();
    array[array.length - 5] = -1;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MessageCodec.decode(Bytes.wrap(array)))
        .withMessage("negative length -16777216");
  }
}
