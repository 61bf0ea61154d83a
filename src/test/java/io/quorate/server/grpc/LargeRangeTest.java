package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.typesafe.config.ConfigFactory;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.quorate.apply.AutoCompaction;
import io.quorate.apply.Member;
import io.quorate.base.EtcdError;
import io.quorate.node.Node;
import io.quorate.node.NodeSettings;
import io.quorate.proto.etcd.CompactionRequest;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.RangeResponse;
import io.quorate.proto.etcd.RequestOp;
import io.quorate.proto.etcd.TxnRequest;
import io.quorate.tls.Tls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ranges of several MiB from a real store, read by clients that stop, go on or go away. */
class LargeRangeTest {
  private static final int KEYS = 2000;
  private static final int VALUE_BYTES = 4096;
  private static final int PUTS_PER_TXN = 100;
  private static final ByteString KEY = ByteString.copyFromUtf8("k/");
  private static final ByteString END = ByteString.copyFromUtf8("k0");

  @TempDir static Path dir;
  private static Node node;
  private static RangeBudget budget;
  private static TestServer server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() throws Exception {
    Files.createDirectories(dir.resolve("journal"));
    Files.createDirectories(dir.resolve("store"));
    Member self = new Member(1, "m", List.of("http://127.0.0.1:1"), List.of(), false);
    node =
        Node.start(
            new NodeSettings(
                new NodeSettings.Cluster(7, List.of(self), false),
                self,
                dir.resolve("journal"),
                dir.resolve("store"),
                new NodeSettings.Timing(Duration.ofMillis(20), 10, Duration.ofMinutes(10)),
                new NodeSettings.Space(-1, 0, AutoCompaction.Policy.OFF),
                new NodeSettings.Peers(
                    List.of(), Tls.none(), true, true, true, NodeSettings.Newcomers.NONE)),
            ConfigFactory.defaultOverrides().withFallback(GrpcServer.config()));
    KvService kv = new KvService(node, 128, 2 << 20);
    budget = kv.budget();
    MethodTable.Builder table = MethodTable.builder();
    kv.addTo(table);
    server = new TestServer(table.build(), HttpRoutes.NONE, Limits.defaults());
    channel = server.channel();
    await().ignoreExceptions().until(() -> put("first").isOk());
    fill();
  }

  @AfterAll
  static void stop() {
    server.close();
    node.stop().toCompletableFuture().join();
  }

  @AfterEach
  void nothingIsHeld() {
    await().untilAsserted(() -> assertThat(budget.takenBytes()).isZero());
    await().untilAsserted(() -> assertThat(node.compactionHold().size()).isZero());
    await().untilAsserted(() -> assertThat(server.server().pendingCalls()).isZero());
  }

  private static Status put(String key) {
    PutRequest put = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build();
    return call("Put", put).status();
  }

  private static void fill() {
    for (int i = 0; i < KEYS; i += PUTS_PER_TXN) {
      TxnRequest.Builder txn = TxnRequest.newBuilder();
      for (int j = i; j < i + PUTS_PER_TXN; j++) {
        txn.addSuccess(
            RequestOp.newBuilder()
                .setRequestPut(
                    PutRequest.newBuilder()
                        .setKey(KEY.concat(ByteString.copyFromUtf8(String.format("%06d", j))))
                        .setValue(ByteString.copyFrom(new byte[VALUE_BYTES]))));
      }
      assertThat(call("Txn", txn.build()).status().isOk()).isTrue();
    }
  }

  private static TestCall call(String method, MessageLite request) {
    return TestCall.unary(channel, KvService.NAME + "/" + method, request.toByteArray());
  }

  private static RangeRequest.Builder all() {
    return RangeRequest.newBuilder().setKey(KEY).setRangeEnd(END);
  }

  /** A call that reads nothing; of its answer the client's window of 1 MiB arrives. */
  private static TestCall stalled(RangeRequest.Builder request) {
    return new TestCall(
            channel,
            KvService.NAME + "/Range",
            MethodType.UNARY,
            CallOptions.DEFAULT,
            new Metadata())
        .send(request.build().toByteArray())
        .end();
  }

  private static RangeResponse range(RangeRequest.Builder request) throws Exception {
    return RangeResponse.parseFrom(call("Range", request.build()).only());
  }

  @Test
  void aLargeRangeIsWhatItsPagesAre() throws Exception {
    RangeResponse whole = range(all());
    assertThat(whole.getCount()).isEqualTo(KEYS);
    assertThat(whole.getMore()).isFalse();
    List<Object> pages = new ArrayList<>();
    ByteString from = KEY;
    while (pages.size() < KEYS) {
      RangeResponse page = range(all().setKey(from).setLimit(50));
      pages.addAll(page.getKvsList());
      from = page.getKvs(page.getKvsCount() - 1).getKey().concat(ByteString.copyFrom(new byte[1]));
    }
    assertThat(whole.getKvsList()).isEqualTo(pages);
    RangeResponse most = range(all().setLimit(KEYS - 1));
    assertThat(most.getKvsList()).isEqualTo(pages.subList(0, KEYS - 1));
    assertThat(most.getMore()).isTrue();
    assertThat(most.getCount()).isEqualTo(KEYS);
  }

  @Test
  void aSortedRangeIsSentInPartsToo() throws Exception {
    RangeResponse down =
        range(
            all()
                .setSortOrder(RangeRequest.SortOrder.DESCEND)
                .setSortTarget(RangeRequest.SortTarget.KEY));
    List<Object> up = new ArrayList<>(range(all()).getKvsList());
    java.util.Collections.reverse(up);
    assertThat(down.getKvsList()).isEqualTo(up);
  }

  @Test
  void aReaderThatStopsHoldsALittleAndGoesOnWhereItWas() throws Exception {
    RangeResponse whole = range(all());
    TestCall call = stalled(all());
    await().untilAsserted(() -> assertThat(budget.takenBytes()).isPositive());
    assertThat(budget.takenBytes()).isEqualTo(3L * RangeParts.PART_BYTES);
    assertThat(put("k/000000").isOk()).isTrue();
    RangeResponse read = RangeResponse.parseFrom(call.read(2).only());
    assertThat(read.getKvsList()).isEqualTo(whole.getKvsList());
    assertThat(read.getHeader().getRevision()).isEqualTo(whole.getHeader().getRevision());
  }

  @Test
  void compactionWaitsForTheRowsThatAreStillToBeSent() throws Exception {
    RangeResponse whole = range(all());
    TestCall call = stalled(all());
    await().untilAsserted(() -> assertThat(node.compactionHold().size()).isEqualTo(1));
    for (int round = 0; round < 2; round++) {
      fill();
    }
    CompactionRequest compaction =
        CompactionRequest.newBuilder().setRevision(node.revision()).setPhysical(true).build();
    TestCall compacted = call("Compact", compaction);
    await().until(() -> node.store().compacted() == compaction.getRevision());
    await().during(Duration.ofMillis(300)).until(() -> !compacted.isOver());
    RangeResponse read = RangeResponse.parseFrom(call.read(2).only());
    assertThat(read.getKvsList()).isEqualTo(whole.getKvsList());
    assertThat(compacted.status().isOk()).isTrue();
  }

  @Test
  void callsThatAreCancelledGiveAllBack() {
    List<TestCall> calls = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      calls.add(stalled(all()));
    }
    long each = 3L * RangeParts.PART_BYTES;
    await().untilAsserted(() -> assertThat(budget.takenBytes()).isEqualTo(20 * each));
    calls.forEach(TestCall::cancel);
  }

  @Test
  void whoFindsTheBudgetUsedUpIsRefusedAndSmallReadsGoOn() throws Exception {
    try (RangeBudget.Share others = budget.share()) {
      others.takeAnyway(Runtime.getRuntime().maxMemory());
      for (RangeRequest.Builder large :
          List.of(all(), all().setLimit(100), all().setSortOrder(RangeRequest.SortOrder.DESCEND))) {
        Status refused = call("Range", large.build()).status();
        assertThat(refused.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(refused.getDescription()).isEqualTo(EtcdError.REQUEST_TOO_MANY_REQUESTS.text());
      }
      assertThat(range(all().setLimit(5)).getKvsCount()).isEqualTo(5);
      assertThat(range(all().setCountOnly(true)).getCount()).isEqualTo(KEYS);
      assertThat(put("other").isOk()).isTrue();
    }
  }

  @Test
  void unreadWholeAnswersAreCountedUntilTheyLeave() {
    List<TestCall> calls = new ArrayList<>();
    // The client refills the window of the connection by itself, so that of a stream has to hold.
    ManagedChannel own = server.channelOfWindow(64 * 1024);
    for (int i = 0; i < 40; i++) {
      TestCall call =
          new TestCall(
              own,
              KvService.NAME + "/Range",
              MethodType.UNARY,
              CallOptions.DEFAULT,
              new Metadata());
      calls.add(call.send(all().setLimit(100).build().toByteArray()).end());
    }
    await().untilAsserted(() -> assertThat(budget.takenBytes()).isGreaterThan(40L * 400_000));
    calls.forEach(call -> call.read(2));
    calls.forEach(call -> assertThat(call.status().isOk()).isTrue());
  }
}
