package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.quorate.base.EtcdError;
import io.quorate.node.WatchActor;
import io.quorate.proto.etcd.WatchCancelRequest;
import io.quorate.proto.etcd.WatchCreateRequest;
import io.quorate.proto.etcd.WatchProgressRequest;
import io.quorate.proto.etcd.WatchRequest;
import io.quorate.proto.etcd.WatchResponse;
import io.quorate.watch.Change;
import io.quorate.watch.FakeHistory;
import io.quorate.watch.WatchLimits;
import io.quorate.watch.WatchStats;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WatchServiceTest {
  private static final RequestContext CONTEXT =
      RequestContext.of("/etcdserverpb.Watch/Watch", Map.of());

  private final ActorTestKit kit = ActorTestKit.create();
  private final FakeHistory history = new FakeHistory();
  private final FakeFacts facts = new FakeFacts();
  private final FakeOutbound out = new FakeOutbound();
  private final AtomicInteger failures = new AtomicInteger();
  private ActorRef<WatchActor.Command> actor;
  private WatchService service;
  private StreamHandler stream;

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private void start(WatchLimits limits, WatchGuard guard) {
    long start = System.nanoTime();
    actor =
        kit.spawn(
            WatchActor.create(
                new WatchActor.Settings(
                    limits,
                    history.revision(),
                    history.compacted,
                    () -> System.nanoTime() - start,
                    bound -> bound / 2),
                read ->
                    failures.getAndDecrement() > 0
                        ? CompletableFuture.failedFuture(new IOException("disk is slow"))
                        : CompletableFuture.completedFuture(history.read(read))));
    service = new WatchService(actor, facts, guard, 1 << 20);
    stream = service.open(CONTEXT, out);
  }

  private void start() {
    start(WatchLimits.DEFAULT, WatchGuard.NONE);
  }

  private void send(WatchRequest.Builder request) throws Exception {
    stream.onMessage(request.build().toByteArray());
  }

  private void create(WatchCreateRequest.Builder create) throws Exception {
    send(WatchRequest.newBuilder().setCreateRequest(create));
  }

  private static WatchCreateRequest.Builder key(String key) {
    return WatchCreateRequest.newBuilder().setKey(ByteString.copyFromUtf8(key));
  }

  private void apply(String... keys) {
    actor.tell(new WatchActor.Applied(List.of(history.change(keys))));
  }

  private List<WatchResponse> responses() {
    List<WatchResponse> responses = new ArrayList<>();
    for (byte[] message : out.messages()) {
      try {
        responses.add(WatchResponse.parseFrom(message));
      } catch (InvalidProtocolBufferException e) {
        throw new AssertionError(e);
      }
    }
    return responses;
  }

  private WatchResponse response(int index) {
    await().until(() -> out.messages().size() > index);
    return responses().get(index);
  }

  private WatchStats stats() {
    TestProbe<WatchStats> probe = kit.createTestProbe();
    actor.tell(new WatchActor.GetStats(probe.ref()));
    return probe.receiveMessage();
  }

  @Test
  void createsDeliversReportsAndCancels() throws Exception {
    start();
    create(key("a").setPrevKv(true));
    apply("a");
    apply("a");
    send(WatchRequest.newBuilder().setProgressRequest(WatchProgressRequest.getDefaultInstance()));
    send(WatchRequest.newBuilder().setCancelRequest(WatchCancelRequest.newBuilder()));
    WatchResponse created = response(0);
    assertThat(created.getCreated()).isTrue();
    assertThat(created.getHeader()).isEqualTo(HeaderCodec.message(facts, 0));
    assertThat(response(1).getEvents(0).hasPrevKv()).isFalse();
    assertThat(response(2).getEvents(0).getPrevKv().getModRevision()).isEqualTo(1);
    assertThat(response(2).getHeader().getRevision()).isEqualTo(2);
    WatchResponse progress = response(3);
    assertThat(progress.getWatchId()).isEqualTo(-1);
    assertThat(progress.getEventsCount()).isZero();
    assertThat(progress.getHeader().getRevision()).isEqualTo(2);
    assertThat(response(4).getCanceled()).isTrue();
    assertThat(response(4).getCreated()).isFalse();
  }

  @Test
  void anEmptyKeyIsTheLowestOne() throws Exception {
    start();
    create(key("").setRangeEnd(ByteString.copyFrom(new byte[] {0})));
    apply("a");
    assertThat(response(1).getEvents(0).getKv().getKey().toStringUtf8()).isEqualTo("a");
  }

  @Test
  void aWatchThatIsNotPermittedIsRefusedAndTheStreamGoesOn() throws Exception {
    start(
        WatchLimits.DEFAULT,
        (context, range) ->
            range.from().utf8().equals("secret") ? EtcdError.PERMISSION_DENIED : null);
    create(key("secret"));
    create(key("secret").setStartRevision(-1));
    create(key("a"));
    WatchResponse refused = response(0);
    assertThat(refused.getWatchId()).isEqualTo(-1);
    assertThat(refused.getCreated()).isTrue();
    assertThat(refused.getCanceled()).isTrue();
    assertThat(refused.getCancelReason()).isEqualTo("etcdserver: permission denied");
    assertThat(response(1).getCancelReason())
        .isEqualTo("etcdserver: mvcc: required revision has been compacted");
    assertThat(response(2).getCanceled()).isFalse();
  }

  @Test
  void aCompactedStartIsCreatedAndThenCancelledWithTheCompactRevision() throws Exception {
    for (int i = 0; i < 5; i++) {
      history.change("a");
    }
    history.compacted = 4;
    start();
    create(key("a").setStartRevision(2));
    assertThat(response(0).getCreated()).isTrue();
    WatchResponse canceled = response(1);
    assertThat(canceled.getCanceled()).isTrue();
    assertThat(canceled.getCompactRevision()).isEqualTo(4);
    assertThat(canceled.getHeader().getRevision()).isZero();
    assertThat(canceled.getHeader().getMemberId()).isEqualTo(facts.memberId());
  }

  @Test
  void historyIsReadAgainAfterAFailure() throws Exception {
    history.change("a");
    failures.set(2);
    start();
    create(key("a").setStartRevision(1));
    assertThat(response(1).getEventsCount()).isEqualTo(1);
    assertThat(failures.get()).isNegative();
  }

  @Test
  void aSlowClientIsHeldAndLaterGetsAll() throws Exception {
    start(new WatchLimits(10_000, 1000, 5000, 100, 1L << 60), WatchGuard.NONE);
    create(key("a"));
    response(0);
    out.read(false);
    int count = 40_000;
    for (int i = 0; i < count; i += 100) {
      List<Change> changes = new ArrayList<>();
      for (int j = 0; j < 100; j++) {
        changes.add(history.change("a"));
      }
      actor.tell(new WatchActor.Applied(changes));
    }
    await().until(() -> stats().slow() == 1);
    assertThat(out.held).isTrue();
    assertThat(out.queuedBytes()).isLessThan(64 << 10);
    await()
        .until(
            () -> {
              out.read(true);
              return stats().slow() == 0;
            });
    List<Long> seen = new ArrayList<>();
    for (WatchResponse response : responses()) {
      response.getEventsList().forEach(event -> seen.add(event.getKv().getModRevision()));
    }
    assertThat(seen).hasSize(count).isSorted().doesNotHaveDuplicates();
    assertThat(out.held).isFalse();
  }

  @Test
  void idleWatchesAreToldTheProgress() throws Exception {
    start(WatchLimits.DEFAULT.withProgressInterval(1), WatchGuard.NONE);
    create(key("a").setProgressNotify(true));
    create(key("b"));
    assertThat(response(2).getWatchId()).isZero();
    assertThat(response(3).getEventsCount()).isZero();
    assertThat(response(3).getCreated()).isFalse();
  }

  @Test
  void aHalfClosedStreamGoesOnAndACancelledOneLeavesNothing() throws Exception {
    start();
    create(key("a"));
    stream.onHalfClose();
    apply("a");
    assertThat(response(1).getEventsCount()).isEqualTo(1);
    stream.onCancel();
    stream.onCancel();
    assertThat(stats()).isEqualTo(new WatchStats(0, 0, 0, 1));
  }

  @Test
  void aStreamThatRequiresALeaderEndsWhenThereIsNone() throws Exception {
    start();
    RequireLeader leader = new RequireLeader(facts);
    RequestContext asks = RequestContext.of("/x/y", Map.of("hasleader", "true"));
    StreamMethod guarded = leader.guard(service);
    FakeOutbound other = new FakeOutbound();
    FakeOutbound indifferent = new FakeOutbound();
    guarded
        .open(asks, other)
        .onMessage(WatchRequest.newBuilder().setCreateRequest(key("a")).build().toByteArray());
    guarded.open(CONTEXT, indifferent);
    assertThat(stats().streams()).isEqualTo(3);
    facts.leader = false;
    leader.check();
    leader.check();
    facts.leader = true;
    leader.check();
    facts.leader = false;
    leader.check();
    leader.check();
    assertThat(other.status()).isNull();
    leader.check();
    assertThat(other.status()).isEqualTo("unavailable etcdserver: no leader");
    assertThat(indifferent.status()).isNull();
    assertThat(stats().streams()).isEqualTo(2);
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> guarded.open(asks, other))
        .hasMessage("etcdserver: no leader");
  }
}
