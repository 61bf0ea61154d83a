package io.quorate.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.Op;
import io.quorate.script.Script;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CommandCodecTest {
  private static final long PROPOSAL = 0x0102030405060708L;

  static Stream<Map.Entry<String, Command>> commands() {
    return all().entrySet().stream();
  }

  private static Map<String, Command> all() {
    Map<String, Command> all = new LinkedHashMap<>();
    all.put("put", new Command.Write(put("key", "value", 0)));
    all.put("put-lease", new Command.Write(put("k", "", -2)));
    all.put(
        "put-flags",
        new Command.Write(new Op.Put(Bytes.utf8("k"), Bytes.EMPTY, 0, true, true, true)));
    all.put("put-prev", new Command.Write(new Op.Put(Bytes.utf8("k"), v(), 0, true, false, false)));
    all.put(
        "put-keep-lease",
        new Command.Write(new Op.Put(Bytes.utf8("k"), v(), 0, false, false, true)));
    all.put(
        "delete", new Command.Write(new Op.DeleteRange(KeyRange.single(Bytes.utf8("a")), false)));
    all.put(
        "delete-from",
        new Command.Write(new Op.DeleteRange(new KeyRange(Bytes.utf8("a"), null), true)));
    all.put("txn-empty", new Command.Write(new Op.Txn(List.of(), List.of(), List.of())));
    all.put("txn", new Command.Write(txn()));
    all.put("compact", new Command.Compact(300));
    all.put("grant", new Command.LeaseGrant(-1, 60));
    all.put("revoke", new Command.LeaseRevoke(Long.MIN_VALUE));
    all.put("checkpoint-none", new Command.LeaseCheckpoint(List.of()));
    all.put(
        "checkpoint",
        new Command.LeaseCheckpoint(
            List.of(
                new Command.LeaseCheckpoint.Remaining(1, 2),
                new Command.LeaseCheckpoint.Remaining(-3, 9_000_000_000L))));
    all.put("alarm", Command.ChangeAlarm.byHand(true, new Alarm(5, Alarm.Type.NOSPACE)));
    all.put("alarm-quota", Command.ChangeAlarm.byQuota(true, 5));
    all.put("disarm", Command.ChangeAlarm.byHand(false, new Alarm(-5, Alarm.Type.CORRUPT)));
    all.put(
        "publish",
        new Command.Publish(
            new Member(-7, "n\u00e4me", List.of("http://p:1", "http://q:2"), List.of(), true)));
    all.put(
        "publish-started",
        new Command.Publish(new Member(7, "", List.of(), List.of("http://c:3"), false)));
    return all;
  }

  private static Bytes v() {
    return Bytes.utf8("v");
  }

  private static Op.Put put(String key, String value, long lease) {
    return new Op.Put(Bytes.utf8(key), Bytes.utf8(value), lease, false, false, false);
  }

  private static Op.Txn txn() {
    List<Op.Compare> compares = new ArrayList<>();
    for (Op.Target target : Op.Target.values()) {
      Op.Relation relation = Op.Relation.values()[target.code() % 4];
      boolean value = target == Op.Target.VALUE;
      compares.add(
          new Op.Compare(
              KeyRange.single(v()), target, relation, value ? 0 : 5, value ? v() : null));
    }
    Op.Range range =
        new Op.Range(
            new KeyRange(Bytes.utf8("a"), Bytes.utf8("b")),
            10,
            -1,
            new Op.Sort(Op.SortOrder.DESCEND, Op.SortTarget.MOD),
            true,
            false,
            new Op.RevisionBounds(1, 200, 3, 40_000));
    Op.Range count =
        new Op.Range(
            new KeyRange(Bytes.utf8("a"), null),
            0,
            0,
            Op.Sort.NONE,
            false,
            true,
            Op.RevisionBounds.NONE);
    Op.Txn nested = new Op.Txn(List.of(), List.of(put("n", "1", 1)), List.of(count));
    return new Op.Txn(
        compares,
        List.of(range, put("p", "2", 0)),
        List.of(nested, new Op.DeleteRange(KeyRange.single(v()), true)));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void givesBackEveryCommand(Map.Entry<String, Command> command) {
    Bytes bytes = CommandCodec.encode(PROPOSAL, command.getValue());
    CommandCodec.Proposal decoded = CommandCodec.decode(bytes);
    assertThat(decoded.proposal()).isEqualTo(PROPOSAL);
    assertThat(decoded.command()).isEqualTo(command.getValue());
  }

  @Test
  void coversEveryKindOfCommand() {
    assertThat(all().values().stream().map(Command::kind)).contains(Command.Kind.values());
  }

  /** The log outlives the program: what this file says must be readable for ever. */
  @Test
  void keepsTheBytesOfEveryCommand() {
    Map<String, Command> commands = all();
    Script.run(
        Script.in("apply").get(0),
        command -> {
          Bytes bytes = CommandCodec.encode(PROPOSAL, commands.remove(command.name()));
          return HexFormat.of().formatHex(bytes.unsafeArray());
        });
    assertThat(commands).as("commands without an example").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void refusesACommandThatIsCutOffOrGoesOn(Map.Entry<String, Command> command) {
    Bytes bytes = CommandCodec.encode(PROPOSAL, command.getValue());
    for (int size = 0; size < bytes.size(); size++) {
      Bytes torn = bytes.slice(0, size);
      assertThatThrownBy(() -> CommandCodec.decode(torn))
          .as("the first %d bytes", size)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> CommandCodec.decode(bytes.concat(Bytes.utf8("x"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("bytes after the command");
  }

  private static Bytes changed(int index, int value) {
    byte[] bytes = CommandCodec.encode(PROPOSAL, new Command.Compact(3)).toArray();
    bytes[index] = (byte) value;
    return Bytes.wrap(bytes);
  }

  @Test
  void refusesAFormatOrAKeyspaceItDoesNotKnow() {
    assertThatThrownBy(() -> CommandCodec.decode(changed(0, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("command format 2, expected 1");
    assertThatThrownBy(() -> CommandCodec.decode(changed(1, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("keyspace 1, expected 0");
  }

  @Test
  void refusesAKindItDoesNotKnow() {
    for (int kind : new int[] {0, 8, 255}) {
      assertThatThrownBy(() -> CommandCodec.decode(changed(10, kind)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("" + kind);
    }
  }

  private static Op.Txn nested(int depth) {
    Op.Txn txn = new Op.Txn(List.of(), List.of(), List.of());
    for (int i = 0; i < depth; i++) {
      txn = new Op.Txn(List.of(), List.of(txn), List.of());
    }
    return txn;
  }

  @Test
  void refusesTransactionsNestedTooDeep() {
    Command deep = new Command.Write(nested(100));
    assertThat(CommandCodec.decode(CommandCodec.encode(1, deep)).command()).isEqualTo(deep);
    Bytes tooDeep = CommandCodec.encode(1, new Command.Write(nested(101)));
    assertThatThrownBy(() -> CommandCodec.decode(tooDeep))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("100");
  }

  @Test
  void givesBackWhatACheckpointSaysOfItself() {
    Membership members =
        new Membership(
            new TreeSet<>(Set.of(1L, -2L)),
            new TreeSet<>(Set.of(3L)),
            new TreeSet<>(Set.of(4L)),
            new TreeSet<>(Set.of(5L)),
            true);
    StoreMeta meta = new StoreMeta(1, 2, 3, -1, 4, members);
    assertThat(StoreMeta.decode(meta.encode())).isEqualTo(meta);
    byte[] other = meta.encode().toArray();
    other[0] = 3;
    assertThatThrownBy(() -> StoreMeta.decode(Bytes.wrap(other)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("store format 3, expected 2");
  }
}
