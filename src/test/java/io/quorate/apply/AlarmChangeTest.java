package io.quorate.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.base.Membership;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.Half;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.Row;
import io.quorate.mvcc.Table;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.Test;

/** Who raised an alarm decides who may take it back. */
class AlarmChangeTest {
  private static final Alarm NOSPACE = new Alarm(1, Alarm.Type.NOSPACE);
  private static final Alarm CORRUPT = new Alarm(1, Alarm.Type.CORRUPT);
  private static final Command RAISE_BY_HAND = Command.ChangeAlarm.byHand(true, NOSPACE);
  private static final Command LOWER_BY_HAND = Command.ChangeAlarm.byHand(false, NOSPACE);
  private static final Command RAISE_BY_QUOTA = Command.ChangeAlarm.byQuota(true, 1);
  private static final Command LOWER_BY_QUOTA = Command.ChangeAlarm.byQuota(false, 1);
  private static final Op PUT =
      new Op.Put(Bytes.utf8("a"), Bytes.utf8("1"), 0, false, false, false);

  private final Shelf disk = new Shelf();
  private StateMachine machine = open();

  /** The small tables of a store, without keys. */
  private static final class Shelf implements DiskView {
    private final SortedMap<Bytes, Bytes> alarms = new TreeMap<>();

    @Override
    public Row newest(Bytes key) {
      return null;
    }

    @Override
    public Row at(long main, int sub) {
      return null;
    }

    @Override
    public KeyCursor keys(Bytes from, Bytes to) {
      throw new AssertionError("no scan is needed");
    }

    @Override
    public RevisionCursor revisions(long main) {
      throw new AssertionError("no scan is needed");
    }

    @Override
    public void scan(Table table, Bytes prefix, BiPredicate<Bytes, Bytes> visitor) {
      if (table == Table.ALARM) {
        alarms.forEach(visitor::test);
      }
    }

    @Override
    public void close() {}
  }

  private static final class Deaf implements Effects {
    @Override
    public void leaseGranted(long id, long ttl) {}

    @Override
    public void leaseRevoked(long id) {}

    @Override
    public void leaseCheckpointed(long id, long seconds) {}

    @Override
    public void compacted(long previous, long at) {}
  }

  private StateMachine open() {
    StoreMeta meta = new StoreMeta(0, 0, 1, -1, 0, Membership.of(Set.of(1L)));
    return new StateMachine(meta, disk, 0, 1, new Deaf());
  }

  /** As from the log: encoded and decoded. */
  private StateMachine.Applied apply(Command command) {
    machine.begin(disk);
    CommandCodec.Proposal proposal = CommandCodec.decode(CommandCodec.encode(5, command));
    assertThat(proposal.command()).isEqualTo(command);
    StateMachine.Applied applied = machine.apply(machine.appliedIndex() + 1, 1, proposal);
    machine.end();
    return applied;
  }

  /** Brings the alarms to disk and back. */
  private void restart() {
    Half half = machine.freeze();
    half.changes(Table.ALARM)
        .forEach(
            (key, value) -> {
              if (value == null) {
                disk.alarms.remove(key);
              } else {
                disk.alarms.put(key, value);
              }
            });
    machine = open();
  }

  @Test
  void quotaTakesBackWhatItRaised() {
    apply(RAISE_BY_QUOTA);
    assertThat(machine.alarms()).containsExactly(NOSPACE);
    assertThat(machine.alarmsByQuota()).containsExactly(NOSPACE);
    assertThat(apply(put()).refusal()).hasMessage(EtcdError.NO_SPACE.text());
    apply(LOWER_BY_QUOTA);
    assertThat(machine.alarms()).isEmpty();
    assertThat(apply(put()).refusal()).isNull();
  }

  private static Command put() {
    return new Command.Write(PUT);
  }

  @Test
  void quotaLeavesWhatAPersonRaised() {
    apply(RAISE_BY_HAND);
    apply(RAISE_BY_QUOTA);
    assertThat(apply(LOWER_BY_QUOTA).answer()).isEqualTo(new Answer.Alarms(1, List.of()));
    assertThat(machine.alarms()).containsExactly(NOSPACE);
    assertThat(machine.alarmsByQuota()).isEmpty();
  }

  @Test
  void aPersonMayTakeOverWhatTheQuotaRaised() {
    apply(RAISE_BY_QUOTA);
    apply(RAISE_BY_HAND);
    apply(LOWER_BY_QUOTA);
    assertThat(machine.alarms()).containsExactly(NOSPACE);
    apply(LOWER_BY_HAND);
    assertThat(machine.alarms()).isEmpty();
  }

  @Test
  void aPersonTakesBackWhatTheQuotaRaised() {
    apply(RAISE_BY_QUOTA);
    apply(LOWER_BY_HAND);
    assertThat(machine.alarms()).isEmpty();
  }

  @Test
  void whoRaisedItSurvivesARestart() {
    apply(RAISE_BY_QUOTA);
    restart();
    assertThat(machine.alarmsByQuota()).containsExactly(NOSPACE);
    apply(RAISE_BY_HAND);
    restart();
    assertThat(machine.alarms()).containsExactly(NOSPACE);
    assertThat(machine.alarmsByQuota()).isEmpty();
    apply(LOWER_BY_HAND);
    restart();
    assertThat(machine.alarms()).isEmpty();
  }

  @Test
  void deletionsAndCompactionPassWhileThereIsNoSpace() {
    apply(put());
    apply(RAISE_BY_QUOTA);
    KeyRange key = KeyRange.single(Bytes.utf8("a"));
    assertThat(apply(new Command.Write(new Op.DeleteRange(key, false))).refusal()).isNull();
    assertThat(apply(new Command.Compact(2)).refusal()).isNull();
  }

  @Test
  void noMemberRaisesCorruptByQuota() {
    assertThatThrownBy(() -> new Command.ChangeAlarm(true, CORRUPT, true))
        .hasMessageContaining("CORRUPT by quota");
  }
}
