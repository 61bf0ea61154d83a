package io.quorate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.raft.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FetchedEntriesTest {
  private static final long ANY_BYTES = Long.MAX_VALUE;

  @TempDir Path dir;

  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private final List<Throwable> failures = new ArrayList<>();
  private int fetches;
  private WrittenLog log;
  private List<Entry> all;

  @BeforeEach
  void write() throws IOException {
    log = new WrittenLog(dir, 50);
    all = log.entries();
  }

  @AfterEach
  void close() throws IOException {
    log.close();
  }

  private FetchedEntries over(Supplier<LogReader> reader) {
    return new FetchedEntries(reader, tasks::add, () -> fetches++, failures::add);
  }

  @Test
  void answersNothingUntilItHasFetchedAndSaysWhenItHas() {
    FetchedEntries entries = over(log::reader);
    assertThat(entries.entries(3, 10, ANY_BYTES)).isEmpty();
    assertThat(entries.entries(3, 10, ANY_BYTES)).isEmpty();
    assertThat(tasks).hasSize(1);
    assertThat(fetches).isZero();
    tasks.remove().run();
    assertThat(fetches).isEqualTo(1);
    assertThat(entries.entries(3, 10, ANY_BYTES)).isEqualTo(all.subList(2, 9));
    assertThat(tasks).isEmpty();
  }

  @Test
  void givesNoMoreBytesThanAskedForButOneEntry() {
    FetchedEntries entries = over(log::reader);
    entries.entries(3, 30, ANY_BYTES);
    tasks.remove().run();
    assertThat(entries.entries(3, 30, 0)).isEqualTo(all.subList(2, 3));
    long three = all.subList(4, 7).stream().mapToLong(Entry::sizeBytes).sum();
    assertThat(entries.entries(5, 30, three)).isEqualTo(all.subList(4, 7));
    assertThat(entries.entries(5, 30, three - 1)).isEqualTo(all.subList(4, 6));
    assertThat(entries.entries(5, 6, ANY_BYTES)).isEqualTo(all.subList(4, 5));
  }

  @Test
  void fetchesAnewWhatItDoesNotHold() {
    FetchedEntries entries = over(log::reader);
    entries.entries(10, 20, ANY_BYTES);
    tasks.remove().run();
    assertThat(entries.entries(19, 40, ANY_BYTES)).isEqualTo(all.subList(18, 19));
    assertThat(entries.entries(20, 40, ANY_BYTES)).isEmpty();
    tasks.remove().run();
    assertThat(entries.entries(20, 40, ANY_BYTES)).isEqualTo(all.subList(19, 39));
    assertThat(entries.entries(9, 12, ANY_BYTES)).isEmpty();
    tasks.remove().run();
    assertThat(entries.entries(9, 12, ANY_BYTES)).isEqualTo(all.subList(8, 11));
    assertThat(fetches).isEqualTo(3);
  }

  @Test
  void tellsAFailureOnceAndDoesNotAskAgain() {
    FetchedEntries entries = over(() -> null);
    assertThat(entries.entries(3, 10, ANY_BYTES)).isEmpty();
    tasks.remove().run();
    assertThat(failures).hasSize(1).first().isInstanceOf(IOException.class);
    assertThat(fetches).isZero();
    assertThat(entries.entries(3, 10, ANY_BYTES)).isEmpty();
    assertThat(tasks).isEmpty();
  }

  @Test
  void tellsAFailureThatNobodyForesaw() {
    FetchedEntries entries =
        over(
            () -> {
              throw new IllegalStateException("the journal is gone");
            });
    assertThat(entries.entries(3, 10, ANY_BYTES)).isEmpty();
    tasks.remove().run();
    assertThat(failures).hasSize(1);
    assertThat(fetches).isZero();
  }
}
