package io.quorate.chaos.cluster;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * An ext4 file system in a sparse file, mounted by a loop device, which the kernel gives back when
 * it is unmounted. Needs Linux, the right to mount, and the programs of e2fsprogs and util-linux.
 */
final class Image {
  private static final Duration PROGRAM_WITHIN = Duration.ofSeconds(60);
  private static final int UNMOUNT_TRIES_MAX = 100;
  private static final long UNMOUNT_PAUSE_NANOS = 100_000_000;
  private static final long MEBIBYTE = 1 << 20;
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  /** The bit of CAP_SYS_ADMIN among the capabilities of a process; see capability.h. */
  private static final int ADMIN_BIT = 21;

  /** Where in a line of the kernel's table of mounts the place stands. */
  private static final int MOUNT_COLUMN = 4;

  private static final List<String> PROGRAMS =
      List.of("mkfs.ext4", "mount", "umount", "fsfreeze", "timeout");

  /**
   * FS_IOC_SHUTDOWN without a flush of the journal, on each folder; as the numbers are on x86-64
   * and arm64. The JDK has no way to call it.
   */
  private static final String PERL =
      """
      for (@ARGV) {
        open(my $folder, '<', $_) or die "$_: $!";
        my $flags = pack('L', 2);
        ioctl($folder, 0x8004587d, $flags) or die "$_: $!";
      }
      """;

  private static final String PYTHON =
      """
      import fcntl, os, struct, sys
      for path in sys.argv[1:]:
          fcntl.ioctl(os.open(path, os.O_RDONLY), 0x8004587d, struct.pack('I', 2))
      """;

  private final Path file;
  private final Path folder;

  private Image(Path file, Path folder) {
    this.file = file;
    this.folder = folder;
  }

  /** Why there can be none here, in one line. */
  static Optional<String> missingHere() {
    if (!mayMount()) {
      return Optional.of("mounting an image needs Linux and root with CAP_SYS_ADMIN");
    }
    if (!Files.exists(Path.of("/dev/loop-control"))) {
      return Optional.of("there are no loop devices: /dev/loop-control is missing");
    }
    Optional<String> program = PROGRAMS.stream().filter(p -> Command.find(p).isEmpty()).findFirst();
    if (program.isPresent()) {
      return Optional.of("mounting an image needs " + program.get() + ", which is not installed");
    }
    if (shutdownLine().isEmpty()) {
      return Optional.of("cutting the power of a disk needs perl or python3, neither is installed");
    }
    return Optional.empty();
  }

  private static boolean mayMount() {
    try {
      return mayMount(Files.readString(Path.of("/proc/self/status")));
    } catch (IOException notLinux) {
      return false;
    }
  }

  /** Whether a process may mount, of which {@code /proc/PID/status} says this. */
  static boolean mayMount(String status) {
    String label = "CapEff:";
    return status
        .lines()
        .filter(line -> line.startsWith(label))
        .map(line -> Long.parseUnsignedLong(line.substring(label.length()).strip(), 16))
        .anyMatch(capabilities -> ((capabilities >>> ADMIN_BIT) & 1) == 1);
  }

  static Image create(Path file, Path folder, int mebibytes) throws IOException {
    try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw")) {
      image.setLength(mebibytes * MEBIBYTE);
    }
    Files.createDirectories(folder);
    // No block is kept for root, who is to see a full disk as well.
    Command.run(PROGRAM_WITHIN, List.of("mkfs.ext4", "-q", "-F", "-m", "0", file.toString()));
    Image made = new Image(file, folder);
    made.mount();
    return made;
  }

  void mount() throws IOException {
    Command.run(
        PROGRAM_WITHIN,
        List.of("mount", "-t", "ext4", "-o", "loop", file.toString(), folder.toString()));
  }

  void unmount() throws IOException {
    // The kernel knows: somebody may have swept here.
    if (mounts(Files.readString(MOUNTS), folder.toRealPath()).contains(folder.toRealPath())) {
      unmount(folder);
    }
  }

  /** Unmounts, and tries again while somebody who is on his way out has a file open. */
  private static void unmount(Path folder) throws IOException {
    for (int left = UNMOUNT_TRIES_MAX; ; left--) {
      try {
        Command.run(PROGRAM_WITHIN, List.of("umount", folder.toString()));
        return;
      } catch (IOException busy) {
        if (left == 0) {
          throw busy;
        }
        LockSupport.parkNanos(UNMOUNT_PAUSE_NANOS);
      }
    }
  }

  static void shutdown(List<Image> images) throws IOException {
    List<String> line = new ArrayList<>(shutdownLine());
    images.forEach(image -> line.add(image.folder.toString()));
    Command.run(PROGRAM_WITHIN, line);
  }

  private static List<String> shutdownLine() {
    if (Command.find("perl").isPresent()) {
      return List.of("perl", "-e", PERL);
    }
    return Command.find("python3").isPresent() ? List.of("python3", "-c", PYTHON) : List.of();
  }

  /** Unmounts what an earlier harness left mounted below a folder; returns where. */
  static List<Path> sweep(Path folder) throws IOException {
    if (!Files.exists(MOUNTS) || !Files.exists(folder)) {
      return List.of();
    }
    List<Path> left = mounts(Files.readString(MOUNTS), folder.toRealPath());
    for (Path each : left) {
      unmount(each);
    }
    return left;
  }

  /** The places in {@code folder} where something is mounted, itself among them, deepest first. */
  static List<Path> mounts(String mountInfo, Path folder) {
    return mountInfo
        .lines()
        .map(line -> Path.of(unescaped(line.split(" ", MOUNT_COLUMN + 2)[MOUNT_COLUMN])))
        .filter(place -> place.startsWith(folder))
        .sorted(Comparator.comparingInt(Path::getNameCount).reversed())
        .toList();
  }

  /** The kernel writes blanks and the like as a backslash and three octal digits. */
  private static String unescaped(String text) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\' && i + 3 < text.length()) {
        plain.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        plain.append(text.charAt(i));
      }
    }
    return plain.toString();
  }
}
