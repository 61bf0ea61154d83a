package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.quorate.base.EtcdError;
import io.quorate.metrics.MetricsText;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is counted of the calls of a real client, however they end. */
class CallMetricsTest {
  private static final Duration WAIT = Duration.ofSeconds(20);
  private static final Limits LIMITS =
      new Limits(
          1 << 20, 1 << 20, 1 << 20, 1 << 18, Duration.ofMillis(100), Duration.ofSeconds(30), 2048);

  private static final CallMetrics METRICS = new CallMetrics(true);
  private static TestServer server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() {
    MethodTable methods =
        MethodTable.builder(METRICS)
            .unary("t.T", "Echo", (c, a, o, n, reply) -> reply.ok(message(n)))
            .unary("t.T", "Refuse", (c, a, o, n, reply) -> reply.fail(EtcdError.EMPTY_KEY))
            .unary("t.T", "Hold", (c, a, o, n, reply) -> {})
            .unary("t.T", "Parts", (c, a, o, n, reply) -> parts(reply))
            .bidiStream("t.T", "Talk", (c, out) -> new Talk(out))
            .bidiStream("t.T", "Mute", (c, out) -> new Talk(out))
            .build();
    server = new TestServer(methods, HttpRoutes.NONE, LIMITS);
    channel = server.channel();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Framed message(int bytes) {
    return Framed.ofEncoded(new byte[Framed.PREFIX_BYTES + bytes], Framed.PREFIX_BYTES + bytes);
  }

  private static void parts(UnaryReply reply) {
    Outbound out = reply.stream(() -> {});
    out.offer(Framed.begin(8, new byte[4]));
    out.offer(Framed.raw(new byte[4]));
    out.close();
  }

  /** Answers each message twice, and ends when the client does. */
  private record Talk(Outbound out) implements StreamHandler {
    @Override
    public void onMessage(byte[] message) {
      out.offer(CallMetricsTest.message(message.length));
      out.offer(CallMetricsTest.message(message.length));
    }

    @Override
    public void onHalfClose() {
      out.close();
    }

    @Override
    public void onCancel() {}
  }

  private static String page() {
    MetricsText page = new MetricsText();
    METRICS.writeTo(page);
    return page.toString();
  }

  private static String of(String name, String labels, long value) {
    return "\n" + name + "{" + labels + "} " + value + "\n";
  }

  private static String labels(String method, String type) {
    return "grpc_method=\"" + method + "\",grpc_service=\"t.T\",grpc_type=\"" + type + "\"";
  }

  private static void awaitHandled(String method, String type, String code, long calls) {
    String handled = "grpc_code=\"" + code + "\"," + labels(method, type);
    await()
        .atMost(WAIT)
        .until(() -> page().contains(of("grpc_server_handled_total", handled, calls)));
    assertThat(page())
        .contains(
            of("grpc_server_started_total", labels(method, type), calls),
            of("grpc_server_handling_seconds_count", labels(method, type), calls));
  }

  private static void assertMessages(String method, String type, long received, long sent) {
    assertThat(page())
        .contains(
            of("grpc_server_msg_received_total", labels(method, type), received),
            of("grpc_server_msg_sent_total", labels(method, type), sent));
  }

  @Test
  void countsCallsAndMessages() {
    for (int i = 0; i < 3; i++) {
      TestCall.unary(channel, "t.T/Echo", new byte[10]).only();
    }
    awaitHandled("Echo", "unary", "OK", 3);
    assertMessages("Echo", "unary", 3, 3);
  }

  @Test
  void countsRefusalsByTheirCode() {
    assertThat(TestCall.unary(channel, "t.T/Refuse", new byte[1]).status().isOk()).isFalse();
    awaitHandled("Refuse", "unary", "InvalidArgument", 1);
    assertThat(page())
        .contains(
            of("grpc_server_handled_total", "grpc_code=\"OK\"," + labels("Refuse", "unary"), 0));
  }

  @Test
  void countsACallThatIsLateOnce() {
    CallOptions soon = CallOptions.DEFAULT.withDeadlineAfter(300, TimeUnit.MILLISECONDS);
    TestCall.unary(channel, "t.T/Hold", new byte[1], soon).status();
    // Its client may have reset it before the clock here saw it.
    await()
        .atMost(WAIT)
        .until(
            () ->
                page()
                    .contains(
                        of("grpc_server_handling_seconds_count", labels("Hold", "unary"), 1)));
    assertThat(page()).contains(of("grpc_server_started_total", labels("Hold", "unary"), 1));
  }

  @Test
  void countsAnAnswerInPartsAsOneMessage() {
    assertThat(TestCall.unary(channel, "t.T/Parts", new byte[2]).only()).hasSize(8);
    awaitHandled("Parts", "unary", "OK", 1);
    assertMessages("Parts", "unary", 1, 1);
  }

  @Test
  void countsEachMessageOfAStream() {
    TestCall talk = TestCall.stream(channel, "t.T/Talk").read(10);
    talk.send(new byte[3]).send(new byte[3]).end();
    assertThat(talk.status().isOk()).isTrue();
    awaitHandled("Talk", "bidi_stream", "OK", 1);
    assertMessages("Talk", "bidi_stream", 2, 4);
  }

  @Test
  void aStreamThatItsClientLeavesIsCancelled() {
    TestCall mute = TestCall.stream(channel, "t.T/Mute").read(2).send(new byte[1]);
    await()
        .atMost(WAIT)
        .until(
            () ->
                page()
                    .contains(of("grpc_server_msg_sent_total", labels("Mute", "bidi_stream"), 2)));
    assertThat(page())
        .contains(of("grpc_server_handling_seconds_count", labels("Mute", "bidi_stream"), 0));
    mute.cancel();
    awaitHandled("Mute", "bidi_stream", "Canceled", 1);
  }

  @Test
  void countsBytesOfMessagesWithoutTheirFrames() {
    CallMetrics alone = new CallMetrics(false);
    MethodMetrics method = alone.method("t.T", "M", CallMetrics.Shape.SERVER_STREAM);
    method.received(6);
    method.sent(20);
    method.sentBytes(7);
    MetricsText page = new MetricsText();
    alone.writeTo(page);
    assertThat(page.toString())
        .contains(
            "\netcd_network_client_grpc_received_bytes_total 6\n",
            "\netcd_network_client_grpc_sent_bytes_total 27\n",
            "grpc_type=\"server_stream\"")
        .doesNotContain("grpc_server_handling_seconds");
  }
}
