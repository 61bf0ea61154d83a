package io.quorate.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.quorate.proto.etcd.KeyValue;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.PutResponse;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.RangeResponse;
import io.quorate.proto.etcd.ResponseHeader;
import io.quorate.proto.etcd.WatchRequest;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.ActorSystem;

/**
 * The transport alone, for measuring: puts and point reads on a skip list in memory. Run by hand
 * with the port as argument; then point etcd's benchmark at it.
 */
final class ToyServer {
  private static final ConcurrentSkipListMap<ByteString, KeyValue> STORE =
      new ConcurrentSkipListMap<>(ByteString.unsignedLexicographicalComparator());
  private static final AtomicLong REVISION = new AtomicLong(1);

  private ToyServer() {}

  static MethodTable methods() {
    HealthService health = new HealthService();
    health.setServing(true);
    MethodTable.Builder methods =
        MethodTable.builder()
            .unary("etcdserverpb.KV", "Put", ToyServer::put)
            .unary("etcdserverpb.KV", "Range", ToyServer::range)
            .serverStream("etcdserverpb.KV", "RangeStream", (c, out) -> new Silent())
            .bidiStream("etcdserverpb.Watch", "Watch", (c, out) -> new Silent());
    health.register(methods);
    return methods.build();
  }

  private static void put(RequestContext c, byte[] a, int o, int n, UnaryReply reply)
      throws InvalidProtocolBufferException {
    PutRequest put = PutRequest.parser().parseFrom(a, o, n);
    long revision = REVISION.incrementAndGet();
    STORE.put(
        put.getKey(),
        KeyValue.newBuilder()
            .setKey(put.getKey())
            .setValue(put.getValue())
            .setModRevision(revision)
            .build());
    reply.ok(Framed.of(PutResponse.newBuilder().setHeader(header(revision)).build()));
  }

  private static void range(RequestContext c, byte[] a, int o, int n, UnaryReply reply)
      throws InvalidProtocolBufferException {
    RangeRequest range = RangeRequest.parser().parseFrom(a, o, n);
    RangeResponse.Builder response = RangeResponse.newBuilder().setHeader(header(REVISION.get()));
    KeyValue found = STORE.get(range.getKey());
    if (found != null) {
      response.addKvs(found).setCount(1);
    }
    reply.ok(Framed.of(response.build()));
  }

  private static ResponseHeader header(long revision) {
    return ResponseHeader.newBuilder()
        .setClusterId(0xcdf818194e3a8c32L)
        .setMemberId(0x8e9e05c52164694dL)
        .setRevision(revision)
        .setRaftTerm(2)
        .build();
  }

  /** Parses and says nothing. */
  private static final class Silent implements StreamHandler {
    @Override
    public void onMessage(byte[] message) throws InvalidProtocolBufferException {
      WatchRequest.parseFrom(message);
    }

    @Override
    public void onHalfClose() {}

    @Override
    public void onCancel() {}
  }

  public static void main(String[] args) {
    ActorSystem system = ActorSystem.create("toy", TestServer.config());
    GrpcServer server =
        GrpcServer.bind(
                system,
                new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])),
                Optional.empty(),
                methods(),
                HttpRoutes.NONE,
                Limits.defaults())
            .toCompletableFuture()
            .join();
    System.out.println("listening on " + server.address());
  }
}
