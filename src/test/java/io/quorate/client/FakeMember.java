package io.quorate.client;

import com.google.protobuf.MessageLite;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.quorate.base.EtcdError;
import io.quorate.client.wire.Method;
import io.quorate.client.wire.Methods;
import io.quorate.proto.etcd.AuthenticateRequest;
import io.quorate.proto.etcd.AuthenticateResponse;
import io.quorate.proto.etcd.DeleteRangeRequest;
import io.quorate.proto.etcd.DeleteRangeResponse;
import io.quorate.proto.etcd.LeaseGrantRequest;
import io.quorate.proto.etcd.LeaseGrantResponse;
import io.quorate.proto.etcd.LeaseKeepAliveRequest;
import io.quorate.proto.etcd.LeaseKeepAliveResponse;
import io.quorate.proto.etcd.LeaseRevokeRequest;
import io.quorate.proto.etcd.LeaseRevokeResponse;
import io.quorate.proto.etcd.Member;
import io.quorate.proto.etcd.MemberListRequest;
import io.quorate.proto.etcd.MemberListResponse;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.PutResponse;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.ResponseHeader;
import io.quorate.proto.etcd.TxnRequest;
import io.quorate.proto.etcd.TxnResponse;
import io.quorate.proto.etcd.WatchRequest;
import io.quorate.tls.Tls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A member that does what a test says: a server of gRPC on a port of the loopback that the system
 * chose, before a {@link FakeStore} that it shares with the other members. What is not scripted is
 * answered as a member would.
 */
final class FakeMember implements AutoCloseable {
  /** Says at length that a client gave up what was still to be sent, which clients may. */
  private static final Logger NOISE =
      Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler");

  static {
    NOISE.setLevel(Level.SEVERE);
  }

  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
  private static final AtomicInteger IDS = new AtomicInteger();

  private final FakeStore store;
  private final long id = 0x100 + IDS.incrementAndGet();
  private final Map<String, Script> scripts = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
  private final AtomicInteger cancelled = new AtomicInteger();
  private final AtomicInteger connections = new AtomicInteger();
  private final FakeHealth health = new FakeHealth();
  private final FakeMaintenance maintenance = new FakeMaintenance(this);
  private final List<FakeWatches> watches = new ArrayList<>();
  private final io.grpc.Server server;
  volatile long cluster = FakeStore.CLUSTER;
  volatile boolean isLearner;
  volatile long known = Long.MAX_VALUE;
  volatile boolean isMute;
  volatile String refuseWatches = "";
  volatile int fragmentEvents = Integer.MAX_VALUE;

  /** What becomes of a request. */
  interface Script {
    /** Does something with {@code call}, now or later, or nothing. */
    void run(Call<?, ?> call);
  }

  /** A request, or one message of a stream of them. */
  static final class Call<Q, A> {
    final Q request;
    private final ServerCall<Q, A> call;
    private final Function<Q, A> work;
    private final boolean isStream;

    Call(Q request, ServerCall<Q, A> call, Function<Q, A> work, boolean isStream) {
      this.request = request;
      this.call = call;
      this.work = work;
      this.isStream = isStream;
    }

    /** Does it and says so. */
    void answer() {
      try {
        reply(work.apply(request));
      } catch (StatusRuntimeException e) {
        fail(e.getStatus());
      }
    }

    /** Does it, and keeps that to itself. */
    void perform() {
      work.apply(request);
    }

    private void reply(A answer) {
      synchronized (call) {
        call.sendMessage(answer);
        if (!isStream) {
          call.close(Status.OK, new Metadata());
        }
      }
    }

    void fail(Status status) {
      synchronized (call) {
        call.close(status, new Metadata());
      }
    }

    void fail(EtcdError error) {
      fail(FakeStore.status(error));
    }
  }

  FakeMember(FakeStore store) {
    this(store, null);
  }

  FakeMember(FakeStore store, Tls.@Nullable KeyFiles tls) {
    this.store = store;
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .directExecutor()
            .maxInboundMessageSize(64 << 20)
            .permitKeepAliveTime(1, java.util.concurrent.TimeUnit.MILLISECONDS)
            .addTransportFilter(
                new io.grpc.ServerTransportFilter() {
                  @Override
                  public io.grpc.Attributes transportReady(io.grpc.Attributes attributes) {
                    connections.incrementAndGet();
                    return attributes;
                  }

                  @Override
                  public void transportTerminated(io.grpc.Attributes attributes) {
                    connections.decrementAndGet();
                  }
                });
    if (tls != null) {
      builder.useTransportSecurity(tls.certificate().toFile(), tls.key().toFile());
    }
    services().forEach(builder::addService);
    try {
      this.server = builder.build().start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    store
        .members()
        .add(
            Member.newBuilder()
                .setID(id)
                .setName("m" + id)
                .addClientURLs((tls == null ? "http://" : "https://") + "127.0.0.1:" + port())
                .build());
  }

  private List<ServerServiceDefinition> services() {
    return List.of(
        ServerServiceDefinition.builder("etcdserverpb.Cluster")
            .addMethod(
                Descriptors.unary(Methods.MEMBER_LIST, MemberListRequest.parser()),
                unary(request -> members()))
            .build(),
        ServerServiceDefinition.builder("etcdserverpb.KV")
            .addMethod(
                Descriptors.unary(Methods.RANGE, RangeRequest.parser()),
                unary(request -> store.range(request, known).setHeader(header()).build()))
            .addMethod(
                Descriptors.unary(Methods.PUT, PutRequest.parser()),
                unary(
                    request -> {
                      store.put(request);
                      return PutResponse.newBuilder().setHeader(header()).build();
                    }))
            .addMethod(
                Descriptors.unary(Methods.DELETE, DeleteRangeRequest.parser()),
                unary(
                    request -> {
                      long gone = store.delete(request);
                      return DeleteRangeResponse.newBuilder()
                          .setHeader(header())
                          .setDeleted(gone)
                          .build();
                    }))
            .addMethod(
                Descriptors.unary(Methods.TXN, TxnRequest.parser()),
                unary(request -> TxnResponse.newBuilder().setHeader(header()).build()))
            .build(),
        ServerServiceDefinition.builder("etcdserverpb.Auth")
            .addMethod(
                Descriptors.unary(Methods.AUTHENTICATE, AuthenticateRequest.parser()),
                unary(
                    request ->
                        AuthenticateResponse.newBuilder().setToken(store.authenticate()).build()))
            .build(),
        leases(),
        ServerServiceDefinition.builder("etcdserverpb.Watch")
            .addMethod(
                Descriptors.of(Methods.WATCH, MethodType.BIDI_STREAMING, WatchRequest.parser()),
                (call, headers) -> {
                  FakeWatches stream = new FakeWatches(call, store, this);
                  synchronized (watches) {
                    watches.add(stream);
                  }
                  call.sendHeaders(new Metadata());
                  call.request(1);
                  return stream;
                })
            .build(),
        maintenance.service(),
        health.service());
  }

  private ServerServiceDefinition leases() {
    return ServerServiceDefinition.builder("etcdserverpb.Lease")
        .addMethod(
            Descriptors.unary(Methods.LEASE_GRANT, LeaseGrantRequest.parser()),
            unary(
                request ->
                    LeaseGrantResponse.newBuilder()
                        .setHeader(header())
                        .setID(store.grant(request.getTTL()))
                        .setTTL(request.getTTL())
                        .build()))
        .addMethod(
            Descriptors.unary(Methods.LEASE_REVOKE, LeaseRevokeRequest.parser()),
            unary(
                request -> {
                  if (!store.revoke(request.getID())) {
                    throw FakeStore.refusal(EtcdError.LEASE_NOT_FOUND);
                  }
                  return LeaseRevokeResponse.newBuilder().setHeader(header()).build();
                }))
        .addMethod(
            Descriptors.of(
                Methods.LEASE_KEEP_ALIVE,
                MethodType.BIDI_STREAMING,
                LeaseKeepAliveRequest.parser()),
            this::keepAlive)
        .build();
  }

  private ServerCall.Listener<LeaseKeepAliveRequest> keepAlive(
      ServerCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call, Metadata headers) {
    count("LeaseKeepAlive stream").incrementAndGet();
    call.sendHeaders(new Metadata());
    call.request(1);
    return new ServerCall.Listener<>() {
      @Override
      public void onMessage(LeaseKeepAliveRequest message) {
        call.request(1);
        run(
            new Call<>(
                message,
                call,
                request ->
                    LeaseKeepAliveResponse.newBuilder()
                        .setHeader(header())
                        .setID(request.getID())
                        .setTTL(store.keepAlive(request.getID()))
                        .build(),
                true));
      }
    };
  }

  <Q, A> ServerCallHandler<Q, A> unary(Function<Q, A> work) {
    return (call, headers) -> {
      call.request(2);
      call.sendHeaders(new Metadata());
      return new ServerCall.Listener<>() {
        @Override
        public void onMessage(Q message) {
          boolean isOpen =
              call.getMethodDescriptor().getFullMethodName().contains(".Auth/")
                  || call.getMethodDescriptor().getFullMethodName().contains(".Cluster/");
          Call<Q, A> made = new Call<>(message, call, work, false);
          if (isOpen || store.isKnown(headers.get(TOKEN))) {
            run(made);
          } else {
            count("without token").incrementAndGet();
            made.fail(EtcdError.INVALID_AUTH_TOKEN);
          }
        }

        @Override
        public void onCancel() {
          cancelled.incrementAndGet();
        }
      };
    };
  }

  private void run(Call<?, ?> call) {
    String name = call.call.getMethodDescriptor().getFullMethodName();
    count(name).incrementAndGet();
    scripts.getOrDefault(name, Call::answer).run(call);
  }

  private AtomicInteger count(String name) {
    return counts.computeIfAbsent(name, key -> new AtomicInteger());
  }

  private MemberListResponse members() {
    return MemberListResponse.newBuilder()
        .setHeader(header())
        .addAllMembers(
            store.members().stream()
                .map(
                    member ->
                        member.getID() == id
                            ? member.toBuilder().setIsLearner(isLearner).build()
                            : member)
                .toList())
        .build();
  }

  ResponseHeader header() {
    return ResponseHeader.newBuilder()
        .setClusterId(cluster)
        .setMemberId(id)
        .setRevision(Math.min(known, store.revision()))
        .setRaftTerm(2)
        .build();
  }

  // What a test says and asks.

  /** Says what becomes of requests from now on. */
  void on(Method<? extends MessageLite, ? extends MessageLite> method, Script script) {
    scripts.put(method.name(), script);
  }

  /** Answers again. */
  void behave(Method<? extends MessageLite, ? extends MessageLite> method) {
    scripts.remove(method.name());
  }

  /** How many requests, or messages of streams, have come. */
  int count(Method<? extends MessageLite, ? extends MessageLite> method) {
    return count(method.name()).get();
  }

  /** How many streams of renewals were opened. */
  int keepAliveStreams() {
    return count("LeaseKeepAlive stream").get();
  }

  /** How many calls came without a token that is known. */
  int strangers() {
    return count("without token").get();
  }

  /** How many calls the client gave up. */
  int cancelled() {
    return cancelled.get();
  }

  int connections() {
    return connections.get();
  }

  FakeHealth health() {
    return health;
  }

  FakeMaintenance maintenance() {
    return maintenance;
  }

  /** The streams of watches that were opened, with those that have ended. */
  List<FakeWatches> watches() {
    synchronized (watches) {
      return List.copyOf(watches);
    }
  }

  long id() {
    return id;
  }

  int port() {
    return server.getPort();
  }

  String endpoint() {
    return "127.0.0.1:" + port();
  }

  /** Says with a GOAWAY that it goes, and lets what runs end. */
  void goAway() {
    server.shutdown();
  }

  /** Goes at once. */
  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
