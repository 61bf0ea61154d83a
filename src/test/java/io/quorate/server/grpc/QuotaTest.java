package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.typesafe.config.ConfigFactory;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.quorate.apply.AutoCompaction;
import io.quorate.apply.Member;
import io.quorate.node.Node;
import io.quorate.node.NodeSettings;
import io.quorate.proto.etcd.AlarmRequest;
import io.quorate.proto.etcd.AlarmType;
import io.quorate.proto.etcd.CompactionRequest;
import io.quorate.proto.etcd.DeleteRangeRequest;
import io.quorate.proto.etcd.LeaseGrantRequest;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.StatusResponse;
import io.quorate.tls.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole member with little space, asked over its port. */
class QuotaTest {
  private static final long QUOTA_BYTES = 53_248;
  private static final long MEMBER = 0x1234;
  private static final String NO_SPACE = "etcdserver: mvcc: database space exceeded";
  private static final Duration WAIT = Duration.ofSeconds(30);

  @TempDir Path folder;
  private Node node;
  private TestServer server;
  private ManagedChannel channel;

  private void start(long quotaBytes, long freeBytesMin, AutoCompaction.Policy compaction)
      throws IOException {
    Member self = new Member(MEMBER, "m0", List.of("http://127.0.0.1:2380"), List.of(), false);
    node =
        Node.start(
            new NodeSettings(
                new NodeSettings.Cluster(1, List.of(self), false),
                self,
                Files.createDirectories(folder.resolve("journal")),
                Files.createDirectories(folder.resolve("store")),
                new NodeSettings.Timing(Duration.ofMillis(10), 10, Duration.ofMinutes(10)),
                new NodeSettings.Space(quotaBytes, freeBytesMin, compaction),
                new NodeSettings.Peers(
                    List.of(), Tls.none(), true, true, true, NodeSettings.Newcomers.NONE)),
            ConfigFactory.defaultOverrides());
    server =
        new TestServer(
            EtcdServices.of(
                node,
                new HealthService(),
                new MaintenanceService.Versions("3.7.3", "3.7.0"),
                128,
                1 << 20,
                Limits.defaults(),
                new CallMetrics(false)));
    channel = server.channel();
    await().atMost(WAIT).until(node::isLeader);
  }

  private void start() throws IOException {
    start(QUOTA_BYTES, 0, AutoCompaction.Policy.OFF);
  }

  @AfterEach
  void stop() {
    server.close();
    node.stop().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }

  private Status call(String method, MessageLite request) {
    return TestCall.unary(channel, "etcdserverpb." + method, request.toByteArray()).status();
  }

  private Status put(String key, int valueBytes) {
    return call(
        "KV/Put",
        PutRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setValue(ByteString.copyFrom(new byte[valueBytes]))
            .build());
  }

  private Status alarm(AlarmRequest.AlarmAction action) {
    return call(
        "Maintenance/Alarm",
        AlarmRequest.newBuilder()
            .setAction(action)
            .setMemberID(MEMBER)
            .setAlarm(AlarmType.NOSPACE)
            .build());
  }

  private void compact(long revision) {
    Status end = call("KV/Compact", CompactionRequest.newBuilder().setRevision(revision).build());
    assertThat(end.isOk()).as("%s", end).isTrue();
  }

  private List<String> errors() {
    byte[] answer = TestCall.unary(channel, "etcdserverpb.Maintenance/Status", new byte[0]).only();
    try {
      return StatusResponse.parseFrom(answer).getErrorsList();
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private void fill() {
    for (int i = 0; put("a", 5000).isOk(); i++) {
      assertThat(i).as("puts of 5000 bytes").isLessThan(20);
    }
    await().atMost(WAIT).untilAsserted(() -> assertThat(errors()).hasSize(1));
  }

  private static void assertRefused(Status end) {
    assertThat(end.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(end.getDescription()).isEqualTo(NO_SPACE);
  }

  @Test
  void compactionTakesBackWhatTheQuotaRaised() throws Exception {
    start();
    fill();
    assertThat(errors()).containsExactly("memberID:4660 alarm:NOSPACE");
    assertRefused(put("b", 0));
    assertRefused(call("Lease/LeaseGrant", LeaseGrantRequest.newBuilder().setTTL(60).build()));
    Status deleted =
        call(
            "KV/DeleteRange",
            DeleteRangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).build());
    assertThat(deleted.isOk()).isTrue();
    assertThat(errors()).as("a deletion frees nothing yet").hasSize(1);
    compact(node.revision());
    await().atMost(WAIT).untilAsserted(() -> assertThat(errors()).isEmpty());
    assertThat(put("b", 0).isOk()).isTrue();
  }

  @Test
  void compactionThatFreesTooLittleTakesNothingBack() throws Exception {
    start();
    fill();
    compact(2);
    node.compactionSettled().toCompletableFuture().get(30, TimeUnit.SECONDS);
    // What the keeper might have proposed would be applied before this.
    assertThat(alarm(AlarmRequest.AlarmAction.GET).isOk()).isTrue();
    assertRefused(put("b", 0));
    assertThat(errors()).hasSize(1);
    compact(node.revision());
    await().atMost(WAIT).untilAsserted(() -> assertThat(errors()).isEmpty());
  }

  @Test
  void compactionLeavesWhatAPersonRaised() throws Exception {
    start();
    fill();
    assertThat(alarm(AlarmRequest.AlarmAction.ACTIVATE).isOk()).isTrue();
    assertThat(node.published().alarmsByQuota()).isEmpty();
    compact(node.revision());
    await().atMost(WAIT).until(() -> node.published().countedBytes() < QUOTA_BYTES / 2);
    assertRefused(put("b", 0));
    assertThat(errors()).hasSize(1);
    assertThat(alarm(AlarmRequest.AlarmAction.DEACTIVATE).isOk()).isTrue();
    assertThat(put("b", 0).isOk()).isTrue();
  }

  @Test
  void aDiskWithoutReserveRaisesTheAlarm() throws Exception {
    start(-1, Long.MAX_VALUE, AutoCompaction.Policy.OFF);
    await().atMost(WAIT).untilAsserted(() -> assertThat(errors()).hasSize(1));
    assertThat(node.published().alarmsByQuota()).hasSize(1);
    assertRefused(put("a", 0));
  }

  @Test
  void compactsByItself() throws Exception {
    start(
        QUOTA_BYTES,
        0,
        new AutoCompaction.Policy(AutoCompaction.Mode.PERIODIC, Duration.ofMillis(300).toNanos()));
    assertThat(put("a", 1).isOk()).isTrue();
    assertThat(put("a", 1).isOk()).isTrue();
    long revision = node.revision();
    await().atMost(WAIT).until(() -> node.store().compacted() == revision);
    // Far more than the quota in all, and never an alarm that stays.
    for (int i = 0; i < 30; i++) {
      await().atMost(WAIT).until(() -> put("a", 5000).isOk());
    }
  }
}
