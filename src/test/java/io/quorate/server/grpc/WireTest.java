package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.server.grpc.RawHttp2.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What no decent client sends. Codes and texts are those that etcd 3.7.3 gave to the same frames,
 * except where a comment says otherwise.
 */
class WireTest {
  private static final Queue<UnaryReply> HELD = new ConcurrentLinkedQueue<>();
  private static final byte[] ABC = {'a', 'b', 'c'};
  private static TestServer server;

  @BeforeAll
  static void start() {
    MethodTable methods =
        MethodTable.builder()
            .unary("t.T", "Echo", (c, a, o, n, reply) -> reply.ok(copy(a, o, n)))
            .unary("t.T", "Hold", (c, a, o, n, reply) -> HELD.add(reply))
            .bidiStream("t.T", "Talk", (c, out) -> new Ignore())
            .build();
    Limits limits =
        new Limits(
            1000, 1000, 1 << 20, 1 << 18, Duration.ofMillis(100), Duration.ofSeconds(1), 2048);
    server = new TestServer(methods, HttpRoutes.NONE, limits);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private record Ignore() implements StreamHandler {
    @Override
    public void onMessage(byte[] message) {}

    @Override
    public void onHalfClose() {}

    @Override
    public void onCancel() {}
  }

  private static Framed copy(byte[] array, int offset, int length) {
    return Framed.ofEncoded(
        RawHttp2.grpc(0, Arrays.copyOfRange(array, offset, offset + length)), 5 + length);
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(plain);
    }
    return packed.toByteArray();
  }

  private static byte[] concat(byte[] a, byte... b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  private static Answer echo(byte[] body, String... headers) throws Exception {
    try (RawHttp2 client = new RawHttp2(server.port())) {
      return client.headers(false, "/t.T/Echo", headers).data(true, body).answer();
    }
  }

  private static void assertRefused(Answer answer, int code, String text) {
    assertThat(answer.get("grpc-status")).as("%s", answer).isEqualTo(Integer.toString(code));
    assertThat(answer.get("grpc-message")).isEqualTo(text);
    assertThat(answer.get(":status")).isEqualTo("200");
    assertThat(answer.end).isEqualTo("end");
  }

  private static void assertEchoed(Answer answer) {
    assertThat(answer.get("grpc-status")).as("%s", answer).isEqualTo("0");
    assertThat(answer.data.toByteArray()).isEqualTo(RawHttp2.grpc(0, ABC));
  }

  @Test
  void answersInTheTypeOfTheRequest() throws Exception {
    assertThat(echo(RawHttp2.grpc(0, ABC)).get("content-type")).isEqualTo("application/grpc");
    assertThat(
            echo(RawHttp2.grpc(0, ABC), "content-type", "application/grpc+proto")
                .get("content-type"))
        .isEqualTo("application/grpc+proto");
  }

  @Test
  void refusesBodiesThatAreCutOff() throws Exception {
    assertRefused(echo(new byte[0]), 2, "EOF");
    assertRefused(echo(new byte[3]), 2, "EOF");
    assertRefused(echo(new byte[] {0, 0, 0, 0, 9, 1}), 2, "unexpected EOF");
    try (RawHttp2 client = new RawHttp2(server.port())) {
      // etcd never answers this one.
      assertRefused(client.headers(true, "/t.T/Echo").answer(), 2, "EOF");
    }
  }

  @Test
  void answersTheFirstMessageWhateverFollows() throws Exception {
    byte[] message = RawHttp2.grpc(0, ABC);
    assertEchoed(echo(concat(message, message)));
    assertEchoed(echo(concat(message, (byte) 1)));
    try (RawHttp2 client = new RawHttp2(server.port())) {
      assertEchoed(client.headers(false, "/t.T/Echo").data(false, message).answer());
    }
    try (RawHttp2 client = new RawHttp2(server.port())) {
      client.headers(false, "/t.T/Echo");
      for (byte b : message) {
        client.data(false, b);
      }
      assertEchoed(client.data(true).answer());
    }
  }

  @Test
  void refusesMessagesOverTheBoundBeforeTheyCome() throws Exception {
    String text = "grpc: received message larger than max (65537 vs. 1000)";
    assertRefused(echo(new byte[] {0, 0, 1, 0, 1, 7}), 8, text);
    try (RawHttp2 client = new RawHttp2(server.port())) {
      client.headers(false, "/t.T/Echo").data(false, (byte) 0, (byte) 0, (byte) 1, (byte) 0);
      assertRefused(client.data(false, (byte) 1).answer(), 8, text);
    }
    assertRefused(
        echo(new byte[] {0, -1, -1, -1, -1, 7}),
        8,
        "grpc: received message larger than max (4294967295 vs. 1000)");
  }

  @Test
  void inflatesWithinTheBound() throws Exception {
    assertEchoed(echo(RawHttp2.grpc(1, gzip(ABC)), "grpc-encoding", "gzip"));
    assertEchoed(echo(RawHttp2.grpc(0, ABC), "grpc-encoding", "gzip"));
    assertThat(echo(RawHttp2.grpc(1, gzip(new byte[1000])), "grpc-encoding", "gzip").data.size())
        .isEqualTo(1005);
    assertRefused(
        echo(RawHttp2.grpc(1, gzip(new byte[1001])), "grpc-encoding", "gzip"),
        8,
        "grpc: received message after decompression larger than max 1000");
  }

  @Test
  void refusesWhatIsNotWhatItSaysItIs() throws Exception {
    assertRefused(
        echo(RawHttp2.grpc(1, new byte[20]), "grpc-encoding", "gzip"),
        13,
        "grpc: failed to decompress the message: gzip: invalid header");
    assertRefused(
        echo(RawHttp2.grpc(1, Arrays.copyOf(gzip(ABC), 15)), "grpc-encoding", "gzip"),
        13,
        "grpc: failed to read decompressed data: unexpected EOF");
    String identity = "grpc: compressed flag set with identity or empty encoding";
    assertRefused(echo(RawHttp2.grpc(1, gzip(ABC))), 13, identity);
    assertRefused(echo(RawHttp2.grpc(1, ABC), "grpc-encoding", "identity"), 13, identity);
    assertRefused(echo(RawHttp2.grpc(2, ABC)), 13, "grpc: received unexpected payload format 2");
    Answer snappy = echo(RawHttp2.grpc(0, ABC), "grpc-encoding", "snappy");
    assertRefused(snappy, 12, "grpc: Decompressor is not installed for grpc-encoding \"snappy\"");
    assertThat(snappy.get("grpc-accept-encoding")).isEqualTo("gzip");
  }

  private static Answer call(String path, String... headers) throws Exception {
    try (RawHttp2 client = new RawHttp2(server.port())) {
      return client.headers(false, path, headers).data(true, RawHttp2.grpc(0, ABC)).answer();
    }
  }

  @Test
  void refusesUnknownPaths() throws Exception {
    assertRefused(call("/a.B/C"), 12, "unknown service a.B");
    assertRefused(call("/t.T/C"), 12, "unknown method C for service t.T");
    assertRefused(call("/t.T/Echo?a=b"), 12, "unknown method Echo?a=b for service t.T");
    assertRefused(call("/Echo"), 12, "malformed method name: \"/Echo\"");
  }

  @Test
  void refusesOtherMethodsAndTypes() throws Exception {
    Answer get = call("/t.T/Echo", ":method", "GET");
    assertThat(get.get(":status")).isEqualTo("405");
    assertThat(get.get("grpc-message"))
        .isEqualTo("Received a HEADERS frame with :method \"GET\" which should be POST");
    Answer json = call("/t.T/Echo", "content-type", "application/json");
    assertThat(json.get(":status")).isEqualTo("415");
    assertThat(json.get("grpc-status")).isEqualTo("3");
    assertThat(json.get("grpc-message"))
        .isEqualTo("invalid gRPC request content-type \"application/json\"");
    Answer none = call("/t.T/Echo", "content-type", "");
    assertThat(none.get("grpc-message")).isEqualTo("invalid gRPC request content-type \"\"");
    // etcd has nothing but gRPC on a plain-text HTTP/2 connection; over TLS it has the rest, too.
    Answer other = call("/other", "content-type", "text/plain");
    assertThat(other.get(":status")).isEqualTo("404");
    assertThat(other.data.toString(StandardCharsets.UTF_8)).isEqualTo("404 page not found\n");
  }

  @Test
  void refusesMalformedTimeouts() throws Exception {
    Answer answer = echo(RawHttp2.grpc(0, ABC), "grpc-timeout", "5x");
    assertThat(answer.get(":status")).isEqualTo("400");
    assertThat(answer.get("grpc-message"))
        .isEqualTo("malformed grpc-timeout: transport: timeout unit is not recognized: \"5x\"");
    assertRefused(
        echo(RawHttp2.grpc(0, ABC), "grpc-timeout", "0n"), 4, "context deadline exceeded");
    assertEchoed(echo(RawHttp2.grpc(0, ABC), "grpc-timeout", "99999999H"));
  }

  @Test
  void tellsTheClientOfItsDeadline() throws Exception {
    assertRefused(call("/t.T/Hold", "grpc-timeout", "60m"), 4, "context deadline exceeded");
    assertRefused(call("/t.T/Talk", "grpc-timeout", "60m"), 4, "context deadline exceeded");
  }

  @Test
  void noCallOutlivesTheBoundOfUnaryCalls() throws Exception {
    assertRefused(call("/t.T/Hold"), 4, "context deadline exceeded");
    assertThat(server.server().pendingCalls()).isZero();
  }

  @Test
  void refusesMalformedStreams() throws Exception {
    try (RawHttp2 client = new RawHttp2(server.port())) {
      client.headers(false, "/t.T/Talk").data(true, (byte) 0, (byte) 0, (byte) 0, (byte) 0, ABC[0]);
      assertRefused(client.answer(), 13, "unexpected EOF");
    }
    try (RawHttp2 client = new RawHttp2(server.port())) {
      client.headers(false, "/t.T/Talk").data(false, RawHttp2.grpc(3, ABC));
      assertRefused(client.answer(), 13, "grpc: received unexpected payload format 3");
    }
  }

  @Test
  void forgetsACallThatIsResetWhileItsBodyIsUnderWay() throws Exception {
    try (RawHttp2 client = new RawHttp2(server.port())) {
      client.headers(false, "/t.T/Echo").data(false, (byte) 0, (byte) 0);
      await().until(() -> server.server().pendingCalls() == 1);
      client.reset();
      await().until(() -> server.server().pendingCalls() == 0);
    }
  }

  @Test
  void forgetsACallWhoseConnectionDies() throws Exception {
    HELD.clear();
    try (RawHttp2 client = new RawHttp2(server.port())) {
      client.headers(false, "/t.T/Hold").data(true, RawHttp2.grpc(0, ABC));
      await().until(() -> HELD.size() == 1);
    }
    await().until(() -> HELD.element().isDone());
    assertThat(server.server().pendingCalls()).isZero();
  }
}
