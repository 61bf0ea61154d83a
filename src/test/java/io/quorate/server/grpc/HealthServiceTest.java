package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.quorate.proto.health.HealthCheckRequest;
import io.quorate.proto.health.HealthCheckResponse;
import io.quorate.proto.health.HealthCheckResponse.ServingStatus;
import io.quorate.proto.health.HealthListResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HealthServiceTest {
  private static final String SERVICE = "grpc.health.v1.Health/";
  private static final byte[] WHOLE = {};
  private static final byte[] OTHER =
      HealthCheckRequest.newBuilder().setService("etcdserverpb.KV").build().toByteArray();

  private final HealthService health = new HealthService();
  private TestServer server;
  private ManagedChannel channel;

  @BeforeEach
  void start() {
    MethodTable.Builder methods = MethodTable.builder();
    health.register(methods);
    server = new TestServer(methods.build());
    channel = server.channel();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static ServingStatus status(byte[] message) {
    try {
      return HealthCheckResponse.parseFrom(message).getStatus();
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void servesOnlyWhenTold() {
    assertThat(status(TestCall.unary(channel, SERVICE + "Check", WHOLE).only()))
        .isEqualTo(ServingStatus.NOT_SERVING);
    health.setServing(true);
    assertThat(status(TestCall.unary(channel, SERVICE + "Check", WHOLE).only()))
        .isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void knowsNoOtherService() {
    Status end = TestCall.unary(channel, SERVICE + "Check", OTHER).status();
    assertThat(end.getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(end.getDescription()).isEqualTo("unknown service");
    TestCall watch = TestCall.stream(channel, SERVICE + "Watch").read(9).send(OTHER).end();
    await().until(() -> watch.messages().size() == 1);
    assertThat(status(watch.messages().get(0))).isEqualTo(ServingStatus.SERVICE_UNKNOWN);
    assertThat(watch.isOver()).isFalse();
  }

  @Test
  void lists() throws Exception {
    health.setServing(true);
    HealthListResponse list =
        HealthListResponse.parseFrom(TestCall.unary(channel, SERVICE + "List", WHOLE).only());
    assertThat(list.getStatusesMap()).containsOnlyKeys("");
    assertThat(list.getStatusesOrThrow("").getStatus()).isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void tellsWatchersOfEveryChangeOnce() {
    TestCall watch = TestCall.stream(channel, SERVICE + "Watch").read(9).send(WHOLE).end();
    await().until(() -> watch.messages().size() == 1);
    health.setServing(true);
    health.setServing(true);
    health.setServing(false);
    await().until(() -> watch.messages().size() == 3);
    List<ServingStatus> told = watch.messages().stream().map(HealthServiceTest::status).toList();
    assertThat(told)
        .containsExactly(
            ServingStatus.NOT_SERVING, ServingStatus.SERVING, ServingStatus.NOT_SERVING);
    watch.cancel();
    await().until(() -> server.server().openStreams() == 0);
  }
}
