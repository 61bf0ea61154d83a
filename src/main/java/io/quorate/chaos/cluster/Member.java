package io.quorate.chaos.cluster;

import io.quorate.base.SeededRandom;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One member as a process, which can be started again and again with the same arguments. Others
 * reach it through the {@link Network} alone: what it advertises are the doors there.
 *
 * <p>One thread at a time, but for {@link #isAlive}, {@link #pid} and {@link #close}. What fails
 * says so with the end of the log, to which the output of all its runs is appended.
 */
public final class Member implements AutoCloseable {
  /** How long a start may take. */
  public static final Duration READY_WITHIN = Duration.ofMinutes(3);

  /** How long an end may take, after a signal that asks for it. */
  public static final Duration STOP_WITHIN = Duration.ofSeconds(30);

  /** What a member prints once it has a leader and answers. */
  static final String READY = "ready to serve client requests";

  /** The file, beside the log, that says which process is left if the harness is killed. */
  static final String PID_FILE = "pid";

  private static final Duration SIGNAL_WITHIN = Duration.ofSeconds(10);
  private static final long POLL_MILLIS = 10;
  private static final int LOG_BYTES_SHOWN_MAX = 4096;
  private static final String HOST = "127.0.0.1";

  /** The states of threads that run nothing: stopped, or in the kernel, whence they stop. */
  private static final Set<String> STOPPED = Set.of("T", "t", "D", "Z", "X");

  /**
   * Where a member listens, on 127.0.0.1.
   *
   * @param clients its own port for clients
   * @param peers its own port for peers
   * @param fleet its own port for the fleet of Quorate, which no proxy stands before
   * @param doors where others reach it
   */
  record Place(int clients, int peers, int fleet, Network.Doors doors) {}

  /**
   * What it is started with.
   *
   * @param flags behind those that say who and where it is
   * @param environment beside what the harness has itself
   * @param clockLibrary what lets its clock be set, if that is to be done
   */
  record Launch(
      Program program,
      List<String> flags,
      Map<String, String> environment,
      Optional<Path> clockLibrary) {}

  private final String name;
  private final Path folder;
  private final Disk disk;
  private final Place place;
  private final Launch launch;
  private final Clock clock;
  private String initialCluster = "";
  private String initialState = "";
  private long logBegin;
  private volatile @Nullable Process process;
  private boolean isClosed;

  /** A member that does not run, in an existing folder. */
  Member(String name, Path folder, Disk disk, Place place, Launch launch) {
    this.name = name;
    this.folder = folder;
    this.disk = disk;
    this.place = place;
    this.launch = launch;
    this.clock = new Clock(folder.resolve("clock"));
  }

  /** Says of which cluster it is. */
  void belongsTo(List<Member> all, boolean isNew) {
    List<String> urls = all.stream().map(each -> each.name + "=" + each.peerUrl()).toList();
    initialCluster = String.join(",", urls);
    initialState = isNew ? "new" : "existing";
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** What its data lies on. */
  public Disk disk() {
    return disk;
  }

  /** Its data directory. */
  public Path dataDir() {
    return disk.folder().resolve("data");
  }

  /** Where its output goes. */
  public Path logFile() {
    return folder.resolve("server.log");
  }

  /** Its wall clock, where that can be set. */
  public Clock clock() {
    if (launch.clockLibrary().isEmpty()) {
      throw new IllegalStateException("the clock of " + name + " is that of the machine");
    }
    return clock;
  }

  /** The URL under which clients reach it, through the network. */
  public String endpoint() {
    return "http://" + HOST + ":" + place.doors().clients();
  }

  /** The URL under which it is reached whatever the network does: for those who watch it. */
  public String directEndpoint() {
    return "http://" + HOST + ":" + place.clients();
  }

  /** The URL under which other members reach it, through the network. */
  public String peerUrl() {
    return "http://" + HOST + ":" + place.doors().peers();
  }

  /** Starts it and waits until it is ready, for which a majority has to run. */
  public void start() throws IOException {
    launch();
    awaitReady(READY_WITHIN);
  }

  /**
   * Starts it and does not wait.
   *
   * @throws IllegalStateException if it runs already, or was closed
   */
  public synchronized void launch() throws IOException {
    if (isClosed || isAlive()) {
      throw new IllegalStateException(name + (isClosed ? " is closed" : " runs already"));
    }
    forgetClock();
    logBegin = Files.exists(logFile()) ? Files.size(logFile()) : 0;
    ProcessBuilder builder =
        new ProcessBuilder(commandLine())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()));
    builder.environment().putAll(launch.environment());
    if (launch.clockLibrary().isPresent()) {
      builder.environment().putAll(clock().environment(launch.clockLibrary().get()));
    }
    Process child = builder.start();
    process = child;
    child.getOutputStream().close();
    Files.writeString(
        folder.resolve(PID_FILE), child.pid() + " " + Processes.began(child.pid()).orElse("0"));
  }

  private List<String> commandLine() {
    List<String> line = new ArrayList<>(launch.program().command());
    line.addAll(List.of("--name", name, "--data-dir", dataDir().toString()));
    line.addAll(List.of("--listen-client-urls", directEndpoint()));
    line.addAll(List.of("--advertise-client-urls", endpoint()));
    line.addAll(List.of("--listen-peer-urls", "http://" + HOST + ":" + place.peers()));
    line.addAll(List.of("--initial-advertise-peer-urls", peerUrl()));
    line.addAll(List.of("--initial-cluster", initialCluster));
    line.addAll(List.of("--initial-cluster-state", initialState));
    if (launch.program().kind() == Program.Kind.QUORATE) {
      line.addAll(List.of("--fleet-port", Integer.toString(place.fleet())));
    }
    line.addAll(launch.flags());
    return line;
  }

  /**
   * Waits until the run that was launched last is ready.
   *
   * @throws IOException if it ends before, or is not ready in time; then it still runs
   */
  public void awaitReady(Duration within) throws IOException {
    Process child = running();
    long deadline = System.nanoTime() + within.toNanos();
    try (RandomAccessFile log = new RandomAccessFile(logFile().toFile(), "r")) {
      log.seek(logBegin);
      StringBuilder line = new StringBuilder();
      boolean isOver = false;
      while (!readTo(log, line)) {
        if (isOver) {
          throw new IOException(name + " ended before it was ready\n" + logEnd());
        }
        if (System.nanoTime() > deadline) {
          throw new IOException(name + " is not ready within " + within + "\n" + logEnd());
        }
        // What it said last is read once more.
        isOver = waits(child, POLL_MILLIS);
      }
    }
  }

  /**
   * Reads what was written since, keeps the last line that is not complete; whether it is ready.
   */
  private static boolean readTo(RandomAccessFile log, StringBuilder line) throws IOException {
    byte[] piece = new byte[LOG_BYTES_SHOWN_MAX];
    for (int length = log.read(piece); length > 0; length = log.read(piece)) {
      line.append(new String(piece, 0, length, StandardCharsets.ISO_8859_1));
      if (line.indexOf(READY) >= 0) {
        return true;
      }
      line.delete(0, line.lastIndexOf("\n") + 1);
    }
    return false;
  }

  /** Kills it with SIGKILL and waits until it is gone. It need not run for that. */
  public void kill() throws IOException {
    Process child = process;
    if (child != null) {
      child.destroyForcibly();
      awaitExit(child);
    }
  }

  /** Removes all that it has on its disk. It must not run. */
  public void wipe() throws IOException {
    try (Stream<Path> files = Files.walk(dataDir())) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Asks it to stop, with SIGTERM; returns the time that it took. One that is paused does not. */
  public Duration terminate() throws IOException {
    Process child = running();
    long begin = System.nanoTime();
    child.destroy();
    awaitExit(child);
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private void awaitExit(Process child) throws IOException {
    if (!waits(child, STOP_WITHIN.toMillis())) {
      throw new IOException(name + " is not gone within " + STOP_WITHIN + "\n" + logEnd());
    }
  }

  private static boolean waits(Process child, long millis) throws IOException {
    try {
      return child.waitFor(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /**
   * Stops all its threads where they are, with SIGSTOP; returns once none of them runs any more.
   *
   * @throws IOException if it does not run, or some thread goes on
   */
  public void pause() throws IOException {
    Processes.signal("STOP", List.of(pid()));
    awaitStopped(true);
  }

  /** Lets it go on after {@link #pause}, with SIGCONT; returns once it does. */
  public void resume() throws IOException {
    Processes.signal("CONT", List.of(pid()));
    awaitStopped(false);
  }

  /** Waits until all its threads are stopped, or none of them is. */
  void awaitStopped(boolean isStopped) throws IOException {
    Process child = running();
    long deadline = System.nanoTime() + SIGNAL_WITHIN.toNanos();
    while (isStopped(child.pid()) != isStopped) {
      if (System.nanoTime() > deadline || waits(child, POLL_MILLIS)) {
        throw new IOException(
            name + " has threads in the states " + Processes.states(child.pid()) + "\n" + logEnd());
      }
    }
  }

  /**
   * Turns one bit of its data and syncs that, while it does not run.
   *
   * @param luck decides which
   * @throws IOException if there is nothing to turn
   */
  public BitFlip flip(BitFlip.Where where, SeededRandom luck) throws IOException {
    if (isAlive()) {
      throw new IllegalStateException(name + " runs, its files are not to be turned under it");
    }
    return BitFlip.in(BitFlip.files(dataDir(), launch.program().kind(), where), luck);
  }

  /** Whether it is there and all its threads are stopped. */
  public boolean isPaused() throws IOException {
    return isAlive() && isStopped(pid());
  }

  private static boolean isStopped(long pid) throws IOException {
    List<String> states = Processes.states(pid);
    return states.contains("T") && STOPPED.containsAll(states);
  }

  /** Whether its process is there. */
  public boolean isAlive() {
    Process child = process;
    return child != null && child.isAlive();
  }

  /** The pid of its last run. */
  public long pid() {
    return running().pid();
  }

  /** How its last run ended: the status, or 128 and the signal. Nothing if it has not. */
  public OptionalInt exitStatus() {
    Process child = process;
    return child == null || child.isAlive()
        ? OptionalInt.empty()
        : OptionalInt.of(child.exitValue());
  }

  private Process running() {
    Process child = process;
    if (child == null) {
      throw new IllegalStateException(name + " was never started");
    }
    return child;
  }

  /** The end of the log: at most {@value #LOG_BYTES_SHOWN_MAX} bytes, from a whole line on. */
  public String logEnd() throws IOException {
    try (RandomAccessFile log = new RandomAccessFile(logFile().toFile(), "r")) {
      long from = Math.max(0, log.length() - LOG_BYTES_SHOWN_MAX);
      log.seek(from);
      byte[] piece = new byte[LOG_BYTES_SHOWN_MAX];
      int length = Math.max(0, log.read(piece));
      String text = new String(piece, 0, length, StandardCharsets.UTF_8);
      return "end of " + logFile() + ":\n" + (from == 0 ? text : afterLine(text));
    }
  }

  private static String afterLine(String text) {
    return text.substring(text.indexOf('\n') + 1);
  }

  /** Kills it, and lets nobody start it again. Its disk is not touched. */
  @Override
  public synchronized void close() throws IOException {
    isClosed = true;
    kill();
    forgetClock();
  }

  private void forgetClock() throws IOException {
    if (process != null && launch.clockLibrary().isPresent()) {
      Clock.forget(pid());
    }
  }
}
