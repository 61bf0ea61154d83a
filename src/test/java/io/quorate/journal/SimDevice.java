package io.quorate.journal;

import io.quorate.base.SeededRandom;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.TreeMap;

/**
 * A device in memory that may lose power: of what was written and not forced some sectors are on it
 * then, in any order, or the beginning. Names change durably and at once.
 */
final class SimDevice implements Disk {
  /** What a device writes whole or not at all, in bytes. */
  private static final int SECTOR_BYTES = TailCheck.SECTOR_BYTES;

  private static final int NEVER = -1;

  /** Ends everything that runs on the device; nobody can catch it as a failure of the device. */
  static final class PowerLoss extends Error {
    private static final long serialVersionUID = 1L;

    PowerLoss() {
      super("power is lost", null, false, false);
    }
  }

  private final SeededRandom random;
  private final TreeMap<Path, File> files = new TreeMap<>();
  private int stepsLeft = NEVER;
  private int keptSectors;
  private int lostSectors;

  SimDevice(SeededRandom random) {
    this.random = random;
  }

  /** Power goes at the {@code steps}-th time from now, from 0, that something is to be durable. */
  void losePowerAfter(int steps) {
    stepsLeft = steps;
    keptSectors = 0;
    lostSectors = 0;
  }

  /** Power stays, or is back. */
  void keepPower() {
    stepsLeft = NEVER;
  }

  /** What the last loss of power left of what was written to files with their final names. */
  SimJournal.Left left() {
    if (lostSectors == 0) {
      return SimJournal.Left.WHOLE;
    }
    return keptSectors == 0 ? SimJournal.Left.NOTHING : SimJournal.Left.TORN;
  }

  /** What is on it, on another device. */
  SimDevice copy() {
    SimDevice copy = new SimDevice(random);
    files.forEach((path, file) -> copy.files.put(path, copy.new File(file)));
    return copy;
  }

  /** Changes the bit {@code bit} of {@code path}, durably. */
  void flip(Path path, long bit) throws IOException {
    File file = existing(path);
    byte mask = (byte) (1 << (bit % Byte.SIZE));
    file.now[(int) (bit / Byte.SIZE)] ^= mask;
    file.durable[(int) (bit / Byte.SIZE)] ^= mask;
  }

  private void step() {
    if (stepsLeft == NEVER) {
      return;
    }
    if (stepsLeft > 0) {
      stepsLeft--;
      return;
    }
    files.forEach((path, file) -> file.losePower(random, path.toString().endsWith(Segment.SUFFIX)));
    throw new PowerLoss();
  }

  private File existing(Path path) throws NoSuchFileException {
    File file = files.get(path);
    if (file == null) {
      throw new NoSuchFileException(path.toString());
    }
    return file;
  }

  @Override
  public void createDirectories(Path directory) {
    // There are no directories here.
  }

  @Override
  public Closeable lock(Path directory) {
    return () -> {};
  }

  @Override
  public List<Path> list(Path directory, String suffix) {
    return files.keySet().stream().filter(path -> path.toString().endsWith(suffix)).toList();
  }

  @Override
  public DiskFile create(Path path) {
    File file = new File();
    files.put(path, file);
    return file;
  }

  @Override
  public DiskFile open(Path path) throws IOException {
    return existing(path);
  }

  @Override
  public DiskFile openReadOnly(Path path) throws IOException {
    return existing(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    step();
    files.put(to, existing(from));
    files.remove(from);
  }

  @Override
  public void delete(Path path) {
    step();
    files.remove(path);
  }

  private final class File implements DiskFile {
    private final BitSet unforced = new BitSet();
    private byte[] now = new byte[0];
    private byte[] durable = new byte[0];

    File() {}

    File(File other) {
      now = other.now.clone();
      durable = other.durable.clone();
    }

    @Override
    public void write(ByteBuffer from, long offset) {
      int begin = (int) offset;
      int end = begin + from.remaining();
      if (end > now.length) {
        now = Arrays.copyOf(now, end);
      }
      from.get(now, begin, end - begin);
      unforced.set(begin / SECTOR_BYTES, (end - 1) / SECTOR_BYTES + 1);
    }

    @Override
    public int read(ByteBuffer to, long offset) {
      int bytes = (int) Math.min(to.remaining(), now.length - offset);
      if (bytes <= 0) {
        return -1;
      }
      to.put(now, (int) offset, bytes);
      return bytes;
    }

    @Override
    public void force() {
      step();
      keep(unforced);
      unforced.clear();
    }

    @Override
    public long size() {
      return now.length;
    }

    @Override
    public void close() {
      // Nothing is held.
    }

    /** Copies what was written to {@code sectors} to the device. */
    private void keep(BitSet sectors) {
      durable = Arrays.copyOf(durable, now.length);
      for (int i = sectors.nextSetBit(0); i >= 0; i = sectors.nextSetBit(i + 1)) {
        int from = i * SECTOR_BYTES;
        System.arraycopy(now, from, durable, from, Math.min(SECTOR_BYTES, now.length - from));
      }
    }

    /** Keeps some of the sectors that were not forced. */
    void losePower(SeededRandom random, boolean counts) {
      int perMille = 100 + random.nextInt(800);
      BitSet kept = new BitSet();
      unforced.stream().filter(sector -> random.chance(perMille)).forEach(kept::set);
      if (counts) {
        keptSectors += kept.cardinality();
        lostSectors += unforced.cardinality() - kept.cardinality();
      }
      keep(kept);
      now = durable.clone();
      unforced.clear();
    }
  }
}
