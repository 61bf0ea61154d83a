package io.quorate.embedded;

import io.quorate.server.ConfigException;
import io.quorate.server.DataDir;
import io.quorate.server.EmbeddedMember;
import io.quorate.server.ServeConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One member of a {@link Quorate}, which can be stopped, killed and started again, on the same
 * ports and with the same data. All methods may be called from any thread; those that block say so.
 */
public final class QuorateMember {
  /** What an end may take, in seconds: much more than a member ever needs. */
  static final int END_SECONDS_MAX = 15;

  private final String name;
  private final URI endpoint;
  private final Launch launch;
  private @Nullable EmbeddedMember running;
  private boolean closed;

  /**
   * How it is started.
   *
   * @param given the user's flags
   * @param own those that say who it is
   * @param workingDir where relative paths begin
   * @param durable whether its data has to outlive the machine
   * @param timeout how long a start may take
   */
  record Launch(
      List<String> given, List<String> own, Path workingDir, boolean durable, Duration timeout) {
    ServeConfig config() throws ConfigException {
      return EmbeddedMember.config(given, own, workingDir);
    }
  }

  QuorateMember(String name, URI endpoint, Launch launch) {
    this.name = name;
    this.endpoint = endpoint;
    this.launch = launch;
  }

  /** Its name within the cluster. */
  public String name() {
    return name;
  }

  /** Where it serves clients, whether it runs or not, such as {@code http://127.0.0.1:34567}. */
  public URI endpoint() {
    return endpoint;
  }

  /** Whether it has been started and not ended since, by a call or by itself. */
  public synchronized boolean isRunning() {
    return running != null && failure().isEmpty();
  }

  /** Whether it leads the cluster, as of a moment ago; two may think so during an election. */
  public synchronized boolean isLeader() {
    return running != null && running.isLeader();
  }

  /** What it ended of by itself; empty while it runs, and when it was stopped or killed. */
  public synchronized Optional<Throwable> failure() {
    return running == null
        ? Optional.empty()
        : Optional.ofNullable(running.failed().toCompletableFuture().getNow(null));
  }

  /**
   * Starts it, and blocks until it answers: without a quorum that is never. Does nothing but wait
   * if it runs.
   *
   * @throws QuorateException when it is refused, or does not answer within the options' time; in
   *     the latter case it goes on
   * @throws IllegalStateException when the cluster is closed
   */
  public void start() {
    await(startAsync(), launch.timeout());
  }

  /**
   * Starts it, and blocks only while its data is opened. What is returned completes when the member
   * answers, and fails where it ends by itself before; several members that have to find a quorum
   * together are started so.
   *
   * @throws QuorateException when it is refused
   * @throws IllegalStateException when the cluster is closed
   */
  public synchronized CompletionStage<Void> startAsync() {
    if (closed) {
      throw new IllegalStateException("the cluster is closed");
    }
    if (running == null || failure().isPresent()) {
      try {
        ServeConfig config = launch.config();
        start(config, DataDir.open(config.dataDir()));
      } catch (ConfigException e) {
        throw new QuorateException(String.valueOf(e.getMessage()), e);
      }
    }
    return answering();
  }

  /** Starts it in its directory, which is closed if it does not. */
  synchronized void start(ServeConfig config, DataDir dataDir) throws ConfigException {
    running = EmbeddedMember.start(config, dataDir, launch.durable());
  }

  /** Completes when it answers, and fails when it cannot any more. */
  synchronized CompletionStage<Void> answering() {
    CompletableFuture<Void> answering = new CompletableFuture<>();
    if (running != null) {
      running.ready().thenAccept(answering::complete);
      running
          .failed()
          .thenAccept(
              cause ->
                  answering.completeExceptionally(
                      new QuorateException(
                          "member " + name + " has ended: " + cause.getMessage(), cause)));
    }
    return answering;
  }

  /**
   * Stops it as SIGTERM does: it hands over leadership and ends streams with a status. Blocks until
   * its ports are free. Does nothing if it does not run.
   *
   * @throws QuorateException when it has not stopped after {@value #END_SECONDS_MAX} seconds
   */
  public void stop() {
    await(end(EmbeddedMember::stop), Duration.ofSeconds(END_SECONDS_MAX));
  }

  /**
   * Ends it as SIGKILL does, as far as the others and its clients can tell: no leadership is handed
   * over, and connections just close. What it had acknowledged is there at its next start. Blocks
   * until its ports are free. Does nothing if it does not run.
   *
   * @throws QuorateException when it has not ended after {@value #END_SECONDS_MAX} seconds
   */
  public void kill() {
    await(end(EmbeddedMember::kill), Duration.ofSeconds(END_SECONDS_MAX));
  }

  private CompletionStage<Void> end(Function<EmbeddedMember, CompletionStage<Void>> how) {
    EmbeddedMember ending;
    synchronized (this) {
      ending = running;
    }
    if (ending == null) {
      return CompletableFuture.completedFuture(null);
    }
    return how.apply(ending).thenRun(() -> ended(ending));
  }

  private synchronized void ended(EmbeddedMember gone) {
    if (running == gone) {
      running = null;
    }
  }

  /** Ends it, in good order or not; it never starts again. */
  CompletionStage<Void> close(boolean inGoodOrder) {
    synchronized (this) {
      closed = true;
    }
    return end(inGoodOrder ? EmbeddedMember::stop : EmbeddedMember::kill);
  }

  private void await(CompletionStage<Void> stage, Duration within) {
    try {
      stage.toCompletableFuture().get(within.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    } catch (TimeoutException e) {
      throw new QuorateException("member " + name + " was waited for in vain for " + within, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QuorateException("interrupted while member " + name + " was waited for", e);
    }
  }

  static QuorateException failure(@Nullable Throwable cause) {
    if (cause instanceof QuorateException known) {
      return known;
    }
    return cause instanceof CompletionException wrapped
        ? failure(wrapped.getCause())
        : new QuorateException(String.valueOf(cause), cause);
  }

  @Override
  public String toString() {
    return name + " at " + endpoint;
  }
}
