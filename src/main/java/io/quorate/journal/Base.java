package io.quorate.journal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The first record of a segment: everything that a reader would otherwise have to learn from the
 * segments before it, which may be gone. For a Raft group it holds the previous index and term, the
 * hard state and the membership; the first index of the segment is the previous index plus one.
 *
 * @param segment the number of the segment, from 1 on without gaps
 * @param previousEnd the offset at which the segment before ended, 0 in the first
 * @param streams one row for each persistence id that was ever written, in their order
 */
record Base(long segment, long previousEnd, List<Stream> streams) {
  /** The version of the format of segments that this program writes and reads. */
  static final int FORMAT_VERSION = 1;

  private static final int STREAMS_MAX = 1 << 20;

  /**
   * One persistence id.
   *
   * @param persistenceId its name
   * @param highestSequenceNr the last sequence number written
   * @param deletedTo the sequence number up to which everything is deleted
   * @param group what its events add up to if they are those of a Raft group, else null
   */
  record Stream(
      String persistenceId, long highestSequenceNr, long deletedTo, @Nullable GroupState group) {}

  void encode(RecordBuffer to) {
    to.room(24).putInt(FORMAT_VERSION).putLong(segment).putLong(previousEnd);
    to.room(4).putInt(streams.size());
    for (Stream stream : streams) {
      to.putText(stream.persistenceId());
      to.room(17).putLong(stream.highestSequenceNr()).putLong(stream.deletedTo());
      GroupState group = stream.group();
      to.room(1).put((byte) (group == null ? 0 : 1));
      if (group != null) {
        LogEvent.LogReset event = group.toReset();
        int bytes = EventCodec.sizeOf(event);
        EventCodec.encode(event, to.room(4 + bytes).putInt(bytes));
      }
    }
  }

  static Base decode(ByteBuffer from) {
    int version = from.getInt();
    if (version != FORMAT_VERSION) {
      throw new IllegalArgumentException(
          "segment has format " + version + ", this program reads " + FORMAT_VERSION);
    }
    long segment = from.getLong();
    long previousEnd = from.getLong();
    int count = from.getInt();
    if (count < 0 || count > STREAMS_MAX) {
      throw new IllegalArgumentException(count + " persistence ids, at most " + STREAMS_MAX);
    }
    List<Stream> streams = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      streams.add(
          new Stream(
              RecordBuffer.getText(from),
              from.getLong(),
              from.getLong(),
              from.get() == 0 ? null : decodeGroup(from)));
    }
    return new Base(segment, previousEnd, streams);
  }

  private static GroupState decodeGroup(ByteBuffer from) {
    int bytes = from.getInt();
    ByteBuffer event = from.slice(from.position(), bytes);
    from.position(from.position() + bytes);
    if (EventCodec.decode(event) instanceof LogEvent.LogReset reset) {
      return GroupState.initial(reset.group()).after(reset);
    }
    throw new IllegalArgumentException("base of a group is no reset");
  }
}
