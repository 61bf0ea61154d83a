package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.quorate.base.EtcdError;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Streaming calls of a real client. */
class StreamTest {
  private static final Limits LIMITS =
      new Limits(
          2 << 20,
          4 << 20,
          1 << 20,
          256 << 10,
          Duration.ofMillis(200),
          Duration.ofSeconds(30),
          2048);

  /** Records what reaches it; echoes in capitals what it is told. */
  private static final class Recorder implements StreamHandler {
    private final Outbound out;
    private final Queue<String> heard = new ConcurrentLinkedQueue<>();
    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicInteger overlaps = new AtomicInteger();

    Recorder(Outbound out) {
      this.out = out;
    }

    @Override
    public void onMessage(byte[] message) {
      within(
          () -> {
            String text = new String(message, StandardCharsets.UTF_8);
            heard.add(text);
            switch (text) {
              case "bye" -> out.close();
              case "refuse" -> out.close(EtcdError.PERMISSION_DENIED);
              case "throw" -> throw EtcdError.COMPACTED.exception();
              case "hold" -> out.holdRequests();
              default -> out.offer(utf8(text.toUpperCase(Locale.ROOT)));
            }
          });
    }

    @Override
    public void onHalfClose() {
      within(() -> heard.add("<half>"));
      out.close();
    }

    @Override
    public void onCancel() {
      within(() -> heard.add("<cancel>"));
    }

    private void within(Runnable action) {
      if (inside.getAndIncrement() != 0) {
        overlaps.incrementAndGet();
      }
      try {
        action.run();
      } finally {
        inside.decrementAndGet();
      }
    }
  }

  private final Queue<Recorder> opened = new ConcurrentLinkedQueue<>();
  private TestServer server;
  private ManagedChannel channel;

  @BeforeEach
  void start() {
    StreamMethod record =
        (context, out) -> {
          Recorder recorder = new Recorder(out);
          opened.add(recorder);
          return recorder;
        };
    StreamMethod refuse =
        (context, out) -> {
          throw EtcdError.INVALID_AUTH_TOKEN.exception();
        };
    MethodTable methods =
        MethodTable.builder()
            .bidiStream("t.T", "Talk", record)
            .serverStream("t.T", "Ask", record)
            .bidiStream("t.T", "Refuse", refuse)
            .unary("t.T", "Echo", (c, a, o, n, reply) -> reply.ok(utf8("echo")))
            .build();
    server = new TestServer(methods, HttpRoutes.NONE, LIMITS);
    channel = server.channel();
  }

  @AfterEach
  void stop() {
    server.close();
    assertThat(opened).allMatch(recorder -> recorder.overlaps.get() == 0);
    assertThat(server.server().openStreams()).isZero();
  }

  private static Framed utf8(String text) {
    return bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Framed bytes(byte[] bytes) {
    byte[] frame = new byte[Framed.PREFIX_BYTES + bytes.length];
    System.arraycopy(bytes, 0, frame, Framed.PREFIX_BYTES, bytes.length);
    return Framed.ofEncoded(frame, frame.length);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Recorder talk(TestCall call) {
    call.read(Integer.MAX_VALUE / 2).send(text("hello"));
    await().until(() -> opened.size() == 1 && call.messages().size() == 1);
    return opened.element();
  }

  @Test
  void talksBothWaysUntilTheClientIsDone() {
    TestCall call = TestCall.stream(channel, "t.T/Talk");
    Recorder recorder = talk(call);
    for (int i = 0; i < 1000; i++) {
      call.send(text("m" + i));
    }
    call.end();
    assertThat(call.status().isOk()).isTrue();
    assertThat(call.messages()).hasSize(1001);
    assertThat(call.messages().get(1000)).isEqualTo(text("M999"));
    assertThat(recorder.heard).hasSize(1002).endsWith("<half>");
  }

  @Test
  void endsWithTheStatusThatTheHandlerGives() {
    TestCall bye = TestCall.stream(channel, "t.T/Talk");
    Recorder recorder = talk(bye);
    bye.send(text("bye"));
    assertThat(bye.status().isOk()).isTrue();
    assertThat(recorder.heard).containsExactly("hello", "bye");

    TestCall refused = TestCall.stream(channel, "t.T/Talk").read(9).send(text("refuse"));
    assertThat(refused.status().getDescription()).isEqualTo("etcdserver: permission denied");
    TestCall thrown = TestCall.stream(channel, "t.T/Talk").read(9).send(text("throw"));
    assertThat(thrown.status().getCode()).isEqualTo(Status.Code.OUT_OF_RANGE);
    TestCall unopened = TestCall.stream(channel, "t.T/Refuse").read(9).send(text("x"));
    assertThat(unopened.status().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
  }

  @Test
  void tellsTheHandlerOnceThatTheClientHasCancelled() {
    TestCall call = TestCall.stream(channel, "t.T/Talk");
    Recorder recorder = talk(call);
    call.cancel();
    await().until(() -> recorder.heard.contains("<cancel>"));
    assertThat(recorder.heard).containsExactly("hello", "<cancel>");
    assertThat(recorder.out.isOver()).isTrue();
    assertThat(recorder.out.offer(utf8("x"))).isFalse();
  }

  @Test
  void tellsTheHandlerThatTheConnectionIsGone() {
    TestCall call = TestCall.stream(channel, "t.T/Talk");
    Recorder recorder = talk(call);
    channel.shutdownNow();
    await().until(() -> recorder.heard.contains("<cancel>"));
  }

  @Test
  void tellsTheHandlerAtTheDeadline() {
    TestCall call =
        new TestCall(
            channel,
            "t.T/Talk",
            MethodType.BIDI_STREAMING,
            CallOptions.DEFAULT.withDeadlineAfter(700, TimeUnit.MILLISECONDS),
            new Metadata());
    Recorder recorder = talk(call);
    assertThat(call.status().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    await().until(() -> recorder.heard.contains("<cancel>"));
    assertThat(server.server().pendingCalls()).isZero();
  }

  @Test
  void aSlowReaderFillsTheQueueAndNoMore() {
    TestCall call = TestCall.stream(channel, "t.T/Talk");
    call.send(text("hello"));
    await().until(() -> opened.size() == 1);
    Outbound out = opened.element().out;
    Framed part = bytes(new byte[10_000]);
    AtomicLong taken = new AtomicLong();
    // Socket buffers and windows take some; then nothing moves.
    await()
        .during(Duration.ofMillis(300))
        .until(
            () -> {
              boolean any = false;
              while (out.offer(part)) {
                taken.incrementAndGet();
                any = true;
              }
              return !any;
            });
    assertThat(out.queuedBytes()).isGreaterThan(LIMITS.outboundBytesMax() - part.length());
    assertThat(out.queuedBytes()).isLessThanOrEqualTo(LIMITS.outboundBytesMax());
    AtomicInteger told = new AtomicInteger();
    out.onWritable(told::incrementAndGet);
    assertThat(told).hasValue(0);
    call.read(1_000_000);
    await().until(() -> told.get() == 1 && out.queuedBytes() <= LIMITS.outboundBytesLow());
    out.close();
    assertThat(call.status().isOk()).isTrue();
    assertThat(call.messages()).hasSize((int) taken.get() + 1);
  }

  @Test
  void anEmptyQueueTakesAnyMessage() {
    TestCall call = TestCall.stream(channel, "t.T/Talk");
    Recorder recorder = talk(call);
    await().until(() -> recorder.out.queuedBytes() == 0);
    assertThat(recorder.out.offer(bytes(new byte[5 << 20]))).isTrue();
    recorder.out.close();
    assertThat(call.status().isOk()).isTrue();
    assertThat(call.messages().get(1)).hasSize(5 << 20);
  }

  @Test
  void messagesOfManyThreadsArriveWholeAndInOrder() throws InterruptedException {
    TestCall call = TestCall.stream(channel, "t.T/Talk");
    Outbound out = talk(call).out;
    List<Thread> producers = new ArrayList<>();
    for (int p = 0; p < 4; p++) {
      int producer = p;
      Thread thread = new Thread(() -> produce(out, producer));
      thread.start();
      producers.add(thread);
    }
    for (Thread thread : producers) {
      thread.join();
    }
    out.close();
    assertThat(call.status().isOk()).isTrue();
    int[] next = new int[4];
    for (byte[] message : call.messages().subList(1, call.messages().size())) {
      ByteBuffer b = ByteBuffer.wrap(message);
      int producer = b.getInt();
      assertThat(b.getInt()).isEqualTo(next[producer]++);
    }
    assertThat(next).containsOnly(2000);
  }

  private static void produce(Outbound out, int producer) {
    for (int i = 0; i < 2000; i++) {
      byte[] message = new byte[8 + (i % 50)];
      ByteBuffer.wrap(message).putInt(producer).putInt(i);
      Framed framed = bytes(message);
      while (!out.offer(framed)) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void holdsTheClientBack() {
    TestCall call = TestCall.stream(channel, "t.T/Talk");
    Recorder recorder = talk(call);
    call.send(text("hold"));
    await().until(() -> recorder.heard.contains("hold"));
    for (int i = 0; i < 200; i++) {
      call.send(new byte[60_000]);
    }
    // A stream's window is 512 kB; what is beyond it stays with the client.
    await().during(Duration.ofMillis(300)).until(() -> recorder.heard.size() < 20);
    recorder.out.resumeRequests();
    call.end();
    assertThat(call.status().isOk()).isTrue();
    assertThat(recorder.heard).hasSize(203);
  }

  @Test
  void aServerStreamWantsExactlyOneMessage() {
    TestCall one = TestCall.stream(channel, "t.T/Ask").read(9).send(text("a")).end();
    assertThat(one.status().isOk()).isTrue();
    TestCall two =
        TestCall.stream(channel, "t.T/Ask").read(9).send(text("a")).send(text("b")).end();
    assertThat(two.status().getDescription())
        .isEqualTo(
            "cardinality violation: received multiple request messages for "
                + "non-client-streaming RPC");
    TestCall none = TestCall.stream(channel, "t.T/Ask").read(9).end();
    assertThat(none.status().getDescription())
        .isEqualTo(
            "cardinality violation: received no request message from non-client-streaming RPC");
  }

  @Test
  void refusesMessagesOverTheBound() {
    TestCall call = TestCall.stream(channel, "t.T/Talk").read(9).send(new byte[3 << 20]);
    assertThat(call.status().getDescription())
        .isEqualTo("grpc: received message larger than max (3145728 vs. 2097152)");
  }

  @Test
  void carriesAThousandStreamsOnOneConnection() {
    List<TestCall> calls = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      calls.add(TestCall.stream(channel, "t.T/Talk").read(9).send(text("a")));
    }
    await().until(() -> calls.stream().allMatch(call -> call.messages().size() == 1));
    assertThat(server.server().openStreams()).isEqualTo(1000);
    calls.subList(0, 500).forEach(TestCall::cancel);
    calls.subList(500, 1000).forEach(TestCall::end);
    assertThat(calls.subList(500, 1000)).allMatch(call -> call.status().isOk());
    await().untilAsserted(() -> assertThat(server.server().openStreams()).isZero());
  }

  @Test
  void stopEndsStreamsWithAStatusAndRefusesNewCalls() {
    TestCall call = TestCall.stream(channel, "t.T/Talk");
    Recorder recorder = talk(call);
    server.server().stop(Duration.ofSeconds(5)).toCompletableFuture().join();
    assertThat(call.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(call.status().getDescription()).isEqualTo("etcdserver: server stopped");
    assertThat(recorder.heard).endsWith("<cancel>");
    assertThat(TestCall.unary(channel, "t.T/Echo", text("x")).status().getCode())
        .isEqualTo(Status.Code.UNAVAILABLE);
  }
}
