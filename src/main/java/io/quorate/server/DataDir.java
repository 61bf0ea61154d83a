package io.quorate.server;

import io.quorate.node.DurableFile;
import io.quorate.node.Suspicion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of one member, locked against other processes from {@link #open} to {@link #close}.
 *
 * <pre>
 * DIR/                    mode 0700
 *   member/lock           held by the process that serves it; its pid and working directory
 *   member/identity       whose it is, and in which format; see {@link IdentityFile}
 *   member/journal/       the log
 *   member/store/         the tables
 *   member/damaged/       what these three were before the member was replaced, if it ever was
 *   fixtures/             certificates and keys that the member has made; see {@link TlsFlags}
 * </pre>
 *
 * A directory with anything else in it is somebody else's and is refused before a byte is written.
 * Confined to one thread.
 */
public final class DataDir implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DataDir.class);
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");
  static final String MEMBER = "member";
  private static final String LOCK = "lock";
  private static final String JOURNAL = "journal";
  static final String STORE = "store";
  private static final String ASIDE = "damaged";
  private static final int LOCK_LINES = 2;
  private static final int LOCK_BYTES_MAX = 8 * 1024;

  /** What the frames of LMDB have in their names. */
  private static final String LMDB = "lmdb";

  /** What may lie under {@code member} while nobody owns it. */
  private static final Set<String> BEFORE_IDENTITY =
      Set.of(LOCK, IdentityFile.NAME + DurableFile.PART, ASIDE);

  /** What etcd keeps under {@code member}. */
  private static final List<String> ETCD = List.of("wal", "snap");

  /** What file systems put into the root of a fresh volume. */
  static final Set<String> VOLUME_ROOT = Set.of("lost+found");

  /** What else is ours in the root. */
  private static final Set<String> OURS = Set.of(MEMBER, TlsFlags.FIXTURES);

  /** The locks that this process has. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private static final Set<StandardOpenOption> LOCKING =
      Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);

  private final Path root;
  private final Path lockFile;
  private final FileChannel lockChannel;
  private final FileLock lock;

  /**
   * Whose a directory is.
   *
   * @param identity the member
   * @param founders those who founded its cluster, if it was one of them: what the log begins with,
   *     and what the flags of a later start need not say any more; empty where it joined and has
   *     asked nobody; where it joined those whom it asked, itself not among them
   */
  public record Owner(MemberIdentity identity, List<MemberIdentity.Founder> founders) {
    /** Copies the list. */
    public Owner {
      founders = List.copyOf(founders);
    }
  }

  private DataDir(Path root, Path lockFile, FileChannel lockChannel, FileLock lock) {
    this.root = root;
    this.lockFile = lockFile;
    this.lockChannel = lockChannel;
    this.lock = lock;
  }

  /** Creates {@code root} where needed, and locks it; refuses what is not ours or in use. */
  public static DataDir open(Path root) throws ConfigException {
    try {
      refuseForeign(root);
      create(root);
      create(root.resolve(MEMBER));
      return lock(root);
    } catch (IOException e) {
      throw ConfigException.start("cannot write to data directory " + root + ": " + reason(e));
    }
  }

  /** Whether a member has used {@code root}; changes nothing. */
  static boolean isFounded(Path root) {
    return Files.exists(root.resolve(MEMBER).resolve(IdentityFile.NAME));
  }

  /** Whose directory this is; empty while nobody has used it. */
  public Optional<Owner> owner() throws ConfigException {
    return IdentityFile.read(member().resolve(IdentityFile.NAME));
  }

  /** Marks the directory as that of {@code owner}, durably. */
  public void found(Owner owner) throws ConfigException {
    try {
      IdentityFile.write(member(), owner);
    } catch (IOException e) {
      throw ConfigException.start("cannot write to data directory " + root + ": " + reason(e));
    }
  }

  /**
   * Refuses the directory of another member: one whose name and id are both not those that the
   * flags give. One of the two may differ, since names may change, and since flags that found a
   * cluster count for nothing once there is one. No flags give the id of a member that joined, so
   * that its name has to stay.
   */
  static void refuseOther(Path root, MemberIdentity kept, MemberIdentity asked)
      throws ConfigException {
    if (kept.memberId() != asked.memberId() && !kept.name().equals(asked.name())) {
      throw ConfigException.start(
          "data directory "
              + root
              + " belongs to member "
              + shown(kept)
              + ", not to "
              + shown(asked));
    }
  }

  private static String shown(MemberIdentity identity) {
    return GoText.quote(identity.name())
        + " ("
        + MemberIdentity.hex(identity.memberId())
        + " of cluster "
        + MemberIdentity.hex(identity.clusterId())
        + ")";
  }

  /** The directory itself. */
  public Path root() {
    return root;
  }

  /** Where the log lies; created. */
  public Path journal() throws IOException {
    return created(JOURNAL);
  }

  /** Where the tables lie; created. */
  public Path store() throws IOException {
    return created(STORE);
  }

  /**
   * Begins anew: what the member has is damaged, and is kept beside it for whoever wants to know
   * why; what was set aside before is removed. The lock is kept.
   */
  public void setAside() throws ConfigException {
    try {
      Path aside = member().resolve(ASIDE);
      remove(aside);
      Files.createDirectory(aside);
      for (String name : List.of(IdentityFile.NAME, JOURNAL, STORE)) {
        Path from = member().resolve(name);
        if (Files.exists(from)) {
          Files.move(from, aside.resolve(name));
        }
      }
    } catch (IOException e) {
      throw ConfigException.start("cannot write to data directory " + root + ": " + reason(e));
    }
  }

  static void remove(Path dir) throws IOException {
    if (Files.exists(dir)) {
      try (Stream<Path> files = Files.walk(dir)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private Path member() {
    return root.resolve(MEMBER);
  }

  private Path created(String name) throws IOException {
    Path dir = member().resolve(name);
    create(dir);
    return dir;
  }

  /** Gives the lock back. */
  @Override
  public void close() {
    try {
      lock.release();
      lockChannel.close();
      HELD.remove(lockFile);
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("data-dir", root).setCause(e).log("failed to unlock");
    }
  }

  private static void refuseForeign(Path root) throws IOException, ConfigException {
    if (!Files.exists(root)) {
      return;
    }
    List<String> names = list(root);
    if (names.contains(MEMBER)) {
      refuseForeignMember(root);
      warnOfStrays(root, names);
      return;
    }
    for (String name : names) {
      if (!VOLUME_ROOT.contains(name)) {
        throw ConfigException.start(
            "data directory " + root + " is not empty and not ours: it holds " + name);
      }
    }
  }

  private static void refuseForeignMember(Path root) throws IOException, ConfigException {
    Path member = root.resolve(MEMBER);
    List<String> names = list(member);
    if (names.contains(IdentityFile.NAME)) {
      IdentityFile.read(member.resolve(IdentityFile.NAME));
      return;
    }
    for (String name : names) {
      if (ETCD.contains(name)) {
        throw ConfigException.start(
            "data directory " + root + " belongs to etcd: it holds member/" + name);
      }
      // The lock alone is what a process leaves that died before it knew who it was.
      if (!BEFORE_IDENTITY.contains(name)) {
        throw ConfigException.start(
            "data directory " + root + " is not ours: it holds member/" + name);
      }
    }
  }

  private static void warnOfStrays(Path root, List<String> names) {
    for (String name : names) {
      if (!OURS.contains(name) && !VOLUME_ROOT.contains(name)) {
        LOG.atWarn()
            .addKeyValue("filename", name)
            .addKeyValue("data-dir", root)
            .log("found invalid file under data directory");
      }
    }
  }

  static List<String> list(Path dir) throws IOException {
    try (Stream<Path> entries = Files.list(dir)) {
      return entries.map(path -> String.valueOf(path.getFileName())).sorted().toList();
    }
  }

  static void create(Path dir) throws IOException {
    if (!Files.isDirectory(dir)) {
      Files.createDirectories(dir, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      return;
    }
    Set<PosixFilePermission> others =
        EnumSet.copyOf(Files.getPosixFilePermissions(dir)).stream()
            .filter(permission -> !OWNER_ONLY.contains(permission))
            .collect(Collectors.toSet());
    if (!others.isEmpty()) {
      LOG.atWarn()
          .addKeyValue("data-dir", dir)
          .log("directory is open to other users; mode 0700 is recommended");
    }
  }

  private static DataDir lock(Path root) throws IOException, ConfigException {
    Path path = root.resolve(MEMBER).toRealPath().resolve(LOCK);
    // Not by a second channel: a process that closes any one of a file gives up its lock on it.
    if (!HELD.add(path)) {
      throw inUse(root, Long.toString(ProcessHandle.current().pid()));
    }
    FileChannel channel = null;
    try {
      channel = FileChannel.open(path, LOCKING);
      List<String> last = lines(channel);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw inUse(root, last.isEmpty() ? "?" : last.get(0));
      }
      suspectCrash(path, last);
      channel.truncate(0);
      String mine = ProcessHandle.current().pid() + "\n" + Path.of("").toAbsolutePath() + "\n";
      channel.write(ByteBuffer.wrap(mine.getBytes(StandardCharsets.UTF_8)), 0);
      return new DataDir(root, path, channel, lock);
    } catch (IOException | ConfigException e) {
      if (channel != null) {
        channel.close();
      }
      HELD.remove(path);
      throw e;
    }
  }

  private static ConfigException inUse(Path root, String process) {
    return ConfigException.start("data directory " + root + " is in use by process " + process);
  }

  private static List<String> lines(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(LOCK_BYTES_MAX);
    while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) > 0) {
      // Until all is read.
    }
    return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8).lines().toList();
  }

  /** Looks whether the last process that had the lock has ended in LMDB. */
  private static void suspectCrash(Path lock, List<String> last) throws IOException {
    if (last.size() == LOCK_LINES) {
      Instant since = Files.getLastModifiedTime(lock).toInstant();
      Optional<CrashReport> report = CrashReport.of(last.get(0), last.get(1), since);
      if (report.isPresent() && report.get().isWithin(LMDB)) {
        Suspicion.raise(
            lock.resolveSibling(STORE),
            "the last process has ended in it, see " + report.get().file());
      }
    }
  }

  static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NotDirectoryException) {
      return "not a directory";
    }
    if (e instanceof FileSystemException file && file.getReason() != null) {
      return file.getReason().toLowerCase(Locale.ROOT);
    }
    return e.getClass().getSimpleName() + " " + e.getMessage();
  }
}
