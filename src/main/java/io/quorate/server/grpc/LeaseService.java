package io.quorate.server.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.quorate.apply.Answer;
import io.quorate.apply.Command;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.lease.LeaseLimits;
import io.quorate.lease.Lessor;
import io.quorate.node.LeaseActor;
import io.quorate.node.LeasePort;
import io.quorate.node.LeaseView;
import io.quorate.node.MemberFacts;
import io.quorate.proto.etcd.LeaseGrantRequest;
import io.quorate.proto.etcd.LeaseGrantResponse;
import io.quorate.proto.etcd.LeaseLeasesResponse;
import io.quorate.proto.etcd.LeaseRevokeRequest;
import io.quorate.proto.etcd.LeaseRevokeResponse;
import io.quorate.proto.etcd.LeaseStatus;
import io.quorate.proto.etcd.LeaseTimeToLiveRequest;
import io.quorate.proto.etcd.LeaseTimeToLiveResponse;
import io.quorate.proto.etcd.ResponseHeader;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;

/** The Lease service: grants and revokes through the log, the rest through {@link LeaseActor}. */
public final class LeaseService {
  /** The full name of the service. */
  public static final String NAME = "etcdserverpb.Lease";

  private final ActorRef<LeaseActor.Command> actor;
  private final LeasePort port;
  private final MemberFacts facts;
  private final LeaseGuard guard;
  private final LongSupplier random;

  /**
   * The service of one member.
   *
   * @param random gives any 64 bits, by lot: for the ids that clients leave to the server
   */
  public LeaseService(
      ActorRef<LeaseActor.Command> actor,
      LeasePort port,
      MemberFacts facts,
      LeaseGuard guard,
      LongSupplier random) {
    this.actor = actor;
    this.port = port;
    this.facts = facts;
    this.guard = guard;
    this.random = random;
  }

  /** Adds the calls of the service but for KeepAlive, which is {@link #keepAlive}. */
  public void addUnaryTo(MethodTable.Builder table) {
    table
        .unary(NAME, "LeaseGrant", this::grant)
        .unary(NAME, "LeaseRevoke", this::revoke)
        .unary(NAME, "LeaseTimeToLive", this::timeToLive)
        .unary(NAME, "LeaseLeases", this::leases);
  }

  /** The stream of renewals. */
  public StreamHandler keepAlive(RequestContext context, Outbound out) {
    return new KeepAliveStream(
        out, actor, facts, id -> guard.refusal(context, LeaseGuard.Call.KEEP_ALIVE, id));
  }

  private void grant(RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    LeaseGrantRequest request = LeaseGrantRequest.parseFrom(ByteBuffer.wrap(array, offset, length));
    check(context, LeaseGuard.Call.GRANT, request.getID());
    if (request.getTTL() > LeaseLimits.TTL_SECONDS_MAX) {
      throw EtcdError.LEASE_TTL_TOO_LARGE.exception();
    }
    long id = request.getID() != 0 ? request.getID() : Lessor.chooseId(random);
    StageReply.send(
        port.propose(new Command.LeaseGrant(id, request.getTTL())),
        reply,
        answer -> {
          Answer.Granted granted = (Answer.Granted) answer;
          return Framed.of(
              LeaseGrantResponse.newBuilder()
                  .setHeader(header(granted.revision()))
                  .setID(granted.id())
                  .setTTL(granted.ttl())
                  .build());
        });
  }

  private void revoke(
      RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    LeaseRevokeRequest request =
        LeaseRevokeRequest.parseFrom(ByteBuffer.wrap(array, offset, length));
    check(context, LeaseGuard.Call.REVOKE, request.getID());
    StageReply.send(
        port.propose(new Command.LeaseRevoke(request.getID())),
        reply,
        answer ->
            Framed.of(
                LeaseRevokeResponse.newBuilder().setHeader(header(answer.revision())).build()));
  }

  private void timeToLive(
      RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    LeaseTimeToLiveRequest request =
        LeaseTimeToLiveRequest.parseFrom(ByteBuffer.wrap(array, offset, length));
    boolean keys = request.getKeys();
    check(context, keys ? LeaseGuard.Call.KEYS : LeaseGuard.Call.TIME_TO_LIVE, request.getID());
    CompletableFuture<LeaseView> view = new CompletableFuture<>();
    StageReply.send(view, reply, this::timeToLive);
    actor.tell(new LeaseActor.TimeToLive(request.getID(), keys, true, view));
  }

  private Framed timeToLive(LeaseView view) {
    LeaseTimeToLiveResponse.Builder response =
        LeaseTimeToLiveResponse.newBuilder()
            .setHeader(header(facts.revision()))
            .setID(view.id())
            .setTTL(view.remainingSeconds())
            .setGrantedTTL(view.grantedSeconds());
    for (Bytes key : view.keys()) {
      response.addKeys(UnsafeByteOperations.unsafeWrap(key.unsafeArray()));
    }
    return Framed.of(response.build());
  }

  private void leases(
      RequestContext context, byte[] array, int offset, int length, UnaryReply reply) {
    check(context, LeaseGuard.Call.LEASES, 0);
    CompletableFuture<List<Long>> ids = new CompletableFuture<>();
    StageReply.send(
        ids,
        reply,
        all -> {
          LeaseLeasesResponse.Builder response =
              LeaseLeasesResponse.newBuilder().setHeader(header(facts.revision()));
          all.forEach(id -> response.addLeases(LeaseStatus.newBuilder().setID(id)));
          return Framed.of(response.build());
        });
    actor.tell(new LeaseActor.ListIds(ids));
  }

  private void check(RequestContext context, LeaseGuard.Call call, long id) {
    EtcdError refusal = guard.refusal(context, call, id);
    if (refusal != null) {
      throw refusal.exception();
    }
  }

  private ResponseHeader header(long revision) {
    return HeaderCodec.message(facts, revision);
  }
}
