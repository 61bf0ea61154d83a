package io.quorate.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HomeTest {
  @TempDir Path dir;

  @Test
  void goesWithItsClusterWhateverIsInIt() throws Exception {
    Home home = Home.inMemory(dir);
    Files.createDirectories(home.path().resolve("a/b"));
    Files.writeString(home.path().resolve("a/b/c"), "data");
    assertThat(home.isInMemory()).isTrue();
    home.close();
    assertThat(home.path()).doesNotExist();
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void folderThatWasGivenStays() throws Exception {
    Home home = Home.of(QuorateOptions.defaults().inFolder(dir.resolve("given")));
    assertThat(home.isInMemory()).isFalse();
    home.close();
    assertThat(dir.resolve("given")).isDirectory();
  }

  @Test
  void whatAProcessHasLeftIsRemovedAndNothingElse() throws Exception {
    Path left = Files.createDirectories(dir.resolve(Home.PREFIX + "left"));
    Files.writeString(left.resolve("lock"), "");
    Path other = Files.createDirectories(dir.resolve("other"));
    try (Home used = Home.inMemory(dir)) {
      Home.removeLeftOvers(dir, Instant.now().minusSeconds(60));
      assertThat(left).as("too young").exists();
      Home.removeLeftOvers(dir, Instant.now().plusSeconds(60));
      assertThat(left).doesNotExist();
      assertThat(used.path()).exists();
      assertThat(other).exists();
    }
  }
}
