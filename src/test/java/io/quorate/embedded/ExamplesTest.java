package io.quorate.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of docs/EMBEDDED.md do what it says. */
class ExamplesTest {
  @TempDir Path folder;

  @Test
  void memberIsHealthy() throws Exception {
    assertThat(HealthExample.health()).contains("\"health\":\"true\"");
  }

  @Test
  void threeMembersLieInTheFolder() {
    try (Quorate quorate = FolderExample.start(folder)) {
      assertThat(quorate.members()).hasSize(3);
      assertThat(folder.resolve("orders-3/member/journal")).isDirectory();
    }
  }
}
