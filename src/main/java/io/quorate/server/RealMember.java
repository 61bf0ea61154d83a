package io.quorate.server;

import com.typesafe.config.ConfigFactory;
import io.quorate.apply.AutoCompaction;
import io.quorate.apply.Command;
import io.quorate.apply.Member;
import io.quorate.node.Node;
import io.quorate.node.NodeSettings;
import io.quorate.server.grpc.EtcdServices;
import io.quorate.server.grpc.GrpcServer;
import io.quorate.server.grpc.HealthService;
import io.quorate.server.grpc.Limits;
import io.quorate.server.grpc.MaintenanceService;
import io.quorate.server.grpc.MethodTable;
import io.quorate.server.http.EtcdHttp;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;

/** A member and its client ports: the node within, the edges without. */
final class RealMember implements RunningMember {
  /** etcd's heartbeat interval and election time-out. */
  private static final Duration TICK = Duration.ofMillis(100);

  private static final int ELECTION_TICKS = 10;

  /** What calls that still run may take once the member stops. */
  private static final Duration STOP_GRACE = Duration.ofMillis(500);

  /** The storage version that goes with the protocol's. */
  private static final String STORAGE_VERSION = "3.7.0";

  private final Node node;
  private final HealthService health = new HealthService();
  private final List<GrpcServer> servers = new ArrayList<>();
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final AtomicBoolean stopping = new AtomicBoolean();

  private RealMember(Node node) {
    this.node = node;
  }

  /** Starts a member; see {@link MemberStarter#start}. */
  static RunningMember start(MemberStarter.Request request) throws ConfigException {
    Node node = openNode(request);
    RealMember member = new RealMember(node);
    try {
      member.bind(request.config());
    } catch (CompletionException | IllegalArgumentException e) {
      node.stop().toCompletableFuture().join();
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw ConfigException.start("cannot listen for clients: " + cause.getMessage());
    }
    member.publish(self(request));
    return member;
  }

  private static Node openNode(MemberStarter.Request request) throws ConfigException {
    ServeConfig config = request.config();
    Member self = self(request);
    try {
      return Node.start(
          new NodeSettings(
              request.identity().clusterId(),
              self,
              List.of(new Member(self.id(), "", self.peerUrls(), List.of(), false)),
              request.dataDir().journal(),
              request.dataDir().store(),
              new NodeSettings.Timing(
                  TICK, ELECTION_TICKS, config.limits().watchProgressNotifyInterval()),
              space(config)),
          ConfigFactory.defaultOverrides().withFallback(GrpcServer.config()));
    } catch (IOException | RuntimeException e) {
      throw ConfigException.start("cannot open the data: " + e.getMessage());
    }
  }

  private static NodeSettings.Space space(ServeConfig config) {
    AutoCompaction.Mode mode =
        switch (config.compaction().mode()) {
          case PERIODIC -> AutoCompaction.Mode.PERIODIC;
          case REVISION -> AutoCompaction.Mode.REVISION;
        };
    return new NodeSettings.Space(
        quota(config),
        NodeSettings.Space.FREE_BYTES_MIN,
        new AutoCompaction.Policy(mode, config.compaction().retention()));
  }

  private static long quota(ServeConfig config) {
    long quota = config.limits().quotaBackendBytes();
    return quota == 0 ? ServeConfig.Limits.QUOTA_PRESET_BYTES : quota;
  }

  private static Member self(MemberStarter.Request request) {
    ServeConfig config = request.config();
    return new Member(
        request.identity().memberId(),
        config.name(),
        EtcdUrl.texts(config.urls().advertisePeer()),
        EtcdUrl.texts(config.urls().advertiseClient()),
        false);
  }

  private void bind(ServeConfig config) {
    ActorSystem system = Adapter.toClassic(node.system());
    int requestBytesMax = (int) Math.min(Integer.MAX_VALUE, config.limits().maxRequestBytes());
    Limits limits = Limits.ofMaxRequestBytes(requestBytesMax);
    MethodTable table =
        EtcdServices.of(
            node,
            health,
            new MaintenanceService.Versions(Version.ETCD, STORAGE_VERSION),
            config.limits().maxTxnOps(),
            requestBytesMax,
            limits);
    EtcdHttp http = new EtcdHttp(node, Version.ETCD, STORAGE_VERSION, Version.QUORATE);
    for (EtcdUrl url : config.urls().listenClient()) {
      String host = url.host().isEmpty() ? "0.0.0.0" : url.host();
      servers.add(
          GrpcServer.bind(system, host, url.port(), table, http, limits)
              .toCompletableFuture()
              .join());
    }
  }

  /** Tells name and URLs through the log; when that is applied the member is ready. */
  private void publish(Member self) {
    // A linearizable read behind it: then this member leads with all that leading brings, the
    // times of leases too.
    node.propose(new Command.Publish(self))
        .thenCompose(answer -> node.linearize())
        .whenComplete(
            (confirmed, failure) -> {
              if (failure == null) {
                health.setServing(true);
                ready.complete(null);
              } else if (!stopping.get()) {
                publish(self);
              }
            });
  }

  @Override
  public CompletionStage<Void> ready() {
    return ready;
  }

  @Override
  public CompletionStage<Throwable> failed() {
    return node.failed();
  }

  @Override
  public List<InetSocketAddress> clientAddresses() {
    return servers.stream().map(GrpcServer::address).toList();
  }

  @Override
  public CompletionStage<Void> stop() {
    if (!stopping.compareAndSet(false, true)) {
      return node.system().getWhenTerminated().thenAccept(done -> {});
    }
    health.setServing(false);
    List<CompletableFuture<Void>> stops = new ArrayList<>();
    for (GrpcServer server : servers) {
      stops.add(server.stop(STOP_GRACE).toCompletableFuture());
    }
    return CompletableFuture.allOf(stops.toArray(CompletableFuture[]::new))
        .handle((done, failure) -> null)
        .thenCompose(done -> node.stop());
  }
}
