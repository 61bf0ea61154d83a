package io.quorate.journal;

import io.quorate.raft.Entry;
import io.quorate.raft.LogSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Entries that are no longer in memory, read back from the journal on another thread: asked for
 * what it does not hold it answers nothing, fetches, and says when it has come. Holds one chunk.
 */
public final class FetchedEntries implements LogSource {
  /** What one fetch brings, in bytes of entries. */
  private static final long CHUNK_BYTES = 8L << 20;

  private final Supplier<@Nullable LogReader> reader;
  private final Executor executor;
  private final Runnable onFetched;
  private final Consumer<Throwable> onFailure;
  private final AtomicBoolean fetching = new AtomicBoolean();
  private volatile List<Entry> chunk = List.of();
  // Grows when entries are replaced: what was being read then may be the old ones.
  private int version;

  /**
   * Entries of a journal.
   *
   * @param reader the journal's reader; null where its plugin has none
   * @param executor what may wait for a disk
   * @param onFetched called by {@code executor} when there is something new
   * @param onFailure called by {@code executor}, at most once, when the journal cannot be read
   */
  public FetchedEntries(
      Supplier<@Nullable LogReader> reader,
      Executor executor,
      Runnable onFetched,
      Consumer<Throwable> onFailure) {
    this.reader = reader;
    this.executor = executor;
    this.onFetched = onFetched;
    this.onFailure = onFailure;
  }

  @Override
  public List<Entry> entries(long from, long to, long bytesMax) {
    List<Entry> held = chunk;
    if (!held.isEmpty() && from >= held.get(0).index()) {
      long offset = from - held.get(0).index();
      if (offset < held.size()) {
        return cut(held.subList((int) offset, held.size()), to, bytesMax);
      }
    }
    if (fetching.compareAndSet(false, true)) {
      executor.execute(() -> fetch(from, to));
    }
    return List.of();
  }

  @Override
  public synchronized void forget() {
    version++;
    chunk = List.of();
  }

  private synchronized int version() {
    return version;
  }

  /** Together with the look at the version: entries that are void must not be given even once. */
  private synchronized void hold(List<Entry> read, int versionBefore) {
    chunk = version == versionBefore ? read : List.of();
  }

  private static List<Entry> cut(List<Entry> entries, long to, long bytesMax) {
    List<Entry> taken = new ArrayList<>();
    long bytes = 0;
    for (Entry entry : entries) {
      bytes += entry.sizeBytes();
      if (entry.index() >= to || (bytes > bytesMax && !taken.isEmpty())) {
        break;
      }
      taken.add(entry);
    }
    return taken;
  }

  private void fetch(long from, long to) {
    int before = version();
    try {
      LogReader log = reader.get();
      if (log == null) {
        throw new IOException("the journal plugin gives no old entries back");
      }
      hold(List.copyOf(log.read(from, to - 1, CHUNK_BYTES)), before);
    } catch (LogReader.CompactedException e) {
      // The core has been told, too: it will ask for something else, or send a snapshot.
      chunk = List.of();
    } catch (IOException | RuntimeException e) {
      // Left as fetching: asking again would fail again.
      onFailure.accept(e);
      return;
    }
    fetching.set(false);
    onFetched.run();
  }
}
