package io.quorate.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowLogTest {
  private final RowLog log = new RowLog();

  private Row append(long main, int sub) {
    Row row = new Row(new KeyValue(Bytes.utf8("k"), 1, main, 1, Bytes.EMPTY, 0), sub, 0, 0);
    log.append(row);
    return row;
  }

  @Test
  void findsARowByItsRevisionAndNothingBetween() {
    append(2, 0);
    Row sub = append(4, 0);
    Row next = append(4, 1);
    append(7, 0);
    RowLog.Snapshot rows = log.snapshot();
    assertThat(rows.find(4, 0)).isSameAs(sub);
    assertThat(rows.find(4, 1)).isSameAs(next);
    assertThat(rows.find(4, 2)).isNull();
    assertThat(rows.find(3, 0)).isNull();
    assertThat(rows.find(1, 0)).isNull();
    assertThat(rows.find(8, 0)).isNull();
  }

  @Test
  void tellsTheFirstRowThatIsNotBelowARevision() {
    append(2, 0);
    append(4, 0);
    append(4, 1);
    append(7, 0);
    RowLog.Snapshot rows = log.snapshot();
    assertThat(rows.firstAtOrAbove(0, 0)).isEqualTo(0);
    assertThat(rows.firstAtOrAbove(3, 5)).isEqualTo(1);
    assertThat(rows.firstAtOrAbove(4, 1)).isEqualTo(2);
    assertThat(rows.firstAtOrAbove(4, 2)).isEqualTo(3);
    assertThat(rows.firstAtOrAbove(8, 0)).isEqualTo(4);
  }

  @Test
  void keepsASnapshotAsItWasWhileRowsAreAppended() {
    List<Row> rows = new ArrayList<>();
    List<RowLog.Snapshot> snapshots = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      snapshots.add(log.snapshot());
      rows.add(append(i + 2, 0));
    }
    for (int size = 0; size < 300; size++) {
      RowLog.Snapshot snapshot = snapshots.get(size);
      assertThat(snapshot.size()).isEqualTo(size);
      for (int i = 0; i < size; i++) {
        assertThat(snapshot.get(i)).isSameAs(rows.get(i));
      }
      assertThat(snapshot.find(size + 2, 0)).isNull();
    }
    assertThat(log.size()).isEqualTo(300);
  }

  @Test
  void findsNothingInTheEmptySnapshot() {
    assertThat(RowLog.Snapshot.EMPTY.size()).isZero();
    assertThat(RowLog.Snapshot.EMPTY.find(1, 0)).isNull();
    assertThat(RowLog.Snapshot.EMPTY.firstAtOrAbove(1, 0)).isZero();
  }
}
