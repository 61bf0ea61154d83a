package io.quorate.chaos.cluster;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A cluster of members that run on this machine, with a network and disks of their own. Everything
 * lies in one folder: for each member one of its name with its log and its disk.
 *
 * <p>One thread at a time, but for {@link #close}, which also runs when the harness is told to end.
 * If that is killed, {@link #sweep} takes away what is left; a new cluster in the same folder does
 * it by itself, and is refused if members of an earlier one lie there.
 */
public final class LocalCluster implements AutoCloseable {
  /** The most members. */
  public static final int MEMBERS_MAX = 9;

  /** The size of a disk unless another one is asked for: Quorate wants 224 MiB of it to be free. */
  public static final int DISK_MEBIBYTES = 2048;

  private static final int PORTS_PER_MEMBER = 3;
  private static final Duration GONE_WITHIN = Duration.ofSeconds(30);

  /**
   * What a cluster is to be.
   *
   * @param members how many, 1 to {@link #MEMBERS_MAX}
   * @param diskMebibytes the size of each one's disk; 0 for plain folders
   * @param setsClocks whether clocks are to be set, where that can be done
   * @param flags for each member, behind those that say who and where it is
   * @param environment for each member, beside what the harness has itself
   * @param seed what decides the luck of the network
   */
  public record Setup(
      Program program,
      int members,
      int diskMebibytes,
      boolean setsClocks,
      List<String> flags,
      Map<String, String> environment,
      long seed) {
    /** Copies what can change, and checks the numbers. */
    public Setup {
      flags = List.copyOf(flags);
      environment = Map.copyOf(environment);
      if (members < 1 || members > MEMBERS_MAX) {
        throw new IllegalArgumentException(members + " members, there can be 1 to " + MEMBERS_MAX);
      }
      if (diskMebibytes < 0) {
        throw new IllegalArgumentException("disks of " + diskMebibytes + " MiB");
      }
    }

    /** Members with disks of {@link #DISK_MEBIBYTES} MiB, right clocks and no flags. */
    public static Setup of(Program program, int members, long seed) {
      return new Setup(program, members, DISK_MEBIBYTES, false, List.of(), Map.of(), seed);
    }

    /** The same with these flags. */
    public Setup withFlags(List<String> others) {
      return new Setup(program, members, diskMebibytes, setsClocks, others, environment, seed);
    }

    /** The same with this environment. */
    public Setup withEnvironment(Map<String, String> others) {
      return new Setup(program, members, diskMebibytes, setsClocks, flags, others, seed);
    }

    /** The same with disks of this size; 0 for plain folders. */
    public Setup withDisks(int mebibytes) {
      return new Setup(program, members, mebibytes, setsClocks, flags, environment, seed);
    }

    /** The same with clocks that can be set, where that can be done. */
    public Setup withClocks() {
      return new Setup(program, members, diskMebibytes, true, flags, environment, seed);
    }
  }

  private final Setup setup;
  private final Path folder;
  private final Network network;
  private final List<Member> members = new CopyOnWriteArrayList<>();
  private final Thread hook = new Thread(this::closeAtExit, "chaos-cleanup");
  private int named;
  private boolean isClosed;

  private LocalCluster(Path folder, Setup setup) throws IOException {
    this.setup = setup;
    this.folder = folder;
    this.network = new Network(new Sockets(this::running), setup.seed());
  }

  /**
   * A cluster whose members do not run yet.
   *
   * @param folder where it lies; made if it is missing, and swept before
   * @throws FileAlreadyExistsException if the members of an earlier one lie there
   */
  public static LocalCluster create(Path folder, Setup setup) throws IOException {
    Files.createDirectories(folder);
    sweep(folder);
    LocalCluster cluster = new LocalCluster(folder.toAbsolutePath(), setup);
    Runtime.getRuntime().addShutdownHook(cluster.hook);
    try {
      for (int i = 0; i < setup.members(); i++) {
        cluster.build();
      }
      cluster.members.forEach(member -> member.belongsTo(cluster.members, true));
      return cluster;
    } catch (IOException | RuntimeException e) {
      try {
        cluster.close();
      } catch (IOException more) {
        e.addSuppressed(more);
      }
      throw e;
    }
  }

  private synchronized Member build() throws IOException {
    if (isClosed || members.size() == MEMBERS_MAX) {
      throw new IllegalStateException(
          isClosed ? "the cluster is closed" : "there are " + MEMBERS_MAX + " members, the most");
    }
    named++;
    String name = "m" + named;
    // Nothing of an earlier run is taken for one of this, or overwritten.
    Path own = Files.createDirectory(folder.resolve(name));
    List<Integer> ports = Ports.free(PORTS_PER_MEMBER);
    Network.Doors doors = network.admit(name, ports.get(0), ports.get(1));
    Member.Place place = new Member.Place(ports.get(0), ports.get(1), ports.get(2), doors);
    Optional<Path> clock =
        setup.setsClocks() && Clock.missing(setup.program()).isEmpty()
            ? Clock.library()
            : Optional.empty();
    Member.Launch launch =
        new Member.Launch(setup.program(), setup.flags(), setup.environment(), clock);
    Member member = new Member(name, own, disk(own), place, launch);
    members.add(member);
    return member;
  }

  private Disk disk(Path own) throws IOException {
    Path mounted = own.resolve("disk");
    Optional<String> missing =
        setup.diskMebibytes() == 0 ? Optional.of("none was asked for") : Disk.missingHere();
    return missing.isPresent()
        ? Disk.plain(mounted, missing.get())
        : Disk.image(own.resolve("disk.img"), mounted, setup.diskMebibytes());
  }

  private Map<String, Long> running() {
    Map<String, Long> pids = new LinkedHashMap<>();
    for (Member member : members) {
      if (member.isAlive()) {
        pids.put(member.name(), member.pid());
      }
    }
    return pids;
  }

  /** All members, those that do not run too. */
  public List<Member> members() {
    return List.copyOf(members);
  }

  /** The member of this name. */
  public Member member(String name) {
    return members.stream()
        .filter(member -> member.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no member is called " + name));
  }

  /** Where clients reach the members, through the network. */
  public List<String> endpoints() {
    return members.stream().map(Member::endpoint).toList();
  }

  /** What lies between them. */
  public Network network() {
    return network;
  }

  /**
   * Starts those that do not run, at once, and waits until each is ready, at most {@link
   * Member#READY_WITHIN} each.
   */
  public void startAll() throws IOException {
    List<Member> started = members.stream().filter(member -> !member.isAlive()).toList();
    for (Member member : started) {
      member.launch();
    }
    for (Member member : started) {
      member.awaitReady(Member.READY_WITHIN);
    }
  }

  /**
   * Cuts the power of some members and their disks at the same time: none of their processes does
   * anything from the first moment on, none of them sees how it goes, and all are gone in the end.
   * The disks are mounted again; the members can be started.
   *
   * @throws IllegalStateException if a disk is a plain folder
   */
  public synchronized void cutPower(List<Member> some) throws IOException {
    if (isClosed) {
      throw new IllegalStateException("the cluster is closed");
    }
    List<Disk> disks = some.stream().map(Member::disk).toList();
    disks.forEach(Disk::image);
    List<Long> alive = some.stream().filter(Member::isAlive).map(Member::pid).toList();
    Processes.signal("STOP", alive);
    try {
      Disk.shutdown(disks);
    } catch (IOException e) {
      Processes.signal("CONT", alive);
      throw e;
    }
    for (Member member : some) {
      member.kill();
    }
    for (Disk disk : disks) {
      disk.restore();
    }
  }

  /**
   * A further member, which does not run. Somebody has to tell the cluster of its {@link
   * Member#peerUrl} before it is started.
   */
  public Member add() throws IOException {
    Member member = build();
    member.belongsTo(members, false);
    return member;
  }

  /** Kills a member, if it runs, and takes it out: its disk, its doors, and its name. */
  public synchronized void forget(Member member) throws IOException {
    member.disk().thaw();
    member.close();
    members.remove(member);
    network.dismiss(member.name());
    member.disk().close();
  }

  /** Kills all members and unmounts their disks; files stay. Can be called more than once. */
  @Override
  public void close() throws IOException {
    try {
      end();
    } finally {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // It is the hook that runs, or about to.
      }
    }
  }

  private void closeAtExit() {
    try {
      end();
    } catch (IOException e) {
      // Nobody is left to be told; the next sweep tries again.
    }
  }

  /** Does all of it, whatever of it fails. */
  private synchronized void end() throws IOException {
    if (isClosed) {
      return;
    }
    isClosed = true;
    List<IOException> failures = new ArrayList<>();
    for (Member member : members) {
      attempt(() -> member.disk().thaw(), failures);
      attempt(member::close, failures);
    }
    network.close();
    for (Member member : members) {
      attempt(member.disk()::close, failures);
    }
    if (!failures.isEmpty()) {
      IOException first = failures.get(0);
      failures.subList(1, failures.size()).forEach(first::addSuppressed);
      throw first;
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  private static void attempt(Step step, List<IOException> failures) {
    try {
      step.run();
    } catch (IOException e) {
      failures.add(e);
    }
  }

  /**
   * Ends and unmounts what is left of a harness that was killed.
   *
   * @param folder of a cluster that nobody uses
   * @return what it did, a line for each
   */
  public static List<String> sweep(Path folder) throws IOException {
    List<String> done = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return done;
    }
    try (DirectoryStream<Path> inner = Files.newDirectoryStream(folder)) {
      for (Path each : inner) {
        Path pid = each.resolve(Member.PID_FILE);
        if (Files.exists(pid)) {
          killLeft(Files.readString(pid)).ifPresent(done::add);
        }
      }
    }
    Image.sweep(folder).forEach(place -> done.add("unmounted " + place));
    return done;
  }

  /** Kills the process of a file, unless another one has its pid by now. */
  private static Optional<String> killLeft(String text) throws IOException {
    String[] words = text.split(" ", 2);
    long pid = Long.parseLong(words[0]);
    if (!Processes.began(pid).equals(Optional.of(words[1])) || Processes.isGone(pid)) {
      return Optional.empty();
    }
    Processes.signal("KILL", List.of(pid));
    Processes.awaitGone(pid, GONE_WITHIN);
    Clock.forget(pid);
    return Optional.of("killed process " + pid);
  }
}
