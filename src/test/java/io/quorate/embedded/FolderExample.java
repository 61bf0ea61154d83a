package io.quorate.embedded;

import java.nio.file.Path;
import java.time.Duration;

class FolderExample {
  static Quorate start(Path folder) {
    QuorateOptions options =
        QuorateOptions.defaults()
            .withMembers(3)
            .inFolder(folder)
            .withName("orders")
            .withFlags("--auto-compaction-retention=1h", "--quota-backend-bytes=67108864")
            .withStartTimeout(Duration.ofSeconds(10));
    return Quorate.start(options);
  }
}
