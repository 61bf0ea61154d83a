package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskSpaceTest {
  @TempDir Path dir;

  @Test
  void foldersThatAreNotThereYetAreFoundLater() throws IOException {
    Path journal = dir.resolve("journal");
    DiskSpace space = new DiskSpace(journal, dir);
    assertThatThrownBy(space::usableBytes).isInstanceOf(UncheckedIOException.class);
    Files.createDirectory(journal);
    assertThat(space.usableBytes()).isBetween(1L, Files.getFileStore(dir).getTotalSpace());
  }
}
