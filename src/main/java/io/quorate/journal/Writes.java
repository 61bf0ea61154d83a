package io.quorate.journal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The body of a record of writes: all that one call handed to the journal, so that all of it
 * becomes durable or none.
 *
 * <pre>
 * write:   persistenceId:text group:4 firstSequenceNr:8 count:4 writer:text message*
 * message: payloadType:1 timestamp:8 manifest:text length:4 payload
 * </pre>
 */
final class Writes {
  /** The payload is an event as {@link EventCodec} writes it. */
  static final byte PAYLOAD_EVENT = 1;

  /** The payload is serializer:4, manifest:text, bytes, as Pekko Serialization has it. */
  static final byte PAYLOAD_SERIALIZED = 2;

  /** The group of a write that belongs to no Raft group. */
  static final int NO_GROUP = -1;

  /**
   * One message as it lies on disk.
   *
   * @param persistenceId whose it is
   * @param group the Raft group, or {@link #NO_GROUP}
   * @param sequenceNr its sequence number
   * @param writer the id of the incarnation that wrote it
   * @param timestamp when it was written, in milliseconds
   * @param manifest what an event adapter left
   * @param body what it carries
   */
  record Message(
      String persistenceId,
      int group,
      long sequenceNr,
      String writer,
      long timestamp,
      String manifest,
      Body body) {
    byte payloadType() {
      return body.type();
    }

    ByteBuffer payload() {
      return body.bytes();
    }
  }

  /**
   * What a message carries.
   *
   * @param type how to read {@code bytes}
   * @param bytes valid only until the reader goes on
   */
  record Body(byte type, ByteBuffer bytes) {}

  /**
   * One write as the log has to know it.
   *
   * @param persistenceId whose it is
   * @param lastSequenceNr the last sequence number of the write
   * @param events its events if it is that of a Raft group, else empty
   */
  record Written(String persistenceId, long lastSequenceNr, List<LogEvent> events) {}

  private Writes() {}

  /** Starts a write; {@code count} messages follow. */
  static void begin(
      RecordBuffer to,
      String persistenceId,
      int group,
      long firstSequenceNr,
      int count,
      String writer) {
    to.putText(persistenceId);
    to.room(16).putInt(group).putLong(firstSequenceNr).putInt(count);
    to.putText(writer);
  }

  /** Puts a message whose payload is {@code event}. */
  static void putEvent(RecordBuffer to, long timestamp, String manifest, LogEvent event) {
    to.room(9).put(PAYLOAD_EVENT).putLong(timestamp);
    to.putText(manifest);
    int bytes = EventCodec.sizeOf(event);
    ByteBuffer buffer = to.room(4 + bytes).putInt(bytes);
    EventCodec.encode(event, buffer);
  }

  /** Puts a message that Pekko Serialization has turned into {@code bytes}. */
  static void putSerialized(
      RecordBuffer to,
      long timestamp,
      String manifest,
      int serializerId,
      String serializerManifest,
      byte[] bytes) {
    to.room(9).put(PAYLOAD_SERIALIZED).putLong(timestamp);
    to.putText(manifest);
    int lengthAt = to.room(4).position();
    to.room(4).putInt(0);
    to.room(4).putInt(serializerId);
    to.putText(serializerManifest);
    ByteBuffer buffer = to.room(bytes.length).put(bytes);
    buffer.putInt(lengthAt, buffer.position() - lengthAt - 4);
  }

  /** The messages in {@code body}. Throws a runtime exception if it is none of ours. */
  static List<Message> read(ByteBuffer body) {
    List<Message> messages = new ArrayList<>();
    while (body.hasRemaining()) {
      String persistenceId = RecordBuffer.getText(body);
      int group = body.getInt();
      long firstSequenceNr = body.getLong();
      int count = body.getInt();
      String writer = RecordBuffer.getText(body);
      for (int i = 0; i < count; i++) {
        byte type = body.get();
        long timestamp = body.getLong();
        String manifest = RecordBuffer.getText(body);
        int bytes = body.getInt();
        ByteBuffer payload = body.slice(body.position(), bytes);
        body.position(body.position() + bytes);
        messages.add(
            new Message(
                persistenceId,
                group,
                firstSequenceNr + i,
                writer,
                timestamp,
                manifest,
                new Body(type, payload)));
      }
    }
    return messages;
  }
}
