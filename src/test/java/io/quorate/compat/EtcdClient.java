package io.quorate.compat;

import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.quorate.proto.etcd.AlarmRequest;
import io.quorate.proto.etcd.AlarmResponse;
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
import io.quorate.proto.etcd.LeaseRevokeRequest;
import io.quorate.proto.etcd.LeaseRevokeResponse;
import io.quorate.proto.etcd.MemberAddRequest;
import io.quorate.proto.etcd.MemberAddResponse;
import io.quorate.proto.etcd.MemberRemoveRequest;
import io.quorate.proto.etcd.MemberRemoveResponse;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.PutResponse;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.RangeResponse;
import io.quorate.proto.etcd.StatusRequest;
import io.quorate.proto.etcd.StatusResponse;
import io.quorate.proto.etcd.TxnRequest;
import io.quorate.proto.etcd.TxnResponse;
import io.quorate.proto.etcd.WatchRequest;
import io.quorate.proto.etcd.WatchResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A plain client over grpc-java: one channel, calls that never retry. Every unary call ends within
 * {@value #CALL_SECONDS_MAX} s. Safe for use by several threads.
 */
final class EtcdClient implements AutoCloseable {
  /** A deadline for each unary call, in seconds: long enough for a compaction of a million rows. */
  static final int CALL_SECONDS_MAX = 60;

  static final MethodDescriptor<RangeRequest, RangeResponse> RANGE =
      unary("KV/Range", RangeRequest.getDefaultInstance(), RangeResponse.getDefaultInstance());
  static final MethodDescriptor<PutRequest, PutResponse> PUT =
      unary("KV/Put", PutRequest.getDefaultInstance(), PutResponse.getDefaultInstance());
  static final MethodDescriptor<DeleteRangeRequest, DeleteRangeResponse> DELETE =
      unary(
          "KV/DeleteRange",
          DeleteRangeRequest.getDefaultInstance(),
          DeleteRangeResponse.getDefaultInstance());
  static final MethodDescriptor<TxnRequest, TxnResponse> TXN =
      unary("KV/Txn", TxnRequest.getDefaultInstance(), TxnResponse.getDefaultInstance());
  static final MethodDescriptor<CompactionRequest, CompactionResponse> COMPACT =
      unary(
          "KV/Compact",
          CompactionRequest.getDefaultInstance(),
          CompactionResponse.getDefaultInstance());
  static final MethodDescriptor<LeaseGrantRequest, LeaseGrantResponse> LEASE_GRANT =
      unary(
          "Lease/LeaseGrant",
          LeaseGrantRequest.getDefaultInstance(),
          LeaseGrantResponse.getDefaultInstance());
  static final MethodDescriptor<LeaseRevokeRequest, LeaseRevokeResponse> LEASE_REVOKE =
      unary(
          "Lease/LeaseRevoke",
          LeaseRevokeRequest.getDefaultInstance(),
          LeaseRevokeResponse.getDefaultInstance());
  static final MethodDescriptor<HashKVRequest, HashKVResponse> HASH_KV =
      unary(
          "Maintenance/HashKV",
          HashKVRequest.getDefaultInstance(),
          HashKVResponse.getDefaultInstance());
  static final MethodDescriptor<AlarmRequest, AlarmResponse> ALARM =
      unary(
          "Maintenance/Alarm",
          AlarmRequest.getDefaultInstance(),
          AlarmResponse.getDefaultInstance());
  static final MethodDescriptor<MemberAddRequest, MemberAddResponse> MEMBER_ADD =
      unary(
          "Cluster/MemberAdd",
          MemberAddRequest.getDefaultInstance(),
          MemberAddResponse.getDefaultInstance());
  static final MethodDescriptor<MemberRemoveRequest, MemberRemoveResponse> MEMBER_REMOVE =
      unary(
          "Cluster/MemberRemove",
          MemberRemoveRequest.getDefaultInstance(),
          MemberRemoveResponse.getDefaultInstance());
  static final MethodDescriptor<StatusRequest, StatusResponse> STATUS =
      unary(
          "Maintenance/Status",
          StatusRequest.getDefaultInstance(),
          StatusResponse.getDefaultInstance());
  static final MethodDescriptor<DefragmentRequest, DefragmentResponse> DEFRAGMENT =
      unary(
          "Maintenance/Defragment",
          DefragmentRequest.getDefaultInstance(),
          DefragmentResponse.getDefaultInstance());
  static final MethodDescriptor<WatchRequest, WatchResponse> WATCH =
      method(
          MethodType.BIDI_STREAMING,
          "Watch/Watch",
          WatchRequest.getDefaultInstance(),
          WatchResponse.getDefaultInstance());

  private static final int MESSAGE_BYTES_MAX = Integer.MAX_VALUE;

  private final ManagedChannel channel;

  EtcdClient(String endpoint) {
    this.channel = channel(endpoint);
  }

  /** A plaintext channel without a bound on the answers' size and without retries. */
  static ManagedChannel channel(String endpoint) {
    return NettyChannelBuilder.forTarget(endpoint)
        .usePlaintext()
        .disableRetry()
        .maxInboundMessageSize(MESSAGE_BYTES_MAX)
        .build();
  }

  private static <Q extends Message, A extends Message> MethodDescriptor<Q, A> unary(
      String name, Q request, A answer) {
    return method(MethodType.UNARY, name, request, answer);
  }

  private static <Q extends Message, A extends Message> MethodDescriptor<Q, A> method(
      MethodType type, String name, Q request, A answer) {
    return MethodDescriptor.<Q, A>newBuilder()
        .setType(type)
        .setFullMethodName("etcdserverpb." + name)
        .setRequestMarshaller(ProtoUtils.marshaller(request))
        .setResponseMarshaller(ProtoUtils.marshaller(answer))
        .build();
  }

  /** Starts one call; it fails with a {@link io.grpc.StatusRuntimeException}. */
  <Q, A> CompletableFuture<A> start(MethodDescriptor<Q, A> method, Q request) {
    return start(method, request, Duration.ofSeconds(CALL_SECONDS_MAX));
  }

  private <Q, A> CompletableFuture<A> start(
      MethodDescriptor<Q, A> method, Q request, Duration within) {
    CompletableFuture<A> result = new CompletableFuture<>();
    ClientCall<Q, A> call =
        channel.newCall(
            method, CallOptions.DEFAULT.withDeadlineAfter(within.toNanos(), TimeUnit.NANOSECONDS));
    call.start(
        new ClientCall.Listener<A>() {
          private @Nullable A answer;

          @Override
          public void onMessage(A message) {
            answer = message;
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            if (status.isOk() && answer != null) {
              result.complete(answer);
            } else {
              result.completeExceptionally(status.asRuntimeException(trailers));
            }
          }
        },
        new Metadata());
    call.request(2);
    call.sendMessage(request);
    call.halfClose();
    return result;
  }

  /** Does one call and waits for its answer. */
  <Q, A> A call(MethodDescriptor<Q, A> method, Q request) {
    return call(method, request, Duration.ofSeconds(CALL_SECONDS_MAX));
  }

  /** Does one call and waits for its answer, not longer than {@code within}. */
  <Q, A> A call(MethodDescriptor<Q, A> method, Q request, Duration within) {
    try {
      return start(method, request, within).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Opens a stream; the caller asks for messages and closes it. */
  <Q, A> ClientCall<Q, A> open(MethodDescriptor<Q, A> method, ClientCall.Listener<A> listener) {
    ClientCall<Q, A> call = channel.newCall(method, CallOptions.DEFAULT);
    call.start(listener, new Metadata());
    return call;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
