package io.quorate.client;

import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.quorate.client.wire.Methods;
import io.quorate.proto.etcd.AlarmMember;
import io.quorate.proto.etcd.AlarmRequest;
import io.quorate.proto.etcd.AlarmRequest.AlarmAction;
import io.quorate.proto.etcd.AlarmResponse;
import io.quorate.proto.etcd.DefragmentRequest;
import io.quorate.proto.etcd.DefragmentResponse;
import io.quorate.proto.etcd.HashKVRequest;
import io.quorate.proto.etcd.HashKVResponse;
import io.quorate.proto.etcd.MoveLeaderRequest;
import io.quorate.proto.etcd.MoveLeaderResponse;
import io.quorate.proto.etcd.SnapshotRequest;
import io.quorate.proto.etcd.SnapshotResponse;
import io.quorate.proto.etcd.StatusRequest;
import io.quorate.proto.etcd.StatusResponse;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The Maintenance service of a fake member. */
final class FakeMaintenance {
  private final FakeMember member;
  private final List<AlarmMember> alarms = new CopyOnWriteArrayList<>();
  private final Queue<Status> refusals = new ConcurrentLinkedQueue<>();
  private final AtomicInteger snapshots = new AtomicInteger();
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();
  private volatile List<SnapshotResponse> parts = List.of();
  private volatile @Nullable Status end = Status.OK;
  volatile StatusResponse status = StatusResponse.getDefaultInstance();
  volatile int hash;

  FakeMaintenance(FakeMember member) {
    this.member = member;
  }

  ServerServiceDefinition service() {
    return ServerServiceDefinition.builder("etcdserverpb.Maintenance")
        .addMethod(
            Descriptors.unary(Methods.STATUS, StatusRequest.parser()),
            member.unary(request -> status.toBuilder().setHeader(member.header()).build()))
        .addMethod(
            Descriptors.unary(Methods.HASH_KV, HashKVRequest.parser()),
            member.unary(
                request ->
                    HashKVResponse.newBuilder()
                        .setHeader(member.header())
                        .setHash(hash)
                        .setHashRevision(request.getRevision())
                        .build()))
        .addMethod(
            Descriptors.unary(Methods.ALARM, AlarmRequest.parser()), member.unary(this::alarm))
        .addMethod(
            Descriptors.unary(Methods.DEFRAGMENT, DefragmentRequest.parser()),
            member.unary(request -> DefragmentResponse.getDefaultInstance()))
        .addMethod(
            Descriptors.unary(Methods.MOVE_LEADER, MoveLeaderRequest.parser()),
            member.unary(
                request -> {
                  status = status.toBuilder().setLeader(request.getTargetID()).build();
                  return MoveLeaderResponse.getDefaultInstance();
                }))
        .addMethod(
            Descriptors.of(Methods.SNAPSHOT, MethodType.SERVER_STREAMING, SnapshotRequest.parser()),
            (call, headers) -> {
              call.sendHeaders(new Metadata());
              call.request(2);
              return new Sending(call);
            })
        .build();
  }

  private AlarmResponse alarm(AlarmRequest request) {
    AlarmResponse.Builder answer = AlarmResponse.newBuilder().setHeader(member.header());
    if (request.getAction() == AlarmAction.GET) {
      return answer.addAllAlarms(alarms).build();
    }
    AlarmMember meant =
        AlarmMember.newBuilder()
            .setMemberID(request.getMemberID())
            .setAlarm(request.getAlarm())
            .build();
    return alarms.remove(meant) ? answer.addAlarms(meant).build() : answer.build();
  }

  /** Sends the parts while the client takes them, as a server does that must not keep them all. */
  private final class Sending extends ServerCall.Listener<SnapshotRequest> {
    private final ServerCall<SnapshotRequest, SnapshotResponse> call;
    private final List<SnapshotResponse> all = parts;
    private final @Nullable Status last = end;
    private boolean isAsked;
    private boolean isOver;
    private int next;

    Sending(ServerCall<SnapshotRequest, SnapshotResponse> call) {
      this.call = call;
    }

    @Override
    public void onHalfClose() {
      snapshots.incrementAndGet();
      isAsked = true;
      Status refusal = refusals.poll();
      if (refusal == null) {
        onReady();
      } else {
        close(refusal);
      }
    }

    @Override
    public void onReady() {
      while (isAsked && !isOver && next < all.size() && call.isReady()) {
        call.sendMessage(all.get(next++));
        sent.incrementAndGet();
      }
      if (isAsked && !isOver && next == all.size() && last != null) {
        close(last);
      }
    }

    private void close(Status how) {
      isOver = true;
      call.close(how, new Metadata());
    }

    @Override
    public void onCancel() {
      isOver = true;
      cancelled.incrementAndGet();
    }
  }

  // What a test says and asks.

  /** {@code content} as the parts of a snapshot, with the digest behind them. */
  static List<SnapshotResponse> parts(byte[] content, int partBytes) {
    List<SnapshotResponse> parts = new ArrayList<>();
    for (int at = 0; at < content.length; at += partBytes) {
      int to = Math.min(content.length, at + partBytes);
      parts.add(part(Arrays.copyOfRange(content, at, to), content.length - to));
    }
    if (parts.isEmpty()) {
      parts.add(part(content, 0));
    }
    parts.add(part(sha256(content), 0));
    return parts;
  }

  static SnapshotResponse part(byte[] blob, long remaining) {
    return SnapshotResponse.newBuilder()
        .setBlob(ByteString.copyFrom(blob))
        .setRemainingBytes(remaining)
        .build();
  }

  static byte[] sha256(byte[] content) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** What snapshots are from now on, and how they end; not at all without {@code last}. */
  void snapshot(List<SnapshotResponse> all, @Nullable Status last) {
    parts = List.copyOf(all);
    end = last;
  }

  /** The next snapshot that is asked for ends so, before its first part. */
  void refuse(Status next) {
    refusals.add(next);
  }

  void raise(AlarmMember alarm) {
    alarms.add(alarm);
  }

  /** How many snapshots were asked for. */
  int snapshots() {
    return snapshots.get();
  }

  /** How many parts were sent. */
  int sent() {
    return sent.get();
  }

  /** How many snapshots the client gave up. */
  int cancelled() {
    return cancelled.get();
  }
}
