package io.quorate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.RaftConfig;
import io.quorate.raft.RaftCore;
import io.quorate.raft.Ready;
import io.quorate.raft.SnapshotMeta;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start does not need memory for all that is to be applied. */
class RecoveryBoundTest {
  private static final int ENTRIES = 20_000;
  private static final int PER_EVENT = 100;
  private static final long BOUND_BYTES = 8 * 1024;
  private static final long APPLIED = 1;

  @TempDir Path dir;

  private static long bytesOf(List<Entry> entries) {
    return entries.stream().mapToLong(Entry::sizeBytes).sum();
  }

  private static LogContent recover(List<Entry> all) {
    RecoveredLog log = new RecoveredLog(APPLIED, BOUND_BYTES);
    HardState hard = new HardState(1, 0, ENTRIES);
    for (int i = 0; i < ENTRIES; i += PER_EVENT) {
      log.apply(new LogEvent.EntriesAppended(0, hard, i + 1, all.subList(i, i + PER_EVENT)));
    }
    return log.content();
  }

  @Test
  void appliesATailThatIsMuchLargerThanItsBoundInPieces() throws IOException {
    try (WrittenLog journal = new WrittenLog(dir, ENTRIES)) {
      List<Entry> all = journal.entries();
      LogContent recovered = recover(all);
      assertThat(bytesOf(all)).isGreaterThan(50 * BOUND_BYTES);
      assertThat(bytesOf(recovered.entries())).isLessThanOrEqualTo(BOUND_BYTES);
      Deque<Runnable> fetches = new ArrayDeque<>();
      List<Throwable> failures = new ArrayList<>();
      RaftCore core =
          LogStart.core(
              new RaftConfig(1, 10, 1, true, RaftConfig.Limits.DEFAULT),
              recovered,
              new LogStart.Store(
                  LogStart.Origin.APPLIED,
                  new SnapshotMeta(APPLIED, 1, Membership.of(Set.of(1L, 2L)))),
              new FetchedEntries(journal::reader, fetches::add, () -> {}, failures::add),
              BOUND_BYTES,
              new SeededRandom(1));
      List<Entry> applied = new ArrayList<>();
      boolean goesOn = true;
      while (goesOn) {
        Ready ready = core.ready();
        assertThat(core.log().tailBytes()).isLessThanOrEqualTo(BOUND_BYTES);
        applied.addAll(ready.committed());
        if (!ready.committed().isEmpty()) {
          core.applied(applied.get(applied.size() - 1).index());
        }
        goesOn = !ready.isEmpty() || !fetches.isEmpty();
        while (!fetches.isEmpty()) {
          fetches.remove().run();
        }
      }
      assertThat(failures).isEmpty();
      assertThat(applied).isEqualTo(all.subList((int) APPLIED, ENTRIES));
    }
  }
}
