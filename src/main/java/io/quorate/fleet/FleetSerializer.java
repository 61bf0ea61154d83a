package io.quorate.fleet;

import io.quorate.base.Bytes;
import java.io.NotSerializableException;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/** Gives {@link FleetCodec} to Pekko Serialization, which finds it by name. Stateless. */
public final class FleetSerializer extends SerializerWithStringManifest {
  /** The number that stands for this serializer on the wire; it never changes. */
  public static final int IDENTIFIER = 19_032_002;

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object message) {
    return FleetCodec.manifest(checked(message));
  }

  @Override
  public byte[] toBinary(Object message) {
    return FleetCodec.encode(checked(message)).toArray();
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    try {
      return FleetCodec.decode(manifest, Bytes.wrap(bytes));
    } catch (IllegalArgumentException e) {
      throw new NotSerializableException(e.getMessage());
    }
  }

  private static FleetCommand.Message checked(Object message) {
    if (message instanceof FleetCommand.Message told) {
      return told;
    }
    throw new IllegalArgumentException("not a message of the fleet: " + message.getClass());
  }
}
