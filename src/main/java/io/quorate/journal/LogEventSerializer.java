package io.quorate.journal;

import java.io.NotSerializableException;
import java.nio.ByteBuffer;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * Gives {@link EventCodec} to Pekko Serialization, for journals other than {@link FileJournal},
 * which calls the codec itself. Stateless.
 */
public final class LogEventSerializer extends SerializerWithStringManifest {
  /** The number that stands for this serializer in stored messages; it never changes. */
  public static final int IDENTIFIER = 19_032_001;

  private static final String MANIFEST = "log-event";

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object event) {
    return MANIFEST;
  }

  @Override
  public byte[] toBinary(Object event) {
    if (event instanceof LogEvent logEvent) {
      return EventCodec.toArray(logEvent);
    }
    throw new IllegalArgumentException("not an event of the log: " + event.getClass().getName());
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    if (!manifest.equals(MANIFEST)) {
      throw new NotSerializableException("manifest " + manifest + ", expected " + MANIFEST);
    }
    return EventCodec.decode(ByteBuffer.wrap(bytes));
  }
}
