package io.quorate.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.apply.StateMachine;
import io.quorate.apply.StoreMeta;
import io.quorate.lmdb.LmdbStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedRepairTest {
  private static final long MAP_BYTES = 1L << 30;

  @TempDir Path dir;

  @Test
  void memberWhoseStoreIsDamagedStartsAgainByItself() throws IOException {
    QuorateOptions options = QuorateOptions.defaults().withMembers(3).inFolder(dir);
    try (Quorate quorate = Quorate.start(options);
        Keys keys = new Keys(quorate.endpoints().get(0))) {
      keys.put("k", "v");
      QuorateMember damaged = quorate.members().get(2);
      damaged.kill();
      Path store = dir.resolve(damaged.name()).resolve("member/store");
      tamper(store);
      damaged.start();
      keys.put("k", "w");
      // For a moment there is none.
      await()
          .atMost(30, TimeUnit.SECONDS)
          .ignoreExceptions()
          .until(() -> !Files.readString(store.resolve("CURRENT")).strip().equals("gen-1"));
      assertThat(damaged.isRunning()).isTrue();
      await()
          .atMost(30, TimeUnit.SECONDS)
          .ignoreExceptions()
          .untilAsserted(
              () -> {
                try (Keys repaired = new Keys(damaged.endpoint())) {
                  assertThat(repaired.get("k")).containsExactly("w");
                }
              });
    }
  }

  /** As if an entry had done something else here than on the other members. */
  private static void tamper(Path store) throws IOException {
    try (LmdbStore disk = new LmdbStore(store, MAP_BYTES)) {
      StoreMeta meta = disk.meta();
      disk.write(
          StateMachine.founding(List.of()),
          new StoreMeta(
              meta.appliedIndex(),
              meta.appliedTerm(),
              meta.revision(),
              meta.compacted(),
              meta.digest() + 1,
              meta.membership()));
    }
  }
}
