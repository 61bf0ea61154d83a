package io.quorate.server.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.quorate.apply.Alarm;
import io.quorate.apply.Answer;
import io.quorate.apply.Command;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.mvcc.StoreHash;
import io.quorate.node.Node;
import io.quorate.node.RaftStatus;
import io.quorate.proto.etcd.AlarmMember;
import io.quorate.proto.etcd.AlarmRequest;
import io.quorate.proto.etcd.AlarmResponse;
import io.quorate.proto.etcd.AlarmType;
import io.quorate.proto.etcd.DefragmentResponse;
import io.quorate.proto.etcd.DowngradeInfo;
import io.quorate.proto.etcd.HashKVRequest;
import io.quorate.proto.etcd.HashKVResponse;
import io.quorate.proto.etcd.HashResponse;
import io.quorate.proto.etcd.MoveLeaderRequest;
import io.quorate.proto.etcd.MoveLeaderResponse;
import io.quorate.proto.etcd.ResponseHeader;
import io.quorate.proto.etcd.StatusResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** The Maintenance service. */
public final class MaintenanceService {
  /** The full name of the service. */
  public static final String NAME = "etcdserverpb.Maintenance";

  private final Node node;
  private final Versions versions;

  /**
   * The versions that a member reports.
   *
   * @param server the version of the protocol
   * @param storage the version of the storage as the protocol counts it
   */
  public record Versions(String server, String storage) {}

  /** The service of one member. */
  public MaintenanceService(Node node, Versions versions) {
    this.node = node;
    this.versions = versions;
  }

  /** Adds the calls of the service. */
  public void addTo(MethodTable.Builder table) {
    table
        .unary(NAME, "Alarm", this::alarm)
        .unary(NAME, "Status", (context, array, offset, length, reply) -> reply.ok(status()))
        .unary(
            NAME,
            "Defragment",
            (context, array, offset, length, reply) ->
                StageReply.send(
                    node.defragment(),
                    reply,
                    done -> Framed.of(DefragmentResponse.getDefaultInstance())))
        .unary(NAME, "Hash", (context, array, offset, length, reply) -> hash(reply))
        .unary(NAME, "HashKV", this::hashKv)
        .unary(NAME, "MoveLeader", this::moveLeader)
        .unary(NAME, "Downgrade", Unsupported.call("Downgrade"))
        .serverStream(
            NAME, "Snapshot", (context, out) -> new SnapshotCall(node, versions.storage(), out));
  }

  private ResponseHeader header() {
    return HeaderCodec.message(node, node.revision());
  }

  private Framed status() {
    RaftStatus raft = node.status();
    long inUse = node.published().countedBytes();
    StatusResponse.Builder answer =
        StatusResponse.newBuilder()
            .setHeader(header())
            .setVersion(versions.server())
            .setStorageVersion(versions.storage())
            .setLeader(raft.leader())
            .setRaftIndex(raft.commit())
            .setRaftAppliedIndex(node.published().appliedIndex())
            .setRaftTerm(raft.term())
            .setDbSize(Math.max(node.fileBytes(), inUse))
            .setDbSizeInUse(inUse)
            .setIsLearner(node.isLearner())
            .setDbSizeQuota(node.quotaBytes())
            .setDowngradeInfo(DowngradeInfo.getDefaultInstance());
    if (!node.hasLeader()) {
      answer.addErrors(EtcdError.NO_LEADER.text());
    }
    for (Alarm alarm : node.published().alarms()) {
      answer.addErrors(text(alarm));
    }
    return Framed.of(answer.build());
  }

  /** As the reference prints the message, which leaves out what is zero. */
  private static String text(Alarm alarm) {
    String member =
        alarm.member() == 0 ? "" : "memberID:" + Long.toUnsignedString(alarm.member()) + " ";
    return member + "alarm:" + alarm.type();
  }

  private void moveLeader(
      RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    long target = MoveLeaderRequest.parseFrom(ByteBuffer.wrap(array, offset, length)).getTargetID();
    StageReply.send(
        node.cluster().moveLeader(target),
        reply,
        // The reference answers this one without a header.
        leader -> Framed.of(MoveLeaderResponse.getDefaultInstance()));
  }

  private void alarm(RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    AlarmRequest request = AlarmRequest.parseFrom(ByteBuffer.wrap(array, offset, length));
    Alarm.Type type =
        switch (request.getAlarm()) {
          case NONE -> Alarm.Type.NONE;
          case NOSPACE -> Alarm.Type.NOSPACE;
          case CORRUPT -> Alarm.Type.CORRUPT;
          case UNRECOGNIZED ->
              throw new EtcdException(
                  EtcdError.Code.INVALID_ARGUMENT,
                  "etcdserver: unknown alarm " + request.getAlarmValue());
        };
    CompletionStage<List<Alarm>> alarms =
        switch (request.getAction()) {
          case GET, UNRECOGNIZED -> node.linearize().thenApply(confirmed -> raised(type));
          case ACTIVATE, DEACTIVATE -> {
            boolean raise = request.getAction() == AlarmRequest.AlarmAction.ACTIVATE;
            Alarm alarm = new Alarm(request.getMemberID(), type);
            yield node.propose(Command.ChangeAlarm.byHand(raise, alarm))
                .thenApply(answer -> ((Answer.Alarms) answer).alarms());
          }
        };
    StageReply.send(alarms, reply, this::message);
  }

  private List<Alarm> raised(Alarm.Type type) {
    return node.published().alarms().stream()
        .filter(alarm -> type == Alarm.Type.NONE || alarm.type() == type)
        .toList();
  }

  private Framed message(List<Alarm> alarms) {
    AlarmResponse.Builder answer = AlarmResponse.newBuilder().setHeader(header());
    for (Alarm alarm : alarms) {
      answer.addAlarms(
          AlarmMember.newBuilder()
              .setMemberID(alarm.member())
              .setAlarm(AlarmType.forNumber(alarm.type().code())));
    }
    return Framed.of(answer.build());
  }

  private void hash(UnaryReply reply) {
    StageReply.send(
        node.hash(0),
        reply,
        hash ->
            Framed.of(HashResponse.newBuilder().setHeader(header()).setHash(hash.hash()).build()));
  }

  private void hashKv(
      RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    HashKVRequest request = HashKVRequest.parseFrom(ByteBuffer.wrap(array, offset, length));
    StageReply.send(node.hash(request.getRevision()), reply, this::message);
  }

  private Framed message(StoreHash hash) {
    return Framed.of(
        HashKVResponse.newBuilder()
            .setHeader(header())
            .setHash(hash.hash())
            .setCompactRevision(hash.compactRevision())
            .setHashRevision(hash.revision())
            .build());
  }
}
