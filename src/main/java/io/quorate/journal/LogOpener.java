package io.quorate.journal;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal from its first segment to its last, checks everything and cuts the one record
 * that a crash may have left incomplete. Used once.
 */
final class LogOpener {
  /**
   * What was read.
   *
   * @param state everything known of the journal; without segments if it is new
   * @param nextRecordNumber the number of the next record
   */
  record Opened(LogState state, long nextRecordNumber) {}

  private final LogSettings settings;
  private final Disk disk;
  private final LogState state;
  private long nextRecordNumber = 1;

  private LogOpener(LogSettings settings, Disk disk) {
    this.settings = settings;
    this.disk = disk;
    this.state = new LogState(settings.indexStepBytes());
  }

  static Opened open(LogSettings settings, Disk disk) throws IOException {
    LogOpener opener = new LogOpener(settings, disk);
    opener.open();
    return new Opened(opener.state, opener.nextRecordNumber);
  }

  private void open() throws IOException {
    Path directory = settings.directory();
    for (Path leftover : disk.list(directory, SegmentedLog.TEMPORARY_SUFFIX)) {
      disk.delete(leftover);
    }
    List<Path> paths = disk.list(directory, Segment.SUFFIX);
    @Nullable Segment previous = null;
    for (int i = 0; i < paths.size(); i++) {
      previous = scan(paths.get(i), previous, i == paths.size() - 1);
    }
    checkNote(previous);
    if (previous != null) {
      String lacking = state.lackingStream();
      if (lacking != null) {
        throw new CorruptJournalException(
            paths.get(0), 0, "the segment before it is gone, but " + lacking + " needs it");
      }
    }
  }

  private void checkNote(@Nullable Segment last) throws IOException {
    SyncedNote note = SyncedNote.read(disk, settings.directory());
    if (note == null) {
      return;
    }
    if (last == null) {
      throw new CorruptJournalException(
          Segment.pathOf(settings.directory(), note.segment()),
          note.offset(),
          "there is no segment, but a checkpoint relied on this one");
    }
    if (new SyncedNote(last.number(), last.end()).compareTo(note) < 0) {
      throw belowNote(last.path(), last.end(), note);
    }
  }

  private static CorruptJournalException belowNote(Path path, long end, SyncedNote note) {
    return new CorruptJournalException(
        path,
        end,
        "the journal ends here, but a checkpoint relied on it up to segment "
            + note.segment()
            + " offset "
            + note.offset());
  }

  private Segment scan(Path path, @Nullable Segment previous, boolean last) throws IOException {
    try (Disk.DiskFile file = disk.open(path)) {
      long size = file.size();
      RecordReader reader = new RecordReader(file, path, 0, size, settings.recordBytesMax());
      Segment segment = readBase(reader, path, size, previous);
      checkNumber(reader);
      state.add(segment);
      while (reader.next()) {
        checkNumber(reader);
        take(segment, reader);
      }
      finish(segment, reader, file, last);
      return segment;
    }
  }

  private Segment readBase(RecordReader reader, Path path, long size, @Nullable Segment previous)
      throws IOException {
    if (!reader.next() || reader.type() != RecordBuffer.Type.BASE) {
      throw new CorruptJournalException(path, 0, "the segment does not begin with its base");
    }
    Base base;
    try {
      base = Base.decode(reader.body());
    } catch (IllegalArgumentException | IndexOutOfBoundsException | BufferUnderflowException e) {
      throw reader.corruptRecord("base cannot be read: " + e.getMessage());
    }
    if (!path.equals(Segment.pathOf(settings.directory(), base.segment()))) {
      throw reader.corruptRecord("base is that of segment " + base.segment());
    }
    if (previous == null) {
      nextRecordNumber = reader.recordNumber();
    } else if (base.segment() != previous.number() + 1) {
      throw reader.corruptRecord(
          "segment " + base.segment() + " follows segment " + previous.number());
    } else if (base.previousEnd() != previous.end()) {
      throw new CorruptJournalException(
          previous.path(),
          previous.end(),
          "the segment ends here, but the next one says it ended at " + base.previousEnd());
    } else if (!base.equals(state.base(base.segment(), base.previousEnd()))) {
      throw reader.corruptRecord("base does not agree with the segments before it");
    }
    return new Segment(path, base, size, reader.position());
  }

  private void checkNumber(RecordReader reader) throws CorruptJournalException {
    if (reader.recordNumber() != nextRecordNumber) {
      throw reader.corruptRecord(
          "record has number " + reader.recordNumber() + ", expected " + nextRecordNumber);
    }
    nextRecordNumber++;
  }

  private void take(Segment segment, RecordReader reader) throws CorruptJournalException {
    long offset = reader.recordOffset();
    try {
      switch (reader.type()) {
        case WRITES -> {
          for (Writes.Message message : Writes.read(reader.body())) {
            state.found(segment, offset, message);
          }
        }
        case DELETION ->
            state.deleted(RecordBuffer.getText(reader.body()), reader.body().getLong());
        case BASE -> throw reader.corruptRecord("a base in the middle of a segment");
      }
    } catch (IllegalArgumentException | IndexOutOfBoundsException | BufferUnderflowException e) {
      throw reader.corruptRecord("record cannot be read: " + e.getMessage());
    }
  }

  private void finish(Segment segment, RecordReader reader, Disk.DiskFile file, boolean last)
      throws IOException {
    long end = reader.position();
    segment.setEnd(end);
    long tornEnd = TailCheck.tornEnd(file, segment.path(), end, nextRecordNumber);
    if (tornEnd == end) {
      return;
    }
    if (!last) {
      throw new CorruptJournalException(
          segment.path(), end, "a record is incomplete, but another segment follows");
    }
    SyncedNote note = SyncedNote.read(disk, settings.directory());
    if (note != null && new SyncedNote(segment.number(), end).compareTo(note) < 0) {
      throw belowNote(segment.path(), end, note);
    }
    // A crash meanwhile leaves some sectors of it: an incomplete record, too.
    Segment.fillZeros(file, end, tornEnd);
  }
}
