package io.quorate.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.base.SeededRandom;
import io.quorate.mvcc.Event;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.Op;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateMachineTest {
  private static final Op.Range ALL = Op.Range.of(new KeyRange(Bytes.EMPTY, null));
  private static final Op DELETE = new Op.DeleteRange(KeyRange.single(Bytes.utf8("a")), false);
  private static final Op PUT =
      new Op.Put(Bytes.utf8("a"), Bytes.utf8("new"), 0, false, false, false);

  @TempDir Path dir;

  private Machine machine;

  @BeforeEach
  void open() {
    machine = new Machine(dir);
  }

  @AfterEach
  void close() {
    machine.close();
  }

  private static void assertDone(StateMachine.Applied applied) {
    assertThat(applied.refusal()).isNull();
    assertThat(applied.answer()).isNotNull();
  }

  private void assertRefused(StateMachine.Applied applied, EtcdError error) {
    assertThat(applied.answer()).isNull();
    assertThat(applied.refusal()).isNotNull();
    assertThat(applied.refusal().text()).isEqualTo(error.exception().text());
    assertThat(applied.refusal().code()).isEqualTo(error.exception().code());
    assertThat(applied.events()).isEmpty();
  }

  private static Op.Txn txn(Op... ops) {
    return new Op.Txn(List.of(), List.of(ops), List.of());
  }

  private StateMachine.Applied alarm(boolean raise, Alarm.Type type) {
    return machine.apply(Command.ChangeAlarm.byHand(raise, new Alarm(1, type)));
  }

  @Test
  void deletesTheKeysOfARevokedLeaseInOneRevisionInKeyOrder() {
    String longKey = "b" + "x".repeat(1000);
    machine.grant(7, 60);
    for (String key : List.of("c", longKey, "a", "b")) {
      machine.put(key, "v", 7);
    }
    machine.put("kept", "v", 0);
    assertThat(machine.keysOf(7)).containsExactly("a", "b", longKey, "c");
    StateMachine.Applied revoked = machine.apply(new Command.LeaseRevoke(7));
    assertDone(revoked);
    assertThat(revoked.answer().revision()).isEqualTo(7);
    assertThat(revoked.events())
        .extracting(event -> event.kv().key().utf8())
        .containsExactly("a", "b", longKey, "c");
    assertThat(revoked.events()).allMatch(Event::isDelete).allMatch(e -> e.revision() == 7);
    assertThat(machine.all().kvs()).extracting(kv -> kv.key().utf8()).containsExactly("kept");
    assertThat(machine.state().lease(7)).isNull();
    assertThat(machine.keysOf(7)).isEmpty();
    assertThat(machine.effects()).containsExactly("granted 7 for 60", "revoked 7");
  }

  @Test
  void writesNoRevisionWhenALeaseWithoutKeysIsRevoked() {
    machine.grant(7, 60);
    StateMachine.Applied revoked = machine.apply(new Command.LeaseRevoke(7));
    assertDone(revoked);
    assertThat(revoked.events()).isEmpty();
    assertThat(machine.state().meta().revision()).isEqualTo(1);
  }

  @Test
  void movesAKeyBetweenLeasesWhenItIsOverwritten() {
    machine.grant(7, 60);
    machine.grant(8, 60);
    machine.put("a", "1", 7);
    machine.put("b", "1", 7);
    machine.put("a", "2", 8);
    assertThat(machine.keysOf(7)).containsExactly("b");
    assertThat(machine.keysOf(8)).containsExactly("a");
    machine.put("a", "3", 0);
    assertThat(machine.keysOf(8)).isEmpty();
    machine.put("a", "4", 7);
    machine.write(new Op.Put(Bytes.utf8("a"), Bytes.utf8("5"), 0, false, false, true));
    assertThat(machine.keysOf(7)).containsExactly("a", "b");
    machine.delete("b");
    assertThat(machine.keysOf(7)).containsExactly("a");
    machine.apply(new Command.LeaseRevoke(8));
    assertThat(machine.all().count()).isEqualTo(1);
  }

  @Test
  void keepsLeasesApartWhoseIdsBeginAlike() {
    for (long id : new long[] {1, 256, -1, Long.MIN_VALUE}) {
      machine.grant(id, 60);
      machine.put("key" + id, "v", id);
    }
    for (long id : new long[] {1, 256, -1, Long.MIN_VALUE}) {
      assertThat(machine.keysOf(id)).containsExactly("key" + id);
    }
  }

  @Test
  void filesLongKeysUnderTheirLeaseWhereverTheyLie() {
    machine.grant(7, 60);
    List<String> keys = new ArrayList<>();
    for (int size : new int[] {399, 400, 401, 500, 512, 5000}) {
      keys.add("k".repeat(size));
      machine.put("k".repeat(size), "v", 7);
    }
    assertThat(machine.keysOf(7)).isEqualTo(keys);
    machine.checkpoint();
    machine.restore();
    assertThat(machine.keysOf(7)).isEqualTo(keys);
    machine.delete("k".repeat(401));
    machine.delete("k".repeat(400));
    assertThat(machine.keysOf(7)).hasSize(4);
    assertThat(machine.apply(new Command.LeaseRevoke(7)).events()).hasSize(4);
    assertThat(machine.all().count()).isZero();
  }

  @Test
  void refusesLeasesAsTheReferenceDoes() {
    assertRefused(machine.grant(0, 60), EtcdError.LEASE_NOT_FOUND);
    assertRefused(machine.grant(7, 9_000_000_001L), EtcdError.LEASE_TTL_TOO_LARGE);
    assertDone(machine.grant(7, 9_000_000_000L));
    assertRefused(machine.grant(7, 60), EtcdError.LEASE_EXIST);
    assertRefused(machine.apply(new Command.LeaseRevoke(8)), EtcdError.LEASE_NOT_FOUND);
    assertRefused(machine.put("a", "v", 8), EtcdError.LEASE_NOT_FOUND);
    assertThat(machine.effects()).containsExactly("granted 7 for 9000000000");
  }

  @Test
  void grantsNoLessThanTheShortestTime() {
    StateMachine.Applied granted = machine.grant(7, 1);
    assertThat(granted.answer()).isEqualTo(new Answer.Granted(1, 7, Machine.TTL_MIN_SECONDS));
    assertThat(machine.state().lease(7)).isEqualTo(new LeaseFacts(7, Machine.TTL_MIN_SECONDS, 0));
  }

  @Test
  void notesWhatALeaseHasLeftUnlessItIsGone() {
    machine.grant(7, 60);
    machine.effects();
    assertDone(
        machine.apply(
            new Command.LeaseCheckpoint(
                List.of(
                    new Command.LeaseCheckpoint.Remaining(8, 30),
                    new Command.LeaseCheckpoint.Remaining(7, 20)))));
    assertThat(machine.effects()).containsExactly("checkpointed 7 at 20");
    machine.checkpoint();
    machine.restore();
    assertThat(machine.state().leases()).containsExactly(new LeaseFacts(7, 60, 20));
  }

  @Test
  void refusesWhatNeedsSpaceWhileSpaceIsShort() {
    machine.grant(7, 60);
    machine.put("a", "1", 7);
    machine.put("b", "1", 0);
    assertDone(alarm(true, Alarm.Type.NOSPACE));
    assertRefused(machine.write(PUT), EtcdError.NO_SPACE);
    assertRefused(machine.write(txn(ALL, PUT)), EtcdError.NO_SPACE);
    assertRefused(machine.write(txn(txn(PUT))), EtcdError.NO_SPACE);
    // What the other list would put counts, too.
    Op.Txn otherwise = new Op.Txn(List.of(), List.of(DELETE), List.of(PUT));
    assertRefused(machine.write(otherwise), EtcdError.NO_SPACE);
    assertRefused(machine.grant(8, 60), EtcdError.NO_SPACE);
    assertThat(machine.state().meta().revision()).isEqualTo(3);
    assertDone(machine.write(txn(ALL)));
    assertDone(machine.write(txn(DELETE, ALL)));
    assertDone(machine.delete("b"));
    assertDone(machine.apply(new Command.Compact(3)));
    assertDone(machine.apply(new Command.LeaseRevoke(7)));
    machine.checkpoint();
    machine.restore();
    assertRefused(machine.write(PUT), EtcdError.NO_SPACE);
    assertDone(alarm(false, Alarm.Type.NOSPACE));
    assertDone(machine.write(PUT));
    assertDone(machine.grant(8, 60));
  }

  @Test
  void refusesEverythingWhileTheStateIsCorrupt() {
    machine.grant(7, 60);
    machine.put("a", "1", 7);
    alarm(true, Alarm.Type.NOSPACE);
    alarm(true, Alarm.Type.CORRUPT);
    assertRefused(machine.write(PUT), EtcdError.CORRUPT);
    assertRefused(machine.delete("a"), EtcdError.CORRUPT);
    assertRefused(machine.write(txn(DELETE)), EtcdError.CORRUPT);
    assertRefused(machine.write(txn(txn(ALL))), EtcdError.CORRUPT);
    assertRefused(machine.apply(new Command.Compact(2)), EtcdError.CORRUPT);
    assertRefused(machine.grant(8, 60), EtcdError.CORRUPT);
    assertRefused(machine.apply(new Command.LeaseRevoke(7)), EtcdError.CORRUPT);
    alarm(false, Alarm.Type.CORRUPT);
    assertRefused(machine.write(PUT), EtcdError.NO_SPACE);
    assertDone(machine.delete("a"));
  }

  @Test
  void tellsTheAlarmsThatAChangeWasAbout() {
    Alarm full = new Alarm(1, Alarm.Type.NOSPACE);
    assertThat(alarm(true, Alarm.Type.NOSPACE).answer())
        .isEqualTo(new Answer.Alarms(1, List.of(full)));
    assertThat(alarm(true, Alarm.Type.NOSPACE).answer())
        .isEqualTo(new Answer.Alarms(1, List.of(full)));
    assertThat(machine.state().alarms()).containsExactly(full);
    assertThat(alarm(false, Alarm.Type.NOSPACE).answer())
        .isEqualTo(new Answer.Alarms(1, List.of(full)));
    assertThat(alarm(false, Alarm.Type.NOSPACE).answer())
        .isEqualTo(new Answer.Alarms(1, List.of()));
    assertThat(alarm(true, Alarm.Type.NONE).answer()).isEqualTo(new Answer.Alarms(1, List.of()));
    assertThat(machine.state().alarms()).isEmpty();
  }

  @Test
  void takesBackByQuotaOnlyWhatQuotaRaised() {
    assertDone(machine.apply(Command.ChangeAlarm.byQuota(true, 1)));
    assertRefused(machine.write(PUT), EtcdError.NO_SPACE);
    machine.checkpoint();
    machine.restore();
    assertDone(machine.apply(Command.ChangeAlarm.byQuota(false, 1)));
    assertDone(machine.write(PUT));
    alarm(true, Alarm.Type.NOSPACE);
    machine.checkpoint();
    machine.restore();
    assertDone(machine.apply(Command.ChangeAlarm.byQuota(false, 1)));
    assertRefused(machine.write(PUT), EtcdError.NO_SPACE);
    assertDone(alarm(false, Alarm.Type.NOSPACE));
    assertDone(machine.write(PUT));
  }

  @Test
  void knowsAMemberAsItPublishedItself() {
    Member member = new Member(-3, "n", List.of("http://p:1"), List.of("http://c:1"), false);
    Member other = new Member(2, "m", List.of(), List.of("http://c:2"), true);
    assertDone(machine.apply(new Command.Publish(member)));
    machine.apply(new Command.Publish(other));
    Member again = new Member(-3, "n2", List.of("http://p:2"), List.of(), false);
    machine.apply(new Command.Publish(again));
    // Its peer URLs change by a change of the membership only.
    Member known = new Member(-3, "n2", member.peerUrls(), List.of(), false);
    assertThat(machine.state().members()).containsExactly(other, known);
    machine.checkpoint();
    machine.restore();
    assertThat(machine.state().members()).containsExactly(other, known);
  }

  @Test
  void refusesACompactionThatIsDoneOrAheadAndTellsOfTheOthers() {
    machine.put("a", "1", 0);
    machine.put("a", "2", 0);
    assertRefused(machine.apply(new Command.Compact(4)), EtcdError.FUTURE_REV);
    assertDone(machine.apply(new Command.Compact(2)));
    assertRefused(machine.apply(new Command.Compact(2)), EtcdError.COMPACTED);
    assertDone(machine.apply(new Command.Compact(3)));
    assertThat(machine.effects()).containsExactly("compacted 2 after -1", "compacted 3 after 2");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void isTheSameAfterACheckpointAsBefore(long seed) throws Exception {
    SeededRandom random = new SeededRandom(seed);
    Path other = java.nio.file.Files.createDirectory(dir.resolve("other"));
    // One is restored again and again, the other never.
    try (Machine steady = new Machine(other)) {
      for (int i = 0; i < 600; i++) {
        Command command = randomCommand(random, machine.state().meta().revision());
        StateMachine.Applied restored = machine.apply(command);
        StateMachine.Applied expected = steady.apply(command);
        assertThat(text(restored)).as("%s", command).isEqualTo(text(expected));
        if (random.chance(40)) {
          machine.checkpoint();
        }
        if (random.chance(20)) {
          machine.checkpoint();
          machine.restore();
          assertSame(steady);
        }
      }
      assertSame(steady);
      machine.removeRows();
      steady.removeRows();
      assertSame(steady);
      assertThat(machine.state().countedBytes()).isEqualTo(steady.state().countedBytes());
    }
  }

  private static String text(StateMachine.Applied applied) {
    String refusal = applied.refusal() == null ? "" : applied.refusal().text();
    List<String> events = new ArrayList<>();
    for (Event event : applied.events()) {
      KeyValue previous = event.previous();
      events.add(event + " before " + (previous == null ? "nothing" : previous.toString()));
    }
    return applied.answer() + " " + refusal + " " + events;
  }

  private void assertSame(Machine steady) {
    StateMachine expected = steady.state();
    StateMachine actual = machine.state();
    assertThat(actual.meta()).isEqualTo(expected.meta());
    assertThat(actual.leases()).isEqualTo(expected.leases());
    assertThat(actual.alarms()).isEqualTo(expected.alarms());
    assertThat(actual.members()).isEqualTo(expected.members());
    assertThat(machine.hash()).isEqualTo(steady.hash());
    assertThat(machine.all()).isEqualTo(steady.all());
    for (LeaseFacts lease : expected.leases()) {
      assertThat(machine.keysOf(lease.id())).isEqualTo(steady.keysOf(lease.id()));
    }
  }

  private static Command randomCommand(SeededRandom random, long revision) {
    long lease = 1 + random.nextInt(4);
    Bytes key = Bytes.utf8("k" + "x".repeat(random.nextInt(3) * 260) + random.nextInt(8));
    int roll = random.nextInt(100);
    if (roll < 55) {
      Bytes value = Bytes.utf8("v".repeat(random.nextInt(600)));
      long attached = random.chance(500) ? lease : 0;
      return new Command.Write(new Op.Put(key, value, attached, true, false, false));
    }
    if (roll < 68) {
      return new Command.Write(new Op.DeleteRange(KeyRange.single(key), true));
    }
    if (roll < 78) {
      return new Command.LeaseGrant(lease, random.nextInt(100));
    }
    if (roll < 84) {
      return new Command.LeaseRevoke(lease);
    }
    if (roll < 88) {
      return new Command.LeaseCheckpoint(
          List.of(new Command.LeaseCheckpoint.Remaining(lease, 1 + random.nextInt(9))));
    }
    if (roll < 92) {
      return new Command.Compact(Math.max(1, revision - random.nextInt(20)));
    }
    if (roll < 97) {
      boolean raise = random.chance(300);
      Alarm.Type type = Alarm.Type.values()[1 + random.nextInt(2)];
      return Command.ChangeAlarm.byHand(raise, new Alarm(1 + random.nextInt(1), type));
    }
    String name = "m" + random.nextInt(5);
    return new Command.Publish(
        new Member(random.nextInt(3), name, List.of("http://p:1"), List.of(), false));
  }
}
