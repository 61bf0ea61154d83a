package io.quorate.embedded;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.quorate.proto.etcd.MemberRemoveRequest;
import io.quorate.proto.etcd.MemberRemoveResponse;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.PutResponse;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.RangeResponse;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Puts and gets at one endpoint, the way any client of etcd does. */
public final class Keys implements AutoCloseable {
  private static final int CALL_SECONDS_MAX = 10;

  private static final MethodDescriptor<PutRequest, PutResponse> PUT =
      unary("KV/Put", PutRequest.getDefaultInstance(), PutResponse.getDefaultInstance());
  private static final MethodDescriptor<RangeRequest, RangeResponse> RANGE =
      unary("KV/Range", RangeRequest.getDefaultInstance(), RangeResponse.getDefaultInstance());
  private static final MethodDescriptor<MemberRemoveRequest, MemberRemoveResponse> REMOVE =
      unary(
          "Cluster/MemberRemove",
          MemberRemoveRequest.getDefaultInstance(),
          MemberRemoveResponse.getDefaultInstance());

  private final ManagedChannel channel;

  /** Keys at {@code endpoint}. */
  public Keys(URI endpoint) {
    channel =
        NettyChannelBuilder.forAddress(endpoint.getHost(), endpoint.getPort())
            .usePlaintext()
            .build();
  }

  private static <Q extends Message, A extends Message> MethodDescriptor<Q, A> unary(
      String name, Q request, A answer) {
    return MethodDescriptor.<Q, A>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName("etcdserverpb." + name)
        .setRequestMarshaller(ProtoUtils.marshaller(request))
        .setResponseMarshaller(ProtoUtils.marshaller(answer))
        .build();
  }

  private <Q, A> A call(MethodDescriptor<Q, A> method, Q request) {
    CompletableFuture<A> result = new CompletableFuture<>();
    ClientCall<Q, A> call =
        channel.newCall(
            method,
            CallOptions.DEFAULT
                .withWaitForReady()
                .withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS));
    call.start(
        new ClientCall.Listener<A>() {
          @Override
          public void onMessage(A message) {
            result.complete(message);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            result.completeExceptionally(status.asRuntimeException(trailers));
          }
        },
        new Metadata());
    call.request(2);
    call.sendMessage(request);
    call.halfClose();
    try {
      return result.join();
    } catch (CompletionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Puts {@code value}; returns its revision. */
  public long put(String key, String value) {
    return call(
            PUT,
            PutRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8(key))
                .setValue(ByteString.copyFromUtf8(value))
                .build())
        .getHeader()
        .getRevision();
  }

  /** The value of {@code key}; none or one. */
  public List<String> get(String key) {
    return call(RANGE, RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build())
        .getKvsList()
        .stream()
        .map(kv -> kv.getValue().toStringUtf8())
        .toList();
  }

  /** The id of the member that answers. */
  public long memberId() {
    return call(RANGE, RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).build())
        .getHeader()
        .getMemberId();
  }

  /** Removes a member from the cluster. */
  public void remove(long member) {
    call(REMOVE, MemberRemoveRequest.newBuilder().setID(member).build());
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
