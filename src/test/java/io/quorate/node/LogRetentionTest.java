package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.raft.progress.Progress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How much of the log is kept, checkpoint by checkpoint. */
class LogRetentionTest {
  private static final long MIB = 1 << 20;
  private static final long MEMBER = 2;

  private long usableBytes = 8L << 30;
  private final LogRetention retention = new LogRetention(() -> usableBytes);
  private final Progress follower = new Progress(MEMBER, 1, 1, 1);
  private long last;

  /** Writes {@code mib} entries of 1 MiB each and a checkpoint; up to where the log goes. */
  private long write(int mib) {
    retention.appended(mib * MIB);
    last += mib;
    return retention.checkpointed(last, false, List.of(follower));
  }

  @Test
  void keepsNothingForASoleMember() {
    retention.appended(MIB);
    assertThat(retention.checkpointed(7, true, List.of())).isEqualTo(7);
  }

  @Test
  void keepsALittleInAnyCase() {
    follower.granted(1000, 1);
    assertThat(write(10)).isZero();
    assertThat(write(16)).isZero();
    assertThat(write(1)).isEqualTo(10);
  }

  @Test
  void keepsWhatALaggardNeedsWithinABound() {
    assertThat(write(10)).isZero();
    assertThat(write(256)).isZero();
    assertThat(write(1)).isEqualTo(10);
  }

  @Test
  void keepsMoreBehindASnapshotThatIsUnderWay() {
    usableBytes = 2048 * MIB;
    assertThat(write(10)).isZero();
    retention.snapshotBegun(MEMBER, 5);
    assertThat(write(500)).isZero();
    assertThat(write(12)).isZero();
    assertThat(write(1)).isEqualTo(10);
  }

  @Test
  void keepsItUntilTheMemberHasWhatFollows() {
    write(10);
    retention.snapshotBegun(MEMBER, 5);
    write(300);
    retention.snapshotEnded(MEMBER, true);
    assertThat(write(1)).isZero();
    follower.granted(310, 1);
    assertThat(write(1)).isEqualTo(10);
  }

  @Test
  void keepsNoMoreForASnapshotThatFailed() {
    write(10);
    retention.snapshotBegun(MEMBER, 5);
    write(300);
    retention.snapshotEnded(MEMBER, false);
    assertThat(write(1)).isEqualTo(10);
  }

  @Test
  void aFullDiskMattersMoreThanASnapshot() {
    write(10);
    retention.snapshotBegun(MEMBER, 5);
    assertThat(write(256)).isZero();
    usableBytes = 100 * MIB;
    assertThat(write(1)).isEqualTo(10);
  }
}
