package io.quorate.client.wire;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
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
import io.quorate.proto.etcd.HashKVRequest;
import io.quorate.proto.etcd.HashKVResponse;
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
import io.quorate.proto.etcd.MoveLeaderRequest;
import io.quorate.proto.etcd.MoveLeaderResponse;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.PutResponse;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.RangeResponse;
import io.quorate.proto.etcd.RangeStreamResponse;
import io.quorate.proto.etcd.SnapshotRequest;
import io.quorate.proto.etcd.SnapshotResponse;
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
      read("KV/Range", RangeResponse.parser());
  public static final Method<PutRequest, PutResponse> PUT = write("KV/Put", PutResponse.parser());
  public static final Method<DeleteRangeRequest, DeleteRangeResponse> DELETE =
      write("KV/DeleteRange", DeleteRangeResponse.parser());
  public static final Method<TxnRequest, TxnResponse> TXN = write("KV/Txn", TxnResponse.parser());
  public static final Method<CompactionRequest, CompactionResponse> COMPACT =
      write("KV/Compact", CompactionResponse.parser());
  public static final Method<LeaseGrantRequest, LeaseGrantResponse> LEASE_GRANT =
      write("Lease/LeaseGrant", LeaseGrantResponse.parser());
  public static final Method<LeaseRevokeRequest, LeaseRevokeResponse> LEASE_REVOKE =
      write("Lease/LeaseRevoke", LeaseRevokeResponse.parser());
  public static final Method<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse> LEASE_TIME_TO_LIVE =
      read("Lease/LeaseTimeToLive", LeaseTimeToLiveResponse.parser());
  public static final Method<LeaseLeasesRequest, LeaseLeasesResponse> LEASE_LEASES =
      read("Lease/LeaseLeases", LeaseLeasesResponse.parser());
  public static final Method<MemberListRequest, MemberListResponse> MEMBER_LIST =
      read("Cluster/MemberList", MemberListResponse.parser());
  public static final Method<MemberAddRequest, MemberAddResponse> MEMBER_ADD =
      write("Cluster/MemberAdd", MemberAddResponse.parser());
  public static final Method<MemberRemoveRequest, MemberRemoveResponse> MEMBER_REMOVE =
      write("Cluster/MemberRemove", MemberRemoveResponse.parser());
  public static final Method<MemberUpdateRequest, MemberUpdateResponse> MEMBER_UPDATE =
      write("Cluster/MemberUpdate", MemberUpdateResponse.parser());
  public static final Method<MemberPromoteRequest, MemberPromoteResponse> MEMBER_PROMOTE =
      write("Cluster/MemberPromote", MemberPromoteResponse.parser());
  public static final Method<StatusRequest, StatusResponse> STATUS =
      Methods.<StatusRequest, StatusResponse>read("Maintenance/Status", StatusResponse.parser())
          .with(Repeat.ANYONE);
  public static final Method<HashKVRequest, HashKVResponse> HASH_KV =
      Methods.<HashKVRequest, HashKVResponse>read("Maintenance/HashKV", HashKVResponse.parser())
          .with(Repeat.ANYWHERE);
  public static final Method<AlarmRequest, AlarmResponse> ALARM =
      write("Maintenance/Alarm", AlarmResponse.parser());
  public static final Method<DefragmentRequest, DefragmentResponse> DEFRAGMENT =
      write("Maintenance/Defragment", DefragmentResponse.parser());
  public static final Method<MoveLeaderRequest, MoveLeaderResponse> MOVE_LEADER =
      write("Maintenance/MoveLeader", MoveLeaderResponse.parser());
  public static final Method<AuthenticateRequest, AuthenticateResponse> AUTHENTICATE =
      read("Auth/Authenticate", AuthenticateResponse.parser());

  public static final Method<RangeRequest, RangeStreamResponse> RANGE_STREAM =
      read("KV/RangeStream", RangeStreamResponse.parser());
  public static final Method<WatchRequest, WatchResponse> WATCH =
      Methods.<WatchRequest, WatchResponse>read("Watch/Watch", WatchResponse.parser()).withLeader();
  public static final Method<LeaseKeepAliveRequest, LeaseKeepAliveResponse> LEASE_KEEP_ALIVE =
      read("Lease/LeaseKeepAlive", LeaseKeepAliveResponse.parser());
  public static final Method<SnapshotRequest, SnapshotResponse> SNAPSHOT =
      Methods.<SnapshotRequest, SnapshotResponse>read(
              "Maintenance/Snapshot", SnapshotResponse.parser())
          .with(Repeat.ANYONE);
  public static final Method<HealthCheckRequest, HealthCheckResponse> HEALTH =
      Method.of("grpc.health.v1.Health/Watch", Repeat.HARMLESS, HealthCheckResponse.parser());

  private Methods() {}

  private static <Q extends MessageLite, A extends MessageLite> Method<Q, A> read(
      String name, Parser<A> answers) {
    return Method.of("etcdserverpb." + name, Repeat.HARMLESS, answers);
  }

  private static <Q extends MessageLite, A extends MessageLite> Method<Q, A> write(
      String name, Parser<A> answers) {
    return Method.of("etcdserverpb." + name, Repeat.UNSAFE, answers);
  }
}
