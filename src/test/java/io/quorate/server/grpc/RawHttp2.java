package io.quorate.server.grpc;

import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** An HTTP/2 client that says whatever it is told: one stream at a time, frames by hand. */
public final class RawHttp2 implements AutoCloseable {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int GOAWAY = 7;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;

  /** What came back: all headers in one map, all data, and what ended it. */
  static final class Answer {
    final Map<String, String> headers = new LinkedHashMap<>();
    final ByteArrayOutputStream data = new ByteArrayOutputStream();
    String end = "";

    String get(String name) {
      return headers.getOrDefault(name, "");
    }

    @Override
    public String toString() {
      return headers + " and " + data.size() + " bytes, then " + end;
    }
  }

  private int stream = 1;
  private final Socket socket;
  private final DataOutputStream out;
  private final DataInputStream in;
  private final DefaultHttp2HeadersDecoder hpack = new DefaultHttp2HeadersDecoder(false);

  /** A connection of the usual settings. */
  RawHttp2(int port) throws IOException {
    this(port, new byte[0]);
  }

  /** A connection whose client lets no answer begin: of each stream no byte may be sent. */
  public static RawHttp2 ofNoWindow(int port) throws IOException {
    return new RawHttp2(port, new byte[] {0, 4, 0, 0, 0, 0});
  }

  private RawHttp2(int port, byte[] settings) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    out = new DataOutputStream(socket.getOutputStream());
    in = new DataInputStream(socket.getInputStream());
    out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    frame(SETTINGS, 0, 0, settings);
  }

  /** The headers of a gRPC call and more of them, or others instead, as name and value in turn. */
  /** Goes on with the next stream. */
  public RawHttp2 next() {
    stream += 2;
    return this;
  }

  public RawHttp2 headers(boolean end, String path, String... more) throws IOException {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(":method", "POST");
    headers.put(":scheme", "http");
    headers.put(":path", path);
    headers.put(":authority", "localhost");
    headers.put("content-type", "application/grpc");
    headers.put("te", "trailers");
    for (int i = 0; i < more.length; i += 2) {
      headers.put(more[i], more[i + 1]);
    }
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    headers.forEach(
        (name, value) -> {
          if (!value.isEmpty()) {
            // A literal without indexing, and without Huffman: lengths below 127 fit a byte.
            block.write(0);
            literal(block, name);
            literal(block, value);
          }
        });
    frame(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, block.toByteArray());
    return this;
  }

  private static void literal(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    block.write(bytes.length);
    block.write(bytes, 0, bytes.length);
  }

  public RawHttp2 data(boolean end, byte... bytes) throws IOException {
    frame(DATA, end ? END_STREAM : 0, stream, bytes);
    return this;
  }

  RawHttp2 reset() throws IOException {
    frame(RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
    return this;
  }

  private void frame(int type, int flags, int of, byte[] payload) throws IOException {
    out.writeByte(payload.length >>> 16);
    out.writeShort(payload.length);
    out.writeByte(type);
    out.writeByte(flags);
    out.writeInt(of);
    out.write(payload);
    out.flush();
  }

  /** Reads until the stream, or the connection, ends. */
  Answer answer() throws IOException, Http2Exception {
    Answer answer = new Answer();
    while (answer.end.isEmpty()) {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      in.readInt();
      byte[] payload = in.readNBytes(length);
      switch (type) {
        case HEADERS -> {
          Http2Headers headers = hpack.decodeHeaders(stream, Unpooled.wrappedBuffer(payload));
          headers.forEach(e -> answer.headers.put(e.getKey().toString(), e.getValue().toString()));
        }
        case DATA -> answer.data.writeBytes(payload);
        case RST_STREAM -> answer.end = "reset " + payload[3];
        case GOAWAY -> answer.end = "goaway";
        default -> {}
      }
      if ((type == HEADERS || type == DATA) && (flags & END_STREAM) != 0) {
        answer.end = "end";
      }
    }
    return answer;
  }

  /** A gRPC frame. */
  public static byte[] grpc(int flag, byte... message) {
    byte[] frame = new byte[Framed.PREFIX_BYTES + message.length];
    frame[0] = (byte) flag;
    frame[3] = (byte) (message.length >>> 8);
    frame[4] = (byte) message.length;
    System.arraycopy(message, 0, frame, Framed.PREFIX_BYTES, message.length);
    return frame;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
