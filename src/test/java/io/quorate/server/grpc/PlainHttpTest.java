package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Plain HTTP on the port of gRPC, over HTTP/1.1 and (by upgrade) HTTP/2. */
class PlainHttpTest {
  private static final AtomicReference<Outbound> STREAM = new AtomicReference<>();
  private static final CountDownLatch GONE = new CountDownLatch(2);
  private static TestServer server;

  @BeforeAll
  static void start() {
    Map<String, HttpRoutes.Handler> routes =
        Map.of(
            "/version",
            (call, reply) -> reply.send(200, "application/json", utf8("{}")),
            "/echo",
            (call, reply) ->
                reply.send(
                    201,
                    "text/plain; charset=UTF-8",
                    utf8(
                        call.method()
                            + " "
                            + call.query("a")
                            + " "
                            + call.queryAll("b")
                            + " "
                            + call.context().metadata("x-test")
                            + " "
                            + call.body().length)),
            "/throw",
            (call, reply) -> {
              throw new IllegalStateException("x");
            },
            "/stream",
            (call, reply) -> STREAM.set(reply.stream(200, "application/json", GONE::countDown)));
    server = new TestServer(ToyServer.methods(), routes::get, Limits.defaults());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
        .timeout(Duration.ofSeconds(20));
  }

  private static HttpResponse<String> send(Version version, HttpRequest.Builder request)
      throws Exception {
    HttpClient client = HttpClient.newBuilder().version(version).build();
    HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
    // For HTTP/2 this client asks for an upgrade, which neither this server nor the reference does.
    assertThat(response.version()).isEqualTo(Version.HTTP_1_1);
    return response;
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void servesRoutes(Version version) throws Exception {
    HttpResponse<String> response = send(version, request("/version"));
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("{}");
    assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
    assertThat(response.headers().firstValue("server")).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void answersUnknownPathsAsGoDoes(Version version) throws Exception {
    HttpResponse<String> response = send(version, request("/nope"));
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body()).isEqualTo("404 page not found\n");
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void givesQueryHeadersAndBody(Version version) throws Exception {
    HttpResponse<String> response =
        send(
            version,
            request("/echo?a=x%20y&b=1&b=2")
                .header("X-Test", "t")
                .POST(BodyPublishers.ofByteArray(new byte[200_000])));
    assertThat(response.statusCode()).isEqualTo(201);
    assertThat(response.body()).isEqualTo("POST x y [1, 2] t 200000");
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void boundsBodiesAndSurvivesFaults(Version version) throws Exception {
    byte[] large = new byte[Limits.defaults().httpBodyBytesMax() + 1];
    assertThat(send(version, request("/echo").POST(BodyPublishers.ofByteArray(large))).statusCode())
        .isEqualTo(413);
    assertThat(send(version, request("/throw")).statusCode()).isEqualTo(500);
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void streamsBodies(Version version) throws Exception {
    STREAM.set(null);
    HttpClient client = HttpClient.newBuilder().version(version).build();
    HttpResponse<InputStream> response =
        client
            .sendAsync(request("/stream").build(), BodyHandlers.ofInputStream())
            .get(20, TimeUnit.SECONDS);
    Outbound out = STREAM.get();
    try (InputStream body = response.body()) {
      for (String line : new String[] {"one\n", "two\n"}) {
        out.offer(Framed.raw(utf8(line)));
        assertThat(body.readNBytes(4)).isEqualTo(utf8(line));
      }
      out.close();
      assertThat(body.readAllBytes()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void tellsWhenTheReaderOfAStreamIsGone(Version version) throws Exception {
    STREAM.set(null);
    long before = GONE.getCount();
    HttpClient client = HttpClient.newBuilder().version(version).build();
    HttpResponse<InputStream> response =
        client
            .sendAsync(request("/stream").build(), BodyHandlers.ofInputStream())
            .get(20, TimeUnit.SECONDS);
    response.body().close();
    await()
        .until(
            () -> {
              STREAM.get().offer(Framed.raw(utf8("x")));
              return GONE.getCount() == before - 1;
            });
  }
}
