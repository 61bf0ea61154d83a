package io.quorate.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks alone, on this machine's kernel; without the right to mount it is left out. */
class DiskIT {
  private static final int MEBIBYTES = 64;
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final long SYNC_SECONDS_MAX = 60;

  @TempDir Path folder;

  private Disk disk;

  @BeforeEach
  void mount() throws IOException {
    Disk.missingHere()
        .ifPresent(
            why -> {
              System.out.println("left out: faults of disks: " + why);
              Assumptions.abort(why);
            });
    disk = Disk.image(folder.resolve("disk.img"), folder.resolve("disk"), MEBIBYTES);
  }

  @AfterEach
  void unmount() throws IOException {
    if (disk != null) {
      disk.close();
      assertThat(Image.mounts(Files.readString(Path.of("/proc/self/mountinfo")), folder)).isEmpty();
      assertThat(Command.run(LONG, List.of("losetup", "-a"))).doesNotContain(folder.toString());
    }
  }

  private Path write(String name, boolean isSynced) throws IOException {
    Path file = disk.folder().resolve(name);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[10_000]));
      if (isSynced) {
        channel.force(true);
      }
    }
    return file;
  }

  @Test
  void powerCutLosesWhatWasNotSyncedAndNothingElse() throws IOException {
    Path synced = write("synced", true);
    Path unsynced = write("unsynced", false);
    assertThat(unsynced).hasSize(10_000);
    Disk.shutdown(List.of(disk));
    assertThatThrownBy(() -> write("late", true)).isInstanceOf(IOException.class);
    disk.restore();
    assertThat(synced).hasSize(10_000);
    assertThat(unsynced).doesNotExist();
    assertThat(write("after", true)).hasSize(10_000);
  }

  @Test
  void frozenDiskHoldsASyncUntilItIsThawed() throws Exception {
    disk.freeze(LONG);
    CompletableFuture<Path> sync = CompletableFuture.supplyAsync(this::writeSynced);
    assertThatThrownBy(() -> sync.get(300, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    assertThat(disk.thaw()).isEqualTo(1);
    assertThat(sync.get(SYNC_SECONDS_MAX, TimeUnit.SECONDS)).hasSize(10_000);
  }

  private Path writeSynced() {
    try {
      return write("held", true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void frozenDiskThawsByItselfInTime() throws Exception {
    Duration most = Duration.ofMillis(500);
    disk.freeze(most);
    long begin = System.nanoTime();
    CompletableFuture<Path> sync = CompletableFuture.supplyAsync(this::writeSynced);
    sync.get(SYNC_SECONDS_MAX, TimeUnit.SECONDS);
    // The disk froze a little before the clock was read.
    assertThat(System.nanoTime() - begin).isGreaterThan(most.toNanos() / 4);
    assertThat(disk.thaw()).isEqualTo(1);
  }

  @Test
  void slowDiskStallsAgainAndAgain() throws Exception {
    disk.slow(Duration.ofMillis(50), Duration.ofMillis(10), 3);
    long deadline = System.nanoTime() + LONG.toNanos();
    int synced = 0;
    while (disk.isStalling() && System.nanoTime() < deadline) {
      write("slow", true);
      synced++;
    }
    assertThat(synced).isPositive();
    assertThat(disk.thaw()).isEqualTo(3);
  }

  @Test
  void refusesStallsThatMayLastTooLong() {
    assertThatThrownBy(() -> disk.freeze(Disk.STALL_MAX.plusMillis(1)))
        .hasMessage("1 stalls of PT1M0.001S, all of them at most PT1M");
    assertThatThrownBy(() -> disk.slow(Duration.ofSeconds(30), Duration.ZERO, 3))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void fullDiskTakesNothingUntilItIsDrained() throws IOException {
    long free = disk.freeBytes();
    assertThat(disk.fill()).isGreaterThan(free * 9 / 10);
    assertThat(disk.freeBytes()).isZero();
    assertThatThrownBy(() -> write("more", true)).hasMessageContaining("No space left");
    disk.drain();
    assertThat(disk.freeBytes()).isGreaterThan(free * 9 / 10);
    assertThat(write("more", true)).hasSize(10_000);
  }

  @Test
  void closeThawsAndUnmounts() throws IOException {
    disk.freeze(LONG);
    disk.close();
    assertThat(disk.folder()).isEmptyDirectory();
  }

  @Test
  void sweepUnmountsWhatWasLeft() throws IOException {
    assertThat(LocalCluster.sweep(folder)).containsExactly("unmounted " + disk.folder());
    assertThat(disk.folder()).isEmptyDirectory();
    disk.close();
  }
}
