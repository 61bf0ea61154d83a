package io.quorate.compat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One server as a child process, on free loopback ports and a data directory of its own, that can
 * be killed and started again with the same arguments. Not safe for use by several threads.
 *
 * <p>A start waits for the line {@code ready to serve client requests}, never for a time. Output is
 * appended to {@code server.log} beside the data directory, and its end is part of every failure.
 */
final class ServerProcess implements AutoCloseable {
  /** What a server prints once it has a leader and answers. */
  static final String READY = "ready to serve client requests";

  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final Duration STOP_WITHIN = Duration.ofSeconds(20);
  private static final int LOG_LINES_SHOWN_MAX = 30;
  private static final int PORT_TRIES_MAX = 100;

  private final List<String> command;
  private final List<String> flags;
  private final Path folder;
  private final String name;
  private final int clientPort;
  private final int peerPort;
  private String cluster;
  private @Nullable Process process;
  private @Nullable Thread reader;

  private ServerProcess(String name, List<String> command, List<String> flags, Path folder) {
    this(name, command, flags, folder, freePorts());
  }

  private ServerProcess(
      String name, List<String> command, List<String> flags, Path folder, int[] ports) {
    this.name = name;
    this.command = command;
    this.flags = flags;
    this.folder = folder;
    this.clientPort = ports[0];
    this.peerPort = ports[1];
    this.cluster = name + "=" + peerUrl();
  }

  /** The same server, not started, with further flags; the two must not run at once. */
  ServerProcess withFlags(List<String> more) {
    List<String> all = new ArrayList<>(flags);
    all.addAll(more);
    ServerProcess other =
        new ServerProcess(name, command, all, folder, new int[] {clientPort, peerPort});
    other.cluster = cluster;
    return other;
  }

  /**
   * The members of a cluster that is to be founded, none of them started: a start waits until the
   * member is ready, for which it needs the others.
   *
   * @param folder an existing folder, in which each member gets one
   * @param flags further flags for all of them
   */
  static List<ServerProcess> cluster(
      int members, List<String> command, Path folder, List<String> flags) throws IOException {
    List<ServerProcess> servers = new ArrayList<>();
    for (int i = 1; i <= members; i++) {
      Path own = Files.createDirectories(folder.resolve("m" + i));
      servers.add(new ServerProcess("m" + i, command, flags, own));
    }
    String all = String.join(",", servers.stream().map(server -> server.cluster).toList());
    servers.forEach(server -> server.cluster = all);
    return servers;
  }

  /**
   * Starts a server and waits until it is ready.
   *
   * @param command the program and its first arguments
   * @param folder an existing folder for the data directory and the log
   * @param flags further flags, after those of name, data directory and URLs
   */
  static ServerProcess start(List<String> command, Path folder, List<String> flags) {
    ServerProcess server = new ServerProcess("m0", command, List.copyOf(flags), folder);
    try {
      server.start();
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** Starts those of {@code servers} that do not run, at once, and waits until all are ready. */
  static void startAll(List<ServerProcess> servers) {
    CompletableFuture.allOf(
            servers.stream()
                .filter(server -> !server.isAlive())
                .map(server -> CompletableFuture.runAsync(server::start))
                .toArray(CompletableFuture[]::new))
        .join();
  }

  /** Starts again with the same arguments; returns the time until it was ready. */
  Duration start() {
    return start(READY_WITHIN);
  }

  /** {@link #start()}, for one that may have much to do before it is ready. */
  Duration start(Duration within) {
    if (process != null && process.isAlive()) {
      throw new IllegalStateException("the server still runs as pid " + process.pid());
    }
    long begin = System.nanoTime();
    CompletableFuture<Void> ready = new CompletableFuture<>();
    try {
      Process child = new ProcessBuilder(commandLine()).redirectErrorStream(true).start();
      child.getOutputStream().close();
      process = child;
      reader = new Thread(() -> copyOutput(child, ready), "server-log-" + child.pid());
      reader.setDaemon(true);
      reader.start();
      ready.get(within.toSeconds(), TimeUnit.SECONDS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the server ended before it was ready\n" + logEnd(), e);
    } catch (TimeoutException e) {
      throw new IllegalStateException("not ready within " + within + "\n" + logEnd(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private List<String> commandLine() {
    List<String> line = new ArrayList<>(command);
    line.addAll(
        List.of(
            "--name", name,
            "--data-dir", dataDir().toString(),
            "--listen-client-urls", clientUrl(),
            "--advertise-client-urls", clientUrl(),
            "--listen-peer-urls", peerUrl(),
            "--initial-advertise-peer-urls", peerUrl(),
            "--initial-cluster", cluster));
    line.addAll(flags);
    return line;
  }

  private void copyOutput(Process child, CompletableFuture<Void> ready) {
    try (BufferedReader in =
            new BufferedReader(
                new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
        Writer log =
            Files.newBufferedWriter(
                logFile(),
                java.nio.file.StandardOpenOption.CREATE,
                java.nio.file.StandardOpenOption.APPEND)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        log.write(line + "\n");
        log.flush();
        if (line.contains(READY)) {
          ready.complete(null);
        }
      }
    } catch (IOException e) {
      ready.completeExceptionally(e);
    }
    ready.completeExceptionally(new IOException("the output ended"));
  }

  /** Kills it with SIGKILL and waits until it is gone. */
  void kill() {
    Process child = running();
    child.destroyForcibly();
    awaitExit(child);
  }

  /** Stops it with SIGTERM; returns the time it took. */
  Duration terminate() {
    Process child = running();
    long begin = System.nanoTime();
    child.destroy();
    awaitExit(child);
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  /** Whether the process is there. */
  boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** The pid of the process that runs now. */
  long pid() {
    return running().pid();
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException("the server was never started");
    }
    return process;
  }

  private void awaitExit(Process child) {
    try {
      if (!child.waitFor(STOP_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
        child.destroyForcibly().waitFor();
        throw new IllegalStateException("not gone within " + STOP_WITHIN + "\n" + logEnd());
      }
      if (reader != null) {
        reader.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  String name() {
    return name;
  }

  /** All members, as a start is told them. */
  String cluster() {
    return cluster;
  }

  Path dataDir() {
    return folder.resolve("data");
  }

  Path logFile() {
    return folder.resolve("server.log");
  }

  int peerPort() {
    return peerPort;
  }

  int clientPort() {
    return clientPort;
  }

  /** Host and port of the client URL. */
  String endpoint() {
    return "127.0.0.1:" + clientPort;
  }

  String clientUrl() {
    boolean isTls =
        flags.stream().anyMatch(flag -> flag.equals("--cert-file") || flag.equals("--auto-tls"));
    return (isTls ? "https://" : "http://") + endpoint();
  }

  String peerUrl() {
    return "http://127.0.0.1:" + peerPort;
  }

  /** The last lines of the log, for a failure's message. */
  String logEnd() {
    try {
      List<String> lines = Files.readAllLines(logFile(), StandardCharsets.UTF_8);
      int from = Math.max(0, lines.size() - LOG_LINES_SHOWN_MAX);
      return "end of " + logFile() + ":\n" + String.join("\n", lines.subList(from, lines.size()));
    } catch (IOException e) {
      return "no log in " + logFile() + ": " + e.getMessage();
    }
  }

  /** Kills it if it still runs. The folder is the caller's to remove. */
  @Override
  public void close() {
    if (isAlive()) {
      kill();
    }
  }

  /**
   * Ports for clients and for peers that are free now, as is the one after that for peers, where
   * the fleet listens.
   */
  private static int[] freePorts() {
    InetAddress here = InetAddress.getLoopbackAddress();
    for (int left = PORT_TRIES_MAX; left > 0; left--) {
      try (ServerSocket client = new ServerSocket(0, 1, here);
          ServerSocket peer = new ServerSocket(0, 1, here);
          ServerSocket fleet = new ServerSocket(peer.getLocalPort() + 1, 1, here)) {
        return new int[] {client.getLocalPort(), fleet.getLocalPort() - 1};
      } catch (IOException | IllegalArgumentException e) {
        // Somebody has the next one.
      }
    }
    throw new IllegalStateException("no two free ports in a row");
  }
}
