package io.quorate.compat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;

/**
 * A request with chosen bytes, read from words {@code name=value}:
 *
 * <ul>
 *   <li>{@code frames=3}: the body in so many DATA frames
 *   <li>{@code flag=1}: the first byte of the message's prefix
 *   <li>{@code length=7}: the length in the prefix, whatever follows; {@code length=+7} adds
 *   <li>{@code gzip=true}: compress the message
 *   <li>{@code cut=2}: leave away so many last bytes
 *   <li>{@code twice=true}: the same message two times
 *   <li>{@code hex=0102}: the message's bytes, instead of a request as text after {@code --}
 *   <li>{@code :method=GET}, {@code grpc-encoding=zip}...: a header; an empty value removes it
 * </ul>
 */
record RawRequest(String method, Map<String, String> words, byte[] message) {
  private static final int PREFIX_BYTES = 5;

  static RawRequest parse(String method, String text) {
    String[] halves = text.split("(^| )-- ?", 2);
    Map<String, String> words = new TreeMap<>();
    for (String word : halves[0].trim().split(" +")) {
      if (!word.isEmpty()) {
        int equals = word.indexOf('=');
        words.put(word.substring(0, equals), word.substring(equals + 1));
      }
    }
    byte[] message =
        halves.length > 1
            ? WireMethods.request(method, halves[1]).toByteArray()
            : HexFormat.of().parseHex(words.getOrDefault("hex", ""));
    return new RawRequest(method, words, message);
  }

  /** Sends it; the HTTP status, the gRPC status and its text, or the reset. */
  String send(int port) throws Exception {
    RawCall.Result result = RawCall.send(port, headers(port), frames());
    StringBuilder text = new StringBuilder("http=" + result.headers().get(":status"));
    if (result.headers().containsKey("grpc-status")) {
      text.append(" grpc=").append(result.headers().get("grpc-status"));
    }
    String message = result.headers().getOrDefault("grpc-message", "");
    if (!message.isEmpty()) {
      text.append(' ').append(message);
    }
    return text.append(result.bodyBytes() > 0 ? " with a body" : "").toString();
  }

  private Map<String, String> headers(int port) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(":method", "POST");
    headers.put(":scheme", "http");
    headers.put(":path", WireMethods.path(method));
    headers.put(":authority", "127.0.0.1:" + port);
    headers.put("content-type", "application/grpc");
    headers.put("te", "trailers");
    words.forEach(
        (name, value) -> {
          if (name.startsWith(":") || name.contains("-") || name.equals("te")) {
            headers.put(name, value);
          }
        });
    headers.values().removeIf(String::isEmpty);
    return headers;
  }

  private List<byte[]> frames() throws IOException {
    byte[] content = words.containsKey("gzip") ? gzipped(message) : message;
    int length = content.length;
    String wanted = words.getOrDefault("length", "+0");
    length = wanted.startsWith("+") ? length + Integer.parseInt(wanted.substring(1)) : -1;
    long prefix = length >= 0 ? length : Long.parseLong(wanted);
    byte flag = Byte.parseByte(words.getOrDefault("flag", "0"));
    ByteBuffer framed = ByteBuffer.allocate(PREFIX_BYTES + content.length);
    framed.put(flag).putInt((int) prefix).put(content);
    int cut = Integer.parseInt(words.getOrDefault("cut", "0"));
    byte[] body = Arrays.copyOf(framed.array(), framed.capacity() - cut);
    if (words.containsKey("twice")) {
      body = ByteBuffer.allocate(2 * body.length).put(body).put(body).array();
    }
    int count = Integer.parseInt(words.getOrDefault("frames", "1"));
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      frames.add(Arrays.copyOfRange(body, i * body.length / count, (i + 1) * body.length / count));
    }
    return frames;
  }

  private static byte[] gzipped(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content);
    }
    return out.toByteArray();
  }
}
