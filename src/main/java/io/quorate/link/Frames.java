package io.quorate.link;

import io.quorate.base.ByteReader;
import io.quorate.base.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Framing;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.util.ByteString;

/**
 * How bytes are cut: a length of four bytes, big-endian, and then as many bytes. A frame of no
 * bytes says that the sender lives, and nothing else.
 */
final class Frames {
  /** The bytes of the length. */
  static final int HEAD_BYTES = Integer.BYTES;

  /** What a lane may put round what its frames carry, in bytes. */
  static final int FRAME_SLACK_BYTES = 64;

  /** Says that the sender lives. */
  static final ByteString ALIVE = ByteString.fromArrayUnsafe(new byte[HEAD_BYTES]);

  private Frames() {}

  /** Cuts bytes into frames, each still with its length; fails if one carries more than so many. */
  static Flow<ByteString, ByteString, NotUsed> cut(int payloadBytesMax) {
    int max = HEAD_BYTES + payloadBytesMax + FRAME_SLACK_BYTES;
    return Framing.lengthField(HEAD_BYTES, 0, max, ByteOrder.BIG_ENDIAN);
  }

  /** A flow of one stage. */
  static Flow<ByteString, ByteString, NotUsed> through(
      GraphStage<FlowShape<ByteString, ByteString>> stage) {
    return Flow.fromGraph(stage);
  }

  /** Whether {@code frame}, with its length, says no more than that the sender lives. */
  static boolean isAlive(ByteString frame) {
    return frame.size() == HEAD_BYTES;
  }

  /** A reader of what {@code frame} carries. */
  static ByteReader reader(ByteString frame) {
    ByteReader reader = new ByteReader(Bytes.wrap(frame.toArrayUnsafe()));
    reader.getInt();
    return reader;
  }

  /** A frame that carries {@code payload}. */
  static ByteString of(Bytes payload) {
    ByteBuffer frame = ByteBuffer.allocate(HEAD_BYTES + payload.size());
    frame.putInt(payload.size()).put(payload.unsafeArray());
    return ByteString.fromArrayUnsafe(frame.array());
  }

  /** A frame that carries a byte and then {@code payload}, which is not copied. */
  static ByteString of(int kind, Bytes payload) {
    ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES + 1);
    head.putInt(1 + payload.size()).put((byte) kind);
    return ByteString.fromArrayUnsafe(head.array())
        .concat(ByteString.fromArrayUnsafe(payload.unsafeArray()));
  }

  /** What {@code frame} carries after its first {@code skipped} bytes. */
  static Bytes rest(ByteString frame, int skipped) {
    return Bytes.wrap(frame.drop(HEAD_BYTES + skipped).toArrayUnsafe());
  }
}
