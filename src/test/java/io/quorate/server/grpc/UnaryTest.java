package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdError.Code;
import io.quorate.proto.etcd.PutRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Unary calls of a real client. */
class UnaryTest {
  private static final Limits LIMITS =
      new Limits(
          2 << 20, 4 << 20, 4 << 20, 1 << 20, Duration.ofMillis(200), Duration.ofSeconds(30), 2048);

  private static final Queue<UnaryReply> HELD = new ConcurrentLinkedQueue<>();
  private static final ExecutorService LATER = Executors.newSingleThreadExecutor();
  private static TestServer server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() {
    MethodTable methods =
        MethodTable.builder()
            .unary("t.T", "Echo", (c, a, o, n, reply) -> reply.ok(framed(a, o, n)))
            .unary("t.T", "Later", (c, a, o, n, reply) -> later(framed(a, o, n), reply))
            .unary("t.T", "Hold", (c, a, o, n, reply) -> HELD.add(reply))
            .unary("t.T", "Size", (c, a, o, n, reply) -> reply.ok(utf8(Integer.toString(n))))
            .unary("t.T", "Zeros", UnaryTest::zeros)
            .unary("t.T", "Token", (c, a, o, n, reply) -> reply.ok(utf8(c.metadata("token") + "")))
            .unary("t.T", "Peer", (c, a, o, n, reply) -> reply.ok(utf8(c.peer().address())))
            .unary("t.T", "Refuse", (c, a, o, n, reply) -> reply.fail(EtcdError.EMPTY_KEY))
            .unary(
                "t.T",
                "Text",
                (c, a, o, n, r) ->
                    r.fail(Code.ABORTED, new String(a, o, n, StandardCharsets.UTF_8)))
            .unary(
                "t.T",
                "Throw",
                (c, a, o, n, reply) -> {
                  throw new IllegalStateException("x");
                })
            .unary(
                "t.T",
                "Parse",
                (c, a, o, n, reply) -> reply.ok(Framed.of(PutRequest.parser().parseFrom(a, o, n))))
            .build();
    server = new TestServer(methods, HttpRoutes.NONE, LIMITS);
    channel = server.channel();
  }

  @AfterAll
  static void stop() {
    server.close();
    LATER.shutdownNow();
  }

  private static void later(Framed message, UnaryReply reply) {
    LATER.execute(() -> reply.ok(message));
  }

  private static void zeros(RequestContext c, byte[] a, int o, int n, UnaryReply reply) {
    reply.ok(Framed.ofEncoded(new byte[5 + (32 << 20)], 5 + (32 << 20)));
  }

  private static Framed framed(byte[] array, int offset, int length) {
    byte[] frame = new byte[Framed.PREFIX_BYTES + length];
    System.arraycopy(array, offset, frame, Framed.PREFIX_BYTES, length);
    return Framed.ofEncoded(frame, frame.length);
  }

  private static Framed utf8(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return framed(bytes, 0, bytes.length);
  }

  private static byte[] random(int bytes) {
    byte[] data = new byte[bytes];
    new Random(bytes).nextBytes(data);
    return data;
  }

  @Test
  void echoesEverySizeAcrossFrameBoundaries() {
    for (int size : new int[] {0, 1, 16378, 16379, 16380, 65535, 65536, 200_000, 2 << 20}) {
      assertThat(TestCall.unary(channel, "t.T/Echo", random(size)).only()).isEqualTo(random(size));
    }
  }

  @Test
  void answersFromAnotherThread() {
    assertThat(TestCall.unary(channel, "t.T/Later", random(10)).only()).isEqualTo(random(10));
  }

  @Test
  void sendsLargeRepliesUnderFlowControl() {
    assertThat(TestCall.unary(channel, "t.T/Zeros", random(1)).only()).hasSize(32 << 20);
  }

  @Test
  void refusesMessagesOverTheBoundInTheWordsOfGrpcGo() {
    Status end = TestCall.unary(channel, "t.T/Echo", random((2 << 20) + 1)).status();
    assertThat(end.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(end.getDescription())
        .isEqualTo("grpc: received message larger than max (2097153 vs. 2097152)");
  }

  @Test
  void inflatesGzip() {
    byte[] text = "quorate ".repeat(1000).getBytes(StandardCharsets.UTF_8);
    CallOptions gzip = CallOptions.DEFAULT.withCompression("gzip");
    assertThat(TestCall.unary(channel, "t.T/Echo", text, gzip).only()).isEqualTo(text);
    assertThat(TestCall.unary(channel, "t.T/Echo", random(300_000), gzip).only())
        .isEqualTo(random(300_000));
    assertThat(TestCall.unary(channel, "t.T/Size", new byte[2 << 20], gzip).only())
        .isEqualTo("2097152".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void refusesBombs() {
    CallOptions gzip = CallOptions.DEFAULT.withCompression("gzip");
    Status end = TestCall.unary(channel, "t.T/Echo", new byte[100 << 20], gzip).status();
    assertThat(end.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(end.getDescription())
        .isEqualTo("grpc: received message after decompression larger than max 2097152");
  }

  @Test
  void givesStatusAndText() {
    Status end = TestCall.unary(channel, "t.T/Refuse", random(1)).status();
    assertThat(end.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(end.getDescription()).isEqualTo("etcdserver: key is not provided");
  }

  @Test
  void percentEncodesTexts() {
    for (String text : List.of("käse 100%", "日本 \"x\"", "tab\tline\n", "~ plain")) {
      Status end =
          TestCall.unary(channel, "t.T/Text", text.getBytes(StandardCharsets.UTF_8)).status();
      assertThat(end.getDescription()).isEqualTo(text);
    }
  }

  @Test
  void tellsOfFaultsInHandlersAndOfMalformedMessages() {
    assertThat(TestCall.unary(channel, "t.T/Throw", random(1)).status().getCode())
        .isEqualTo(Status.Code.INTERNAL);
    assertThat(TestCall.unary(channel, "t.T/Parse", new byte[] {7}).status().getDescription())
        .isEqualTo(
            "grpc: error unmarshalling request: proto: cannot parse invalid wire-format data");
  }

  @Test
  void refusesUnknownCalls() {
    assertThat(TestCall.unary(channel, "t.T/Nope", random(1)).status().getDescription())
        .isEqualTo("unknown method Nope for service t.T");
    assertThat(TestCall.unary(channel, "t.U/Nope", random(1)).status().getDescription())
        .isEqualTo("unknown service t.U");
  }

  @Test
  void readsMetadataAndPeer() {
    Metadata md = new Metadata();
    md.put(Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER), "abc.1");
    TestCall call =
        new TestCall(channel, "t.T/Token", MethodType.UNARY, CallOptions.DEFAULT, md).read(2);
    assertThat(call.send(random(1)).end().only())
        .isEqualTo("abc.1".getBytes(StandardCharsets.UTF_8));
    assertThat(
            new String(
                TestCall.unary(channel, "t.T/Peer", random(1)).only(), StandardCharsets.UTF_8))
        .startsWith("127.0.0.1:");
  }

  @Test
  void answersSlowCallsThroughHeadersSentAhead() {
    HELD.clear();
    TestCall good = TestCall.unary(channel, "t.T/Hold", random(1));
    await().until(() -> HELD.size() == 1);
    UnaryReply first = HELD.remove();
    TestCall bad = TestCall.unary(channel, "t.T/Hold", random(1));
    await().until(() -> HELD.size() == 1);
    await().during(Duration.ofMillis(400)).until(() -> !good.isOver() && !bad.isOver());
    first.ok(utf8("late"));
    HELD.remove().fail(EtcdError.TIMEOUT);
    assertThat(good.only()).isEqualTo("late".getBytes(StandardCharsets.UTF_8));
    assertThat(bad.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(bad.status().getDescription()).isEqualTo(EtcdError.TIMEOUT.text());
    assertThat(server.server().pendingCalls()).isZero();
  }

  @Test
  void refusesAtTheDeadlineAndForgetsTheCall() {
    HELD.clear();
    CallOptions soon = CallOptions.DEFAULT.withDeadlineAfter(100, TimeUnit.MILLISECONDS);
    assertThat(TestCall.unary(channel, "t.T/Hold", random(1), soon).status().getCode())
        .isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    await().untilAsserted(() -> assertThat(server.server().pendingCalls()).isZero());
    assertThat(HELD.remove().isDone()).isTrue();
  }

  @Test
  void tenThousandCancelledCallsLeaveNothing() {
    HELD.clear();
    ManagedChannel own = server.channel();
    for (int batch = 0; batch < 10; batch++) {
      List<TestCall> calls = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        calls.add(TestCall.unary(own, "t.T/Hold", random(1)));
      }
      int expected = (batch + 1) * 1000;
      await().until(() -> HELD.size() == expected);
      calls.forEach(TestCall::cancel);
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(server.server().pendingCalls()).isZero());
    assertThat(HELD).hasSize(10_000).allMatch(UnaryReply::isDone);
    assertThat(TestCall.unary(own, "t.T/Echo", random(9)).only()).isEqualTo(random(9));
  }

  @Test
  void manyCallsAtOnceEachGetTheirOwnAnswer() {
    AtomicInteger wrong = new AtomicInteger();
    List<TestCall> calls = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      calls.add(TestCall.unary(channel, i % 2 == 0 ? "t.T/Echo" : "t.T/Later", random(i)));
    }
    for (int i = 0; i < calls.size(); i++) {
      if (!Arrays.equals(calls.get(i).only(), random(i))) {
        wrong.incrementAndGet();
      }
    }
    assertThat(wrong).hasValue(0);
  }
}
