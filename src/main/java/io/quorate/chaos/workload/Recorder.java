package io.quorate.chaos.workload;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.HistoryFile;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Writes down what happens, by one clock. Safe for threads. If the file cannot be written the run
 * is worth nothing: whoever leads it asks {@link #failure}.
 */
public final class Recorder implements AutoCloseable {
  private final HistoryFile file;
  private final Consumer<Fact> also;
  private final long beganAt = System.nanoTime();
  private final Map<String, Long> answered = new ConcurrentHashMap<>();
  private final AtomicLong lastWrite = new AtomicLong();
  private final AtomicReference<IOException> failure = new AtomicReference<>();

  /** Writes to {@code file}, from now on. */
  public Recorder(HistoryFile file) {
    this(file, fact -> {});
  }

  /**
   * The same.
   *
   * @param also is told each fact too, by the thread that tells it
   */
  public Recorder(HistoryFile file, Consumer<Fact> also) {
    this.file = file;
    this.also = also;
  }

  /** Nanoseconds since the run began. */
  public long now() {
    return System.nanoTime() - beganAt;
  }

  /** Writes down one fact. */
  public void tell(Fact fact) {
    if (fact instanceof Fact.Operation operation && operation.reply().isPresent()) {
      answered.merge(operation.workload(), 1L, Long::sum);
      if (!operation.request().onlyReads()) {
        lastWrite.accumulateAndGet(operation.span().end(), Math::max);
      }
    }
    also.accept(fact);
    try {
      file.write(fact);
    } catch (IOException e) {
      failure.compareAndSet(null, e);
    }
  }

  /** How many operations of this workload were answered. */
  public long answered(String workload) {
    return answered.getOrDefault(workload, 0L);
  }

  /** When the last write was answered; 0 if none was. */
  public long lastWrite() {
    return lastWrite.get();
  }

  /** Why the history is not whole, if it is not. */
  public Optional<IOException> failure() {
    return Optional.ofNullable(failure.get());
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      failure.compareAndSet(null, e);
    }
  }
}
