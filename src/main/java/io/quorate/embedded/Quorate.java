package io.quorate.embedded;

import io.quorate.server.ConfigException;
import io.quorate.server.DataDir;
import io.quorate.server.ServeConfig;
import java.io.IOException;
import java.net.BindException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A cluster of one or three members within this JVM, on free ports of the loopback interface. Any
 * client of etcd can use it at {@link #endpoints}.
 *
 * <p>Several clusters may run at once. None of them touches what belongs to the program: they log
 * to SLF4J under {@code io.quorate} and leave its configuration alone, take no signal and end no
 * JVM; their threads are daemons. After {@link #close} no thread, port, file or hook is left.
 *
 * <p>All methods may be called from any thread; {@link #start(QuorateOptions)} and {@link #close}
 * block.
 */
public final class Quorate implements AutoCloseable {
  /** How often a new cluster is given other ports because its own were taken meanwhile. */
  static final int PORT_TRIES_MAX = 5;

  private final QuorateOptions options;
  private final Home home;
  private final List<QuorateMember> members;
  private boolean closed;

  private Quorate(QuorateOptions options, Home home, List<QuorateMember> members) {
    this.options = options;
    this.home = home;
    this.members = List.copyOf(members);
  }

  /** Starts one member in memory; see {@link #start(QuorateOptions)}. */
  public static Quorate start() {
    return start(QuorateOptions.defaults());
  }

  /**
   * Starts a cluster, and blocks until all its members answer.
   *
   * @throws QuorateException when a flag or the folder is refused, or a member does not answer
   *     within {@link QuorateOptions#startTimeout}; nothing is left running
   */
  public static Quorate start(QuorateOptions options) {
    return start(options, Seats::free);
  }

  /** Where the members of a new cluster listen. */
  interface Chooser {
    Seats choose(QuorateOptions options) throws IOException;
  }

  static Quorate start(QuorateOptions options, Chooser chooser) {
    try {
      Home home = Home.of(options);
      boolean opened = false;
      try {
        Quorate cluster = open(options, home, chooser);
        opened = true;
        return cluster.answering();
      } finally {
        if (!opened) {
          home.close();
        }
      }
    } catch (ConfigException e) {
      throw new QuorateException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new QuorateException("cannot make a place for the cluster: " + e, e);
    }
  }

  /**
   * {@link #start(QuorateOptions)} on a thread of its own. What is returned fails with a {@link
   * QuorateException}; a cluster that comes after it was cancelled is closed.
   */
  public static CompletableFuture<Quorate> startAsync(QuorateOptions options) {
    CompletableFuture<Quorate> started = new CompletableFuture<>();
    var unused =
        onThread("quorate-start", () -> start(options))
            .whenComplete(
                (cluster, failure) -> {
                  if (failure != null) {
                    started.completeExceptionally(failure);
                  } else if (!started.complete(cluster)) {
                    cluster.close();
                  }
                });
    return started;
  }

  private static Quorate open(QuorateOptions options, Home home, Chooser chooser)
      throws IOException, ConfigException {
    boolean fresh = !Seats.isIn(home.path());
    for (int tries = 1; ; tries++) {
      Seats seats = fresh ? chooser.choose(options) : Seats.read(home.path(), options);
      List<QuorateMember> members = new ArrayList<>();
      try {
        launch(options, home, seats, fresh, members);
        return new Quorate(options, home, members);
      } catch (ConfigException | RuntimeException e) {
        endAll(members, false);
        if (!fresh || tries == PORT_TRIES_MAX || !isTaken(e)) {
          throw e;
        }
        home.clear(Seats.names(options));
      }
    }
  }

  /** Starts the members of {@code seats}, each of which is put into {@code members} before. */
  private static void launch(
      QuorateOptions options, Home home, Seats seats, boolean fresh, List<QuorateMember> members)
      throws IOException, ConfigException {
    List<ServeConfig> configs = new ArrayList<>();
    List<DataDir> dirs = new ArrayList<>();
    String token = "--initial-cluster-token=" + UUID.randomUUID();
    try {
      for (Seats.Seat seat : seats.seats()) {
        QuorateMember.Launch launch =
            new QuorateMember.Launch(
                Stream.concat(Stream.of(token), options.flags().stream()).toList(),
                seats.flags(seat, home.path()),
                Path.of("").toAbsolutePath(),
                !home.isInMemory(),
                options.startTimeout());
        ServeConfig config = launch.config();
        configs.add(config);
        dirs.add(DataDir.open(config.dataDir()));
        members.add(new QuorateMember(seat.name(), URI.create(seat.clientUrl()), launch));
      }
      if (fresh && !home.isInMemory()) {
        // Under the locks, and before there is a member that others may know by its URL.
        seats.write(home.path());
      }
      List<Launched> launched = new ArrayList<>();
      for (int i = 0; i < configs.size(); i++) {
        launched.add(new Launched(members.get(i), configs.get(i), dirs.remove(0)));
      }
      startAll(launched);
    } finally {
      dirs.forEach(DataDir::close);
    }
  }

  private record Launched(QuorateMember member, ServeConfig config, DataDir dataDir) {}

  /** Starts all at once: founders that do not find each other yet have less to ask. */
  private static void startAll(List<Launched> launched) throws ConfigException {
    List<CompletableFuture<Optional<ConfigException>>> starts =
        launched.stream()
            .map(
                each ->
                    onThread(
                        "quorate-start-" + each.member().name(),
                        () -> {
                          try {
                            each.member().start(each.config(), each.dataDir());
                            return Optional.<ConfigException>empty();
                          } catch (ConfigException e) {
                            return Optional.of(e);
                          }
                        }))
            .toList();
    List<ConfigException> refusals =
        starts.stream().map(CompletableFuture::join).flatMap(Optional::stream).toList();
    if (!refusals.isEmpty()) {
      throw refusals.get(0);
    }
  }

  /** Runs {@code task} on a thread of its own, which ends with it. */
  private static <T> CompletableFuture<T> onThread(String name, Supplier<T> task) {
    CompletableFuture<T> future = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                future.complete(task.get());
              } catch (RuntimeException | Error e) {
                future.completeExceptionally(e);
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
    return future;
  }

  private static boolean isTaken(Throwable refusal) {
    Throwable cause = refusal;
    while (cause != null && !(cause instanceof BindException)) {
      cause = cause.getCause();
    }
    return cause != null;
  }

  /** This, once all members answer. */
  private Quorate answering() {
    List<CompletableFuture<Void>> all =
        members.stream().map(each -> each.answering().toCompletableFuture()).toList();
    try {
      anyFailure(all).get(options.startTimeout().toNanos(), TimeUnit.NANOSECONDS);
      return this;
    } catch (ExecutionException e) {
      close();
      throw QuorateMember.failure(e.getCause());
    } catch (TimeoutException e) {
      String silent =
          members.stream()
              .filter(each -> !all.get(members.indexOf(each)).isDone())
              .map(QuorateMember::name)
              .collect(Collectors.joining(", "));
      close();
      throw new QuorateException(
          "not all members answer after " + options.startTimeout() + ": " + silent, e);
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw new QuorateException("interrupted while the members were waited for", e);
    }
  }

  /** Completes when all do, and fails as soon as one does. */
  private static CompletableFuture<Void> anyFailure(List<CompletableFuture<Void>> all) {
    CompletableFuture<Void> whole = CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
    for (CompletableFuture<Void> one : all) {
      var unused =
          one.exceptionally(
              failure -> {
                whole.completeExceptionally(failure);
                return null;
              });
    }
    return whole;
  }

  /** What it was started with. */
  public QuorateOptions options() {
    return options;
  }

  /** Where clients are served, one for each member, whether it runs or not. */
  public List<URI> endpoints() {
    return members.stream().map(QuorateMember::endpoint).toList();
  }

  /** The members, in the order of their endpoints. */
  public List<QuorateMember> members() {
    return members;
  }

  /** The only member, or the first one. */
  public QuorateMember member() {
    return members.get(0);
  }

  /** Who leads, as of a moment ago; empty during an election. */
  public Optional<QuorateMember> leader() {
    return members.stream().filter(QuorateMember::isLeader).findFirst();
  }

  /**
   * Ends all members and waits for that, at most {@value QuorateMember#END_SECONDS_MAX} seconds; in
   * memory their data goes too. Only the first call has an effect.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    try {
      // Of members in memory nothing is left that would be worth a good order.
      endAll(members, !home.isInMemory());
    } finally {
      home.close();
    }
  }

  private static void endAll(List<QuorateMember> members, boolean inGoodOrder) {
    CompletableFuture<?>[] ends =
        members.stream()
            .map(each -> each.close(inGoodOrder))
            .map(CompletionStage::toCompletableFuture)
            .toArray(CompletableFuture[]::new);
    try {
      // Also for who is interrupted: the folder may only go after the members.
      CompletableFuture.allOf(ends)
          .orTimeout(QuorateMember.END_SECONDS_MAX, TimeUnit.SECONDS)
          .join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof TimeoutException
          ? new QuorateException(
              "members have not ended after " + QuorateMember.END_SECONDS_MAX + " s", e)
          : QuorateMember.failure(e);
    }
  }

  @Override
  public String toString() {
    return members.toString();
  }
}
