package io.quorate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskTest {
  @TempDir Path dir;

  /** A closed file tells whether anybody asks the device. */
  private Disk.DiskFile closed(Disk disk) throws Exception {
    Disk.DiskFile file = disk.create(dir.resolve("file"));
    file.close();
    return file;
  }

  @Test
  void deviceIsAskedUnlessNothingHasToOutliveIt() throws Exception {
    Disk.DiskFile synced = closed(Disk.REAL);
    assertThatThrownBy(synced::force).isInstanceOf(ClosedChannelException.class);
    Disk.DiskFile unsynced = closed(Disk.UNSYNCED);
    assertThatCode(unsynced::force).doesNotThrowAnyException();
    Disk.UNSYNCED.rename(dir.resolve("file"), dir.resolve("other"));
    assertThat(Files.exists(dir.resolve("other"))).isTrue();
  }
}
