package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients see of a server that stops. */
class StopTest {
  private final Queue<UnaryReply> held = new ConcurrentLinkedQueue<>();
  private TestServer server;

  @BeforeEach
  void start() {
    server =
        new TestServer(
            MethodTable.builder()
                .unary("t.T", "Hold", (c, a, o, n, reply) -> held.add(reply))
                .build());
  }

  @AfterEach
  void close() {
    server.close();
  }

  private TestCall hold() {
    TestCall call = TestCall.unary(server.channel(), "t.T/Hold", new byte[1]);
    await().until(() -> held.size() == 1);
    return call;
  }

  private CompletableFuture<Void> stop(Duration grace) {
    return server.server().stop(grace).toCompletableFuture().orTimeout(20, TimeUnit.SECONDS);
  }

  @Test
  void aCallUnderWayIsAnsweredWithinTheGrace() {
    TestCall call = hold();
    CompletableFuture<Void> stopped = stop(Duration.ofSeconds(15));
    held.remove().ok(Framed.ofEncoded(new byte[5], 5));
    assertThat(call.status().isOk()).isTrue();
    stopped.join();
  }

  @Test
  void aCallUnderWayIsRefusedAfterTheGrace() {
    TestCall call = hold();
    stop(Duration.ofMillis(200)).join();
    assertThat(call.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(call.status().getDescription()).isEqualTo("etcdserver: server stopped");
    assertThat(held.remove().isDone()).isTrue();
  }

  @Test
  void thePortIsFreeAfterwards() {
    int port = server.port();
    stop(Duration.ZERO).join();
    assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
        .isInstanceOf(ConnectException.class);
  }
}
