package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.MessageLite;
import io.quorate.apply.Answer;
import io.quorate.apply.Command;
import io.quorate.apply.LeaseFacts;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.lease.LeaseLimits;
import io.quorate.node.LeaseActor;
import io.quorate.node.LeasePort;
import io.quorate.node.LeaseView;
import io.quorate.proto.etcd.LeaseGrantRequest;
import io.quorate.proto.etcd.LeaseGrantResponse;
import io.quorate.proto.etcd.LeaseKeepAliveRequest;
import io.quorate.proto.etcd.LeaseKeepAliveResponse;
import io.quorate.proto.etcd.LeaseLeasesRequest;
import io.quorate.proto.etcd.LeaseLeasesResponse;
import io.quorate.proto.etcd.LeaseRevokeRequest;
import io.quorate.proto.etcd.LeaseRevokeResponse;
import io.quorate.proto.etcd.LeaseStatus;
import io.quorate.proto.etcd.LeaseTimeToLiveRequest;
import io.quorate.proto.etcd.LeaseTimeToLiveResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaseServiceTest {
  private static final long SECOND = 1_000_000_000L;
  private static final RequestContext CONTEXT =
      RequestContext.of("/etcdserverpb.Lease/x", Map.of());

  private final ActorTestKit kit = ActorTestKit.create();
  private final FakeFacts facts = new FakeFacts();
  private final AtomicLong nanos = new AtomicLong();
  private final Port port = new Port();
  private final FakeOutbound out = new FakeOutbound();
  private ActorRef<LeaseActor.Command> actor;
  private LeaseService service;
  private MethodTable table;

  /** The rest of a member: applies what is proposed at once. */
  private final class Port implements LeasePort {
    final Set<Long> leases = new ConcurrentSkipListSet<>();
    final List<Command> proposed = new CopyOnWriteArrayList<>();
    volatile boolean fresh = true;
    volatile boolean leads = true;
    volatile long atLeader = 77;

    @Override
    public CompletionStage<Answer> proposeAsLeader(Command command, long term) {
      return propose(command);
    }

    @Override
    public CompletionStage<Answer> propose(Command command) {
      proposed.add(command);
      if (command instanceof Command.LeaseGrant grant) {
        if (!leases.add(grant.id())) {
          return CompletableFuture.failedFuture(EtcdError.LEASE_EXIST.exception());
        }
        actor.tell(new LeaseActor.Granted(grant.id(), Math.max(2, grant.ttl())));
        return CompletableFuture.completedFuture(
            new Answer.Granted(1, grant.id(), Math.max(2, grant.ttl())));
      }
      if (command instanceof Command.LeaseRevoke revoke) {
        if (!leases.remove(revoke.id())) {
          return CompletableFuture.failedFuture(EtcdError.LEASE_NOT_FOUND.exception());
        }
        actor.tell(new LeaseActor.Revoked(revoke.id()));
      }
      if (command instanceof Command.LeaseCheckpoint checkpoint) {
        checkpoint
            .leases()
            .forEach(l -> actor.tell(new LeaseActor.Checkpointed(l.id(), l.seconds())));
      }
      return CompletableFuture.completedFuture(new Answer.Done(3));
    }

    @Override
    public CompletionStage<Void> applied() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public boolean isLeadershipFresh() {
      return fresh;
    }

    @Override
    public CompletionStage<Boolean> proveLeadership() {
      return CompletableFuture.completedFuture(leads);
    }

    @Override
    public CompletionStage<Long> renewAtLeader(long id) {
      return atLeader >= 0
          ? CompletableFuture.completedFuture(atLeader)
          : CompletableFuture.failedFuture(EtcdError.TIMEOUT.exception());
    }

    @Override
    public CompletionStage<LeaseView> timeToLiveAtLeader(long id, boolean keys) {
      return CompletableFuture.completedFuture(new LeaseView(id, 100, 50, List.of()));
    }

    @Override
    public CompletionStage<List<Bytes>> keys(long id) {
      return CompletableFuture.completedFuture(List.of(Bytes.utf8("a"), Bytes.utf8("b")));
    }
  }

  private static final class Reply implements UnaryReply {
    final CompletableFuture<byte[]> answer = new CompletableFuture<>();

    @Override
    public void ok(Framed message) {
      answer.complete(message.message());
    }

    @Override
    public Outbound stream(Runnable onLeft) {
      throw new AssertionError("leases answer with whole messages");
    }

    @Override
    public void fail(EtcdError.Code code, String text) {
      answer.completeExceptionally(new EtcdException(code, text));
    }

    @Override
    public boolean isDone() {
      return answer.isDone();
    }
  }

  @BeforeEach
  void start() {
    actor = kit.spawn(LeaseActor.create(LeaseLimits.of(10, 100), port, nanos::get));
    service = new LeaseService(actor, port, facts, LeaseGuard.NONE, () -> -5);
    MethodTable.Builder builder = MethodTable.builder();
    service.addUnaryTo(builder);
    table = builder.build();
    actor.tell(new LeaseActor.Promoted(1, SECOND));
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private byte[] call(String method, MessageLite request) {
    Reply reply = new Reply();
    byte[] bytes = request.toByteArray();
    try {
      table
          .find("/etcdserverpb.Lease/" + method)
          .unary()
          .call(CONTEXT, bytes, 0, bytes.length, reply);
    } catch (EtcdException refusal) {
      reply.fail(refusal);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    await().until(reply::isDone);
    return reply.answer.join();
  }

  private String refusal(String method, MessageLite request) {
    try {
      call(method, request);
      throw new AssertionError("was not refused");
    } catch (CompletionException e) {
      EtcdException error = (EtcdException) e.getCause();
      return error.code() + " " + error.text();
    }
  }

  private LeaseGrantResponse grant(long id, long ttl) throws Exception {
    return LeaseGrantResponse.parseFrom(
        call("LeaseGrant", LeaseGrantRequest.newBuilder().setID(id).setTTL(ttl).build()));
  }

  private LeaseTimeToLiveResponse timeToLive(long id, boolean keys) throws Exception {
    return LeaseTimeToLiveResponse.parseFrom(
        call(
            "LeaseTimeToLive",
            LeaseTimeToLiveRequest.newBuilder().setID(id).setKeys(keys).build()));
  }

  private List<String> renewals(StreamHandler stream, long... ids) throws Exception {
    int before = out.messages().size();
    for (long id : ids) {
      stream.onMessage(LeaseKeepAliveRequest.newBuilder().setID(id).build().toByteArray());
    }
    await().until(() -> out.messages().size() == before + ids.length);
    List<String> answers = new ArrayList<>();
    for (byte[] message : out.messages().subList(before, before + ids.length)) {
      LeaseKeepAliveResponse answer = LeaseKeepAliveResponse.parseFrom(message);
      assertThat(answer.toByteArray()).isEqualTo(message);
      assertThat(answer.getHeader()).isEqualTo(HeaderCodec.message(facts, facts.revision));
      answers.add(answer.getID() + ":" + answer.getTTL());
    }
    return answers;
  }

  @Test
  void grantsListsAndRevokes() throws Exception {
    assertThat(grant(0, 1).getID()).as("by lot").isEqualTo(Long.MAX_VALUE - 4);
    assertThat(grant(7, 60).getTTL()).isEqualTo(60);
    LeaseLeasesResponse all =
        LeaseLeasesResponse.parseFrom(call("LeaseLeases", LeaseLeasesRequest.getDefaultInstance()));
    assertThat(all.getLeasesList())
        .extracting(LeaseStatus::getID)
        .containsExactly(Long.MAX_VALUE - 4, 7L);
    LeaseRevokeRequest revoke = LeaseRevokeRequest.newBuilder().setID(7).build();
    assertThat(LeaseRevokeResponse.parseFrom(call("LeaseRevoke", revoke)).getHeader().getRevision())
        .isEqualTo(3);
    assertThat(refusal("LeaseRevoke", revoke))
        .isEqualTo("not_found etcdserver: requested lease not found");
    assertThat(refusal("LeaseGrant", LeaseGrantRequest.newBuilder().setTTL(9_000_000_001L).build()))
        .isEqualTo("out_of_range etcdserver: too large lease TTL");
  }

  @Test
  void tellsTheTimeToLiveAndTheKeys() throws Exception {
    grant(7, 60);
    nanos.set(20 * SECOND + 1);
    LeaseTimeToLiveResponse told = timeToLive(7, true);
    assertThat(told.getGrantedTTL()).isEqualTo(60);
    assertThat(told.getTTL()).isEqualTo(39);
    assertThat(told.getKeysList()).extracting(key -> key.toStringUtf8()).containsExactly("a", "b");
    assertThat(timeToLive(7, false).getKeysCount()).isZero();
    assertThat(timeToLive(8, true).getTTL()).isEqualTo(-1);
  }

  @Test
  void renewsInOrderAndAnswersZeroForAnUnknownLease() throws Exception {
    grant(7, 60);
    grant(8, 90);
    StreamHandler stream = service.keepAlive(CONTEXT, out);
    assertThat(renewals(stream, 7, 9, 8, 7)).containsExactly("7:60", "9:0", "8:90", "7:60");
    stream.onHalfClose();
    assertThat(out.status()).isEqualTo("ok ");
  }

  @Test
  void expiresOnlyAfterLeadershipIsProved() throws Exception {
    grant(7, 60);
    port.leads = false;
    nanos.set(61 * SECOND);
    StreamHandler stream = service.keepAlive(CONTEXT, out);
    stream.onMessage(LeaseKeepAliveRequest.newBuilder().setID(7).build().toByteArray());
    assertThat(timeToLive(7, false).getTTL()).isEqualTo(-1);
    assertThat(port.proposed).hasSize(1);
    port.leads = true;
    await().until(() -> port.leases.isEmpty());
    await().until(() -> out.messages().size() == 1);
    assertThat(LeaseKeepAliveResponse.parseFrom(out.messages().get(0)).getTTL()).isZero();
  }

  @Test
  void aRenewalTakesTheReplicatedRemainingTimeBackFirst() throws Exception {
    grant(7, 900);
    nanos.set(301 * SECOND);
    await().until(() -> port.proposed.size() == 2);
    StreamHandler stream = service.keepAlive(CONTEXT, out);
    assertThat(renewals(stream, 7)).containsExactly("7:900");
    assertThat(port.proposed.get(2))
        .isEqualTo(
            new Command.LeaseCheckpoint(List.of(new Command.LeaseCheckpoint.Remaining(7, 0))));
    assertThat(renewals(stream, 7)).containsExactly("7:900");
    assertThat(port.proposed).hasSize(3);
  }

  @Test
  void whoDoesNotLeadAsksTheLeader() throws Exception {
    grant(7, 60);
    actor.tell(new LeaseActor.Demoted());
    StreamHandler stream = service.keepAlive(CONTEXT, out);
    assertThat(renewals(stream, 7)).containsExactly("7:77");
    assertThat(timeToLive(7, false).getTTL()).isEqualTo(50);
    port.atLeader = -1;
    stream.onMessage(LeaseKeepAliveRequest.newBuilder().setID(7).build().toByteArray());
    await().until(() -> out.status() != null);
    assertThat(out.status()).isEqualTo("unavailable etcdserver: request timed out");
  }

  @Test
  void whoCannotProveThatItLeadsRenewsNothing() throws Exception {
    grant(7, 60);
    port.fresh = false;
    StreamHandler stream = service.keepAlive(CONTEXT, out);
    assertThat(renewals(stream, 7)).containsExactly("7:60");
    port.leads = false;
    assertThat(renewals(stream, 7)).as("from the leader").containsExactly("7:77");
  }

  @Test
  void aReplacedStoreReplacesTheLeases() throws Exception {
    grant(7, 60);
    actor.tell(new LeaseActor.Replaced(List.of(new LeaseFacts(8, 900, 100))));
    assertThat(timeToLive(7, false).getTTL()).isEqualTo(-1);
    assertThat(timeToLive(8, false).getTTL()).isEqualTo(100);
  }

  @Test
  void aLeaseThatMayNotBeRenewedEndsTheStream() throws Exception {
    service =
        new LeaseService(
            actor, port, facts, (context, call, id) -> EtcdError.PERMISSION_DENIED, () -> 1);
    service
        .keepAlive(CONTEXT, out)
        .onMessage(LeaseKeepAliveRequest.newBuilder().setID(7).build().toByteArray());
    assertThat(out.status()).isEqualTo("permission_denied etcdserver: permission denied");
  }
}
