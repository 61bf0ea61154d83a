package io.quorate.chaos.cluster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the data of one member lies on: an ext4 file system of its own, in an image file, that can
 * lose its power, stall and be full; or, where no image can be mounted, a plain folder that can do
 * none of these. One thread at a time, but for {@link #close}.
 *
 * <p>A cut of the power loses what the kernel had not written back when it happened: bytes that
 * nobody synced, and names and sizes of files that no journal of ext4 had committed. It cannot lose
 * what a real disk keeps in a cache of its own, nor tear a sector.
 */
public final class Disk implements AutoCloseable {
  /** The longest time for which a disk stalls. */
  public static final Duration STALL_MAX = Duration.ofSeconds(60);

  private static final String FILLER = "filler";
  private static final Duration FILL_WITHIN = Duration.ofSeconds(30);
  private static final int PIECE_BYTES = 4096;
  private static final long FALLOCATE_BYTES_MIN = 1 << 20;

  private final Path folder;
  private final @Nullable Image image;
  private final String whyPlain;
  private @Nullable Stall stall;

  private Disk(Path folder, @Nullable Image image, String whyPlain) {
    this.folder = folder;
    this.image = image;
    this.whyPlain = whyPlain;
  }

  /** Why no image can be mounted here, in one line; nothing if it can. */
  public static Optional<String> missingHere() {
    return Image.missingHere();
  }

  /**
   * A new, empty file system.
   *
   * @param file the image, which is made and takes space as it is filled
   * @param folder where it is mounted; made if it is missing
   */
  static Disk image(Path file, Path folder, int mebibytes) throws IOException {
    return new Disk(folder, Image.create(file, folder, mebibytes), "");
  }

  /** A plain folder, which is made if it is missing. */
  static Disk plain(Path folder, String why) throws IOException {
    Files.createDirectories(folder);
    return new Disk(folder, null, why);
  }

  /** Where files lie. */
  public Path folder() {
    return folder;
  }

  /** Why it can neither lose its power, stall nor be full, in one line; nothing if it can. */
  public Optional<String> missing() {
    return image == null
        ? Optional.of("the disk is a plain folder: " + whyPlain)
        : Optional.empty();
  }

  /** The image; whoever needs one is told why there is none. */
  Image image() {
    if (image == null) {
      throw new IllegalStateException(missing().orElseThrow());
    }
    return image;
  }

  /**
   * Cuts the power of several disks, as nearly at once as one process can: nothing is written to
   * them from now on, and whoever tries to is told of an error of the disk.
   */
  static void shutdown(List<Disk> disks) throws IOException {
    for (Disk disk : disks) {
      disk.thaw();
    }
    Image.shutdown(disks.stream().map(Disk::image).toList());
  }

  /** Gives it power again, after {@link #shutdown}; nobody may have a file of it open. */
  void restore() throws IOException {
    image().unmount();
    image().mount();
  }

  /**
   * Lets whoever writes or syncs wait, until {@link #thaw} or for some time. Before, the kernel
   * writes back all that it holds for this disk.
   *
   * <p>It never lasts longer, nor outlives the harness: a process of its own thaws, which notices
   * when the harness is gone.
   *
   * @param atMost at most {@link #STALL_MAX}
   */
  public void freeze(Duration atMost) throws IOException {
    stall(atMost, Duration.ZERO, 1);
  }

  /**
   * Lets it stall again and again, until {@link #thaw} or for a number of times, and returns after
   * it began.
   *
   * @param stall for how long each time; all in all at most {@link #STALL_MAX}
   * @param gap how long it works in between
   */
  public void slow(Duration stall, Duration gap, int times) throws IOException {
    stall(stall, gap, times);
  }

  private synchronized void stall(Duration each, Duration gap, int times) throws IOException {
    if (times < 1 || each.multipliedBy(times).compareTo(STALL_MAX) > 0) {
      throw new IllegalArgumentException(
          times + " stalls of " + each + ", all of them at most " + STALL_MAX);
    }
    image();
    thaw();
    Stall begun = new Stall(folder, each, gap, times);
    stall = begun;
    begun.awaitFirst();
  }

  /**
   * Ends what {@link #freeze} or {@link #slow} began; returns how often it stalled since then.
   *
   * @throws IOException if it is not thawed in time
   */
  public synchronized int thaw() throws IOException {
    Stall begun = stall;
    stall = null;
    return begun == null ? 0 : begun.end();
  }

  /** Whether what {@link #freeze} or {@link #slow} began is not over yet. */
  public synchronized boolean isStalling() {
    return stall != null && stall.isUnderWay();
  }

  /** How many bytes are free. */
  public long freeBytes() throws IOException {
    return Files.getFileStore(folder).getUsableSpace();
  }

  /** Takes all blocks that are free, until {@link #drain}; returns how many bytes. */
  public long fill() throws IOException {
    image();
    Path filler = folder.resolve(FILLER);
    try (FileChannel channel =
        FileChannel.open(filler, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      if (Command.find("fallocate").isPresent()) {
        allocate(filler);
      }
      channel.position(channel.size());
      write(channel);
    }
    return Files.size(filler);
  }

  /** Most of it, without writing anything. */
  private void allocate(Path filler) throws IOException {
    for (long bytes = freeBytes(); bytes >= FALLOCATE_BYTES_MIN; ) {
      String offset = Long.toString(Files.size(filler));
      String length = Long.toString(bytes);
      try {
        Command.run(
            FILL_WITHIN, List.of("fallocate", "-o", offset, "-l", length, filler.toString()));
        bytes = Math.min(bytes, freeBytes());
      } catch (IOException noSpace) {
        bytes /= 2;
      }
    }
  }

  /** The rest, block by block, until the disk refuses one; it may have shrunk meanwhile. */
  private void write(FileChannel channel) throws IOException {
    long blocksMax = freeBytes() / PIECE_BYTES + FALLOCATE_BYTES_MIN;
    for (long block = 0; block < blocksMax; block++) {
      try {
        channel.write(ByteBuffer.allocate(PIECE_BYTES));
      } catch (IOException full) {
        return;
      }
    }
    throw new IOException(folder + " is not full after " + blocksMax + " blocks");
  }

  /** Gives back what {@link #fill} took. */
  public void drain() throws IOException {
    Files.deleteIfExists(folder.resolve(FILLER));
  }

  /** Thaws and unmounts it; the image stays. Whoever uses it has to be gone. */
  @Override
  public void close() throws IOException {
    try {
      thaw();
    } finally {
      if (image != null) {
        image.unmount();
      }
    }
  }
}
