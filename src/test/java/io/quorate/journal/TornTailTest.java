package io.quorate.journal;

import static io.quorate.journal.JournalFixture.RAFT_0;
import static io.quorate.journal.JournalFixture.append;
import static io.quorate.journal.JournalFixture.end;
import static io.quorate.journal.JournalFixture.replay;
import static io.quorate.journal.JournalFixture.segment;
import static io.quorate.journal.JournalFixture.settings;
import static io.quorate.journal.JournalFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.base.SeededRandom;
import io.quorate.raft.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a crash may leave, and what only damage leaves, at the end of the journal. */
class TornTailTest {
  private static final long SEGMENT_BYTES = 8 << 10;
  private static final int CRASHES = 20;

  @TempDir Path directory;
  private Path journal;
  private byte[] whole;
  private int lastStart;
  private int lastEnd;
  private int firstStart;

  /** Three records; the last one is longer than two sectors. */
  @BeforeEach
  void writeThreeRecords() throws IOException {
    journal = directory.resolve("journal");
    try (SegmentedLog log = SegmentedLog.open(settings(journal, SEGMENT_BYTES))) {
      firstStart = (int) end(log);
      write(log, append(1, 1, 3));
      write(log, append(1, 4, 6));
      lastStart = (int) end(log);
      byte[] data = new byte[1100];
      new Random(7).nextBytes(data);
      Entry entry = new Entry(1, 7, Entry.Kind.NORMAL, Bytes.wrap(data));
      write(log, new LogEvent.EntriesAppended(0, JournalFixture.state(1), 7, List.of(entry)));
      lastEnd = (int) end(log);
    }
    whole = Files.readAllBytes(segment(journal, 1));
  }

  @Test
  void cutsTheLastRecordWhereverItEnds() throws IOException {
    for (int cut = lastStart; cut < lastEnd; cut++) {
      byte[] bytes = whole.clone();
      Arrays.fill(bytes, cut, lastEnd, (byte) 0);
      assertCut(bytes);
    }
  }

  @Test
  void cutsTheLastRecordWhereverTheFileEnds() throws IOException {
    for (int cut = lastStart; cut < lastEnd; cut += 17) {
      assertCut(Arrays.copyOf(whole, cut));
    }
  }

  @Test
  void cutsTheLastRecordWhicheverSectorsAreMissing() throws IOException {
    for (int missing = 1; missing < 1 << sectors(); missing++) {
      assertCut(without(missing));
    }
  }

  @Test
  void cutsTheLastRecordAgainAfterACrashWhileItWasCut() throws IOException {
    for (int missing = 1; missing < (1 << sectors()) - 1; missing++) {
      for (int seed = 0; seed < CRASHES; seed++) {
        SimDevice device = new SimDevice(new SeededRandom(seed));
        Path path = Segment.pathOf(journal, 1);
        device.create(path).write(ByteBuffer.wrap(without(missing)), 0);
        device.open(path).force();
        device.losePowerAfter(0);
        assertThatThrownBy(() -> SegmentedLog.open(settings(journal, SEGMENT_BYTES), device))
            .isInstanceOf(SimDevice.PowerLoss.class);
        byte[] after = new byte[whole.length];
        device.open(path).read(ByteBuffer.wrap(after), 0);
        assertCut(after);
      }
    }
  }

  private int sectors() {
    return (lastEnd - 1) / TailCheck.SECTOR_BYTES - lastStart / TailCheck.SECTOR_BYTES + 1;
  }

  /** The file without the sectors of the last record whose bits are set in {@code missing}. */
  private byte[] without(int missing) {
    int sector = TailCheck.SECTOR_BYTES;
    int at = lastStart / sector * sector;
    byte[] bytes = whole.clone();
    for (int bits = missing; bits != 0; bits >>= 1) {
      if ((bits & 1) != 0) {
        Arrays.fill(bytes, Math.max(at, lastStart), Math.min(at + sector, lastEnd), (byte) 0);
      }
      at += sector;
    }
    return bytes;
  }

  @Test
  void refusesEveryFlippedBit() throws IOException {
    for (int at = 0; at < lastEnd; at++) {
      byte[] bytes = whole.clone();
      bytes[at] ^= (byte) (1 << (at % 8));
      assertCorrupt(bytes);
    }
  }

  @Test
  void refusesASectorOfZerosBeforeTheLastRecord() throws IOException {
    byte[] bytes = whole.clone();
    Arrays.fill(bytes, firstStart, lastStart, (byte) 0);
    assertCorrupt(bytes);
    bytes = whole.clone();
    Arrays.fill(bytes, firstStart, firstStart + 64, (byte) 0);
    assertCorrupt(bytes);
  }

  @Test
  void refusesBytesAfterTheEnd() throws IOException {
    for (int at : new int[] {lastEnd, lastEnd + 1}) {
      byte[] bytes = whole.clone();
      bytes[at] = 1;
      assertCorrupt(bytes);
    }
  }

  @Test
  void takesBytesFurtherBehindTheEndForTheRestOfARecord() throws IOException {
    for (int at : new int[] {lastEnd + 3000, whole.length - 1}) {
      byte[] bytes = whole.clone();
      bytes[at] = 1;
      assertThat(events(bytes)).hasSize(3);
    }
  }

  @Test
  void refusesTheLossOfASectorInWhichSeveralRecordsBegin() throws IOException {
    int sector = TailCheck.SECTOR_BYTES;
    byte[] bytes = whole.clone();
    Arrays.fill(bytes, firstStart, lastStart / sector * sector + sector, (byte) 0);
    assertCorrupt(bytes);
  }

  @Test
  void refusesAWholeHeaderBehindAMissingSector() throws IOException {
    assertCorrupt(withHeaderAlone(firstStart, lastStart));
  }

  @Test
  void takesAHeaderThatCannotStandThereForTheContentOfARecord() throws IOException {
    assertCut(withHeaderAlone(lastStart, firstStart));
  }

  /** Zeros from {@code from} on, and in the sector behind all records the header at {@code of}. */
  private byte[] withHeaderAlone(int from, int of) {
    byte[] bytes = whole.clone();
    int sector = TailCheck.SECTOR_BYTES;
    Arrays.fill(bytes, from, lastEnd, (byte) 0);
    System.arraycopy(
        whole, of, bytes, lastEnd / sector * sector + sector, RecordBuffer.HEADER_BYTES);
    return bytes;
  }

  @Test
  void refusesBytesAfterATornRecord() throws IOException {
    byte[] bytes = whole.clone();
    Arrays.fill(bytes, lastStart + 100, lastEnd, (byte) 0);
    bytes[lastEnd] = 1;
    assertCorrupt(bytes);
  }

  @Test
  void namesFileAndOffset() throws IOException {
    byte[] bytes = whole.clone();
    bytes[lastStart + RecordBuffer.HEADER_BYTES + 5] ^= 1;
    Path copied = withSegment(bytes);
    assertThatThrownBy(() -> open(copied))
        .isInstanceOf(CorruptJournalException.class)
        .hasMessageContaining(segment(copied, 1).toString())
        .hasMessageContaining("offset " + lastStart);
  }

  @Test
  void refusesATornRecordBelowTheSyncedOffset() throws IOException {
    try (SegmentedLog log = SegmentedLog.open(settings(journal, SEGMENT_BYTES))) {
      log.noteSynced();
      log.awaitBackground();
    }
    byte[] bytes = whole.clone();
    Arrays.fill(bytes, lastEnd - 1, lastEnd, (byte) 0);
    assertCorrupt(bytes);
    bytes = whole.clone();
    Arrays.fill(bytes, lastStart, lastEnd, (byte) 0);
    assertCorrupt(bytes);
    assertThat(events(whole)).hasSize(3);
  }

  @Test
  void refusesALostSegmentBelowTheSyncedOffset() throws IOException {
    try (SegmentedLog log = SegmentedLog.open(settings(journal, SEGMENT_BYTES))) {
      log.noteSynced();
      log.awaitBackground();
    }
    Files.delete(segment(journal, 1));
    assertThatThrownBy(() -> SegmentedLog.open(settings(journal, SEGMENT_BYTES)))
        .isInstanceOf(CorruptJournalException.class)
        .hasMessageContaining("there is no segment");
  }

  @Test
  void refusesADamagedNote() throws IOException {
    try (SegmentedLog log = SegmentedLog.open(settings(journal, SEGMENT_BYTES))) {
      log.noteSynced();
      log.awaitBackground();
    }
    byte[] note = Files.readAllBytes(SyncedNote.pathIn(journal));
    note[6] ^= 1;
    Files.write(SyncedNote.pathIn(journal), note);
    assertThatThrownBy(() -> SegmentedLog.open(settings(journal, SEGMENT_BYTES)))
        .isInstanceOf(CorruptJournalException.class)
        .hasMessageContaining("note");
  }

  /** Opens, finds the first two records alone, writes on, and finds that again. */
  private void assertCut(byte[] bytes) throws IOException {
    Path copied = withSegment(bytes);
    try (SegmentedLog log = open(copied)) {
      assertThat(replay(log, 0)).containsExactly(append(1, 1, 3), append(1, 4, 6));
      assertThat(log.state().lastIndex(RAFT_0)).isEqualTo(6);
      write(log, append(2, 7, 7));
    }
    try (SegmentedLog log = open(copied)) {
      assertThat(replay(log, 0)).containsExactly(append(1, 1, 3), append(1, 4, 6), append(2, 7, 7));
    }
  }

  private void assertCorrupt(byte[] bytes) throws IOException {
    Path copied = withSegment(bytes);
    assertThatThrownBy(() -> open(copied).close()).isInstanceOf(CorruptJournalException.class);
  }

  private List<LogEvent> events(byte[] bytes) throws IOException {
    try (SegmentedLog log = open(withSegment(bytes))) {
      return replay(log, 0);
    }
  }

  private static SegmentedLog open(Path copied) throws IOException {
    return SegmentedLog.open(settings(copied, SEGMENT_BYTES), FailingDisk.withoutSyncs());
  }

  private Path withSegment(byte[] bytes) throws IOException {
    Path copied = Files.createDirectories(directory.resolve("copy"));
    Files.write(segment(copied, 1), bytes);
    Files.deleteIfExists(segment(copied, 2));
    if (Files.exists(SyncedNote.pathIn(journal))) {
      Files.copy(
          SyncedNote.pathIn(journal),
          SyncedNote.pathIn(copied),
          StandardCopyOption.REPLACE_EXISTING);
    }
    return copied;
  }
}
