package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameHeadsTest {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final List<String> seen = new ArrayList<>();

  private void see(int type, int flags, int stream, int length) {
    seen.add(type + " " + flags + " " + stream + " " + length);
  }

  private static byte[] frames() {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 17);
    bytes.put(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0});
    bytes.put(new byte[] {0, 0, 3, 1, 5, (byte) 0x81, 2, 3, 4}).put(new byte[3]);
    bytes.put(new byte[] {1, 0, 2, 0, 1, 0, 0, 0, 7}).put(new byte[65538]);
    bytes.put(new byte[] {0, 0, 4, 3, 0, 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff});
    bytes.put(new byte[4]);
    bytes.flip();
    byte[] all = new byte[bytes.remaining()];
    bytes.get(all);
    return all;
  }

  private static final String[] HEADS = {
    "4 0 0 0", "1 5 16909060 3", "0 1 7 65538", "3 0 2147483647 4"
  };

  @Test
  void findsEachHeadHoweverTheBytesAreCut() {
    for (int cut = 1; cut < 40; cut++) {
      seen.clear();
      FrameHeads heads = FrameHeads.ofClient(this::see);
      byte[] frames = frames();
      ByteBuffer all = ByteBuffer.allocate(PREFACE.length + frames.length);
      all.put(PREFACE).put(frames).flip();
      while (all.hasRemaining()) {
        ByteBuffer piece = all.slice(all.position(), Math.min(cut, all.remaining()));
        all.position(all.position() + piece.remaining());
        heads.read(piece);
      }
      assertThat(seen).containsExactly(HEADS);
      assertThat(heads.isHttp2()).isTrue();
    }
  }

  @Test
  void aServerHasNoPreface() {
    FrameHeads.ofServer(this::see).read(ByteBuffer.wrap(frames()));
    assertThat(seen).containsExactly(HEADS);
  }

  @Test
  void leavesOtherProtocolsAlone() {
    FrameHeads heads = FrameHeads.ofClient(this::see);
    heads.read(ByteBuffer.wrap("PRI * HTTP/1.1".getBytes(StandardCharsets.US_ASCII)));
    heads.read(ByteBuffer.wrap(PREFACE));
    heads.read(ByteBuffer.wrap(frames()));
    assertThat(seen).isEmpty();
    assertThat(heads.isForeign()).isTrue();
    assertThat(heads.isHttp2()).isFalse();
  }
}
