package io.quorate.client.wire;

import com.google.protobuf.MessageLite;
import io.grpc.MethodDescriptor.MethodType;
import io.quorate.client.wire.Method.Repeat;
import io.quorate.proto.etcd.AlarmRequest;
import io.quorate.proto.etcd.AlarmResponse;
import io.quorate.proto.etcd.AuthenticateRequest;
import io.quorate.proto.etcd.AuthenticateResponse;
import io.quorate.proto.etcd.CompactionRequest;
import io.quorate.proto.etcd.CompactionResponse;
import io.quorate.proto.etcd.DefragmentRequest;
import io.quorate.proto.etcd.DefragmentResponse;
import io.quorate.proto.etcd.DeleteRangeRequest;
import io.quorate.proto.etcd.DeleteRangeResponse;
import io.quorate.proto.etcd.LeaseGrantRequest;
import io.quorate.proto.etcd.LeaseGrantResponse;
import io.quorate.proto.etcd.LeaseKeepAliveRequest;
import io.quorate.proto.etcd.LeaseKeepAliveResponse;
import io.quorate.proto.etcd.LeaseLeasesRequest;
import io.quorate.proto.etcd.LeaseLeasesResponse;
import io.quorate.proto.etcd.LeaseRevokeRequest;
import io.quorate.proto.etcd.LeaseRevokeResponse;
import io.quorate.proto.etcd.LeaseTimeToLiveRequest;
import io.quorate.proto.etcd.LeaseTimeToLiveResponse;
import io.quorate.proto.etcd.MemberAddRequest;
import io.quorate.proto.etcd.MemberAddResponse;
import io.quorate.proto.etcd.MemberListRequest;
import io.quorate.proto.etcd.MemberListResponse;
import io.quorate.proto.etcd.MemberPromoteRequest;
import io.quorate.proto.etcd.MemberPromoteResponse;
import io.quorate.proto.etcd.MemberRemoveRequest;
import io.quorate.proto.etcd.MemberRemoveResponse;
import io.quorate.proto.etcd.MemberUpdateRequest;
import io.quorate.proto.etcd.MemberUpdateResponse;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.PutResponse;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.RangeResponse;
import io.quorate.proto.etcd.RangeStreamResponse;
import io.quorate.proto.etcd.StatusRequest;
import io.quorate.proto.etcd.StatusResponse;
import io.quorate.proto.etcd.TxnRequest;
import io.quorate.proto.etcd.TxnResponse;
import io.quorate.proto.etcd.WatchRequest;
import io.quorate.proto.etcd.WatchResponse;
import io.quorate.proto.health.HealthCheckRequest;
import io.quorate.proto.health.HealthCheckResponse;

/** The calls of the API that the client makes. */
public final class Methods {
  public static final Method<RangeRequest, RangeResponse> RANGE =
      read("KV/Range", RangeRequest.getDefaultInstance(), RangeResponse.getDefaultInstance());
  public static final Method<PutRequest, PutResponse> PUT =
      write("KV/Put", PutRequest.getDefaultInstance(), PutResponse.getDefaultInstance());
  public static final Method<DeleteRangeRequest, DeleteRangeResponse> DELETE =
      write(
          "KV/DeleteRange",
          DeleteRangeRequest.getDefaultInstance(),
          DeleteRangeResponse.getDefaultInstance());
  public static final Method<TxnRequest, TxnResponse> TXN =
      write("KV/Txn", TxnRequest.getDefaultInstance(), TxnResponse.getDefaultInstance());
  public static final Method<CompactionRequest, CompactionResponse> COMPACT =
      write(
          "KV/Compact",
          CompactionRequest.getDefaultInstance(),
          CompactionResponse.getDefaultInstance());
  public static final Method<LeaseGrantRequest, LeaseGrantResponse> LEASE_GRANT =
      write(
          "Lease/LeaseGrant",
          LeaseGrantRequest.getDefaultInstance(),
          LeaseGrantResponse.getDefaultInstance());
  public static final Method<LeaseRevokeRequest, LeaseRevokeResponse> LEASE_REVOKE =
      write(
          "Lease/LeaseRevoke",
          LeaseRevokeRequest.getDefaultInstance(),
          LeaseRevokeResponse.getDefaultInstance());
  public static final Method<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse> LEASE_TIME_TO_LIVE =
      read(
          "Lease/LeaseTimeToLive",
          LeaseTimeToLiveRequest.getDefaultInstance(),
          LeaseTimeToLiveResponse.getDefaultInstance());
  public static final Method<LeaseLeasesRequest, LeaseLeasesResponse> LEASE_LEASES =
      read(
          "Lease/LeaseLeases",
          LeaseLeasesRequest.getDefaultInstance(),
          LeaseLeasesResponse.getDefaultInstance());
  public static final Method<MemberListRequest, MemberListResponse> MEMBER_LIST =
      read(
          "Cluster/MemberList",
          MemberListRequest.getDefaultInstance(),
          MemberListResponse.getDefaultInstance());
  public static final Method<MemberAddRequest, MemberAddResponse> MEMBER_ADD =
      write(
          "Cluster/MemberAdd",
          MemberAddRequest.getDefaultInstance(),
          MemberAddResponse.getDefaultInstance());
  public static final Method<MemberRemoveRequest, MemberRemoveResponse> MEMBER_REMOVE =
      write(
          "Cluster/MemberRemove",
          MemberRemoveRequest.getDefaultInstance(),
          MemberRemoveResponse.getDefaultInstance());
  public static final Method<MemberUpdateRequest, MemberUpdateResponse> MEMBER_UPDATE =
      write(
          "Cluster/MemberUpdate",
          MemberUpdateRequest.getDefaultInstance(),
          MemberUpdateResponse.getDefaultInstance());
  public static final Method<MemberPromoteRequest, MemberPromoteResponse> MEMBER_PROMOTE =
      write(
          "Cluster/MemberPromote",
          MemberPromoteRequest.getDefaultInstance(),
          MemberPromoteResponse.getDefaultInstance());
  public static final Method<StatusRequest, StatusResponse> STATUS =
      read(
          "Maintenance/Status",
          StatusRequest.getDefaultInstance(),
          StatusResponse.getDefaultInstance());
  public static final Method<AlarmRequest, AlarmResponse> ALARM =
      write(
          "Maintenance/Alarm",
          AlarmRequest.getDefaultInstance(),
          AlarmResponse.getDefaultInstance());
  public static final Method<DefragmentRequest, DefragmentResponse> DEFRAGMENT =
      write(
          "Maintenance/Defragment",
          DefragmentRequest.getDefaultInstance(),
          DefragmentResponse.getDefaultInstance());
  public static final Method<AuthenticateRequest, AuthenticateResponse> AUTHENTICATE =
      read(
          "Auth/Authenticate",
          AuthenticateRequest.getDefaultInstance(),
          AuthenticateResponse.getDefaultInstance());

  public static final Method<RangeRequest, RangeStreamResponse> RANGE_STREAM =
      Method.stream(
          MethodType.SERVER_STREAMING,
          "etcdserverpb.KV/RangeStream",
          RangeRequest.getDefaultInstance(),
          RangeStreamResponse.getDefaultInstance());
  public static final Method<WatchRequest, WatchResponse> WATCH =
      Method.stream(
          MethodType.BIDI_STREAMING,
          "etcdserverpb.Watch/Watch",
          WatchRequest.getDefaultInstance(),
          WatchResponse.getDefaultInstance());
  public static final Method<LeaseKeepAliveRequest, LeaseKeepAliveResponse> LEASE_KEEP_ALIVE =
      Method.stream(
          MethodType.BIDI_STREAMING,
          "etcdserverpb.Lease/LeaseKeepAlive",
          LeaseKeepAliveRequest.getDefaultInstance(),
          LeaseKeepAliveResponse.getDefaultInstance());
  static final Method<HealthCheckRequest, HealthCheckResponse> HEALTH =
      Method.stream(
          MethodType.SERVER_STREAMING,
          "grpc.health.v1.Health/Watch",
          HealthCheckRequest.getDefaultInstance(),
          HealthCheckResponse.getDefaultInstance());

  private Methods() {}

  private static <Q extends MessageLite, A extends MessageLite> Method<Q, A> read(
      String name, Q request, A answer) {
    return Method.unary("etcdserverpb." + name, Repeat.HARMLESS, request, answer);
  }

  private static <Q extends MessageLite, A extends MessageLite> Method<Q, A> write(
      String name, Q request, A answer) {
    return Method.unary("etcdserverpb." + name, Repeat.UNSAFE, request, answer);
  }
}
