package io.quorate.server;

import com.typesafe.config.Config;
import io.quorate.apply.AutoCompaction;
import io.quorate.apply.Command;
import io.quorate.apply.Member;
import io.quorate.fleet.Fleet;
import io.quorate.link.PeerLinks;
import io.quorate.node.Node;
import io.quorate.node.NodeSettings;
import io.quorate.server.discovery.DiscoverySettings;
import io.quorate.server.discovery.StatefulSetApi;
import io.quorate.server.grpc.CallMetrics;
import io.quorate.server.grpc.EtcdServices;
import io.quorate.server.grpc.GrpcServer;
import io.quorate.server.grpc.HealthService;
import io.quorate.server.grpc.HttpRoutes;
import io.quorate.server.grpc.Limits;
import io.quorate.server.grpc.MaintenanceService;
import io.quorate.server.grpc.MethodTable;
import io.quorate.server.http.EtcdHttp;
import io.quorate.tls.Tls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;

/** A member and its client ports: the node within, the edges without. */
final class RealMember implements RunningMember {
  /** What calls that still run may take once the member stops. */
  private static final Duration STOP_GRACE = Duration.ofMillis(500);

  /** How often it is looked whether the member can serve. */
  private static final Duration HEALTH_EVERY = Duration.ofMillis(100);

  private final Node node;
  private final Fleet fleet;
  private final Optional<PodLife> pod;
  private final HealthService health = new HealthService();
  private final List<GrpcServer> servers = new ArrayList<>();
  private final List<GrpcServer> metricsServers = new ArrayList<>();
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final AtomicBoolean stopping = new AtomicBoolean();

  private RealMember(Node node, Fleet fleet, Optional<PodLife> pod) {
    this.node = node;
    this.fleet = fleet;
    this.pod = pod;
  }

  /**
   * Starts a member; see {@link MemberStarter#start}.
   *
   * @param overrides what is to be otherwise in the configuration of its actor system
   */
  static RealMember start(MemberStarter.Request request, Config overrides) throws ConfigException {
    Tls tls = TlsFlags.openPeers(request.config(), request.dataDir());
    Tls clients = TlsFlags.openClients(request.config(), request.dataDir());
    Optional<StatefulSetApi> api = request.config().bootstrap().pods().map(RealMember::api);
    Beginning beginning = begin(request, api, tls);
    Member self = self(request.config(), beginning.identity());
    Node node = openNode(request, tls, beginning, self, overrides);
    Fleet fleet =
        new Fleet(new NodeFacts(node, self.name()), NodeFacts.place(request.config().urls(), tls));
    Optional<PodLife> pod =
        request
            .config()
            .bootstrap()
            .pods()
            .map(set -> new PodLife(set, api.orElseThrow(), node, tls));
    RealMember member = new RealMember(node, fleet, pod);
    try {
      member.bind(request.config(), clients);
    } catch (CompletionException | IllegalArgumentException e) {
      node.stop().toCompletableFuture().join();
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw ConfigException.start("cannot listen for clients: " + cause.getMessage(), cause);
    }
    member.publish(self);
    pod.ifPresent(PodLife::begin);
    return member;
  }

  /**
   * Who the member is and whom it begins with.
   *
   * @param identity the member
   * @param members the founders, or those whom it joins
   * @param joins whether the cluster runs already
   */
  private record Beginning(MemberIdentity identity, List<Member> members, boolean joins) {}

  /** Settles who the member is; the directory is marked with it. */
  private static Beginning begin(
      MemberStarter.Request request, Optional<StatefulSetApi> api, Tls tls) throws ConfigException {
    boolean replaceLost = request.config().consensus().replaceLostMember();
    if (request.begin() instanceof Begin.Join join) {
      return joining(request, Joining.join(join, replaceLost, tls));
    }
    DataDir.Owner owner;
    if (request.begin() instanceof Begin.Pod pod) {
      Assembly.Settled settled = new Assembly(pod, api.orElseThrow(), tls, request.stop()).settle();
      if (settled instanceof Joining.Joined joined) {
        return joining(request, joined);
      }
      owner = ((Assembly.Founder) settled).owner();
      request.dataDir().found(owner);
    } else if (request.begin() instanceof Begin.Found found) {
      owner = found.owner();
      Optional<Joining.Joined> replaced = Joining.secondLife(owner, replaceLost, tls);
      if (replaced.isPresent()) {
        return joining(request, replaced.get());
      }
      request.dataDir().found(owner);
    } else {
      owner = ((Begin.Restart) request.begin()).owner();
    }
    List<Member> founders = owner.founders().stream().map(RealMember::founder).toList();
    boolean founded = founders.stream().anyMatch(m -> m.id() == owner.identity().memberId());
    return new Beginning(owner.identity(), founders, !founded);
  }

  private static StatefulSetApi api(PodSet pods) {
    return new StatefulSetApi(DiscoverySettings.load(), System.getenv(), pods.name());
  }

  private static Beginning joining(MemberStarter.Request request, Joining.Joined joined)
      throws ConfigException {
    // Whom it knows when it starts again before it has a state.
    request.dataDir().found(new DataDir.Owner(joined.identity(), joined.others()));
    return new Beginning(joined.identity(), joined.members(), true);
  }

  private static Node openNode(
      MemberStarter.Request request, Tls tls, Beginning beginning, Member self, Config overrides)
      throws ConfigException {
    ServeConfig config = request.config();
    try {
      return Node.start(
          new NodeSettings(
              new NodeSettings.Cluster(
                  beginning.identity().clusterId(), beginning.members(), beginning.joins()),
              self,
              request.dataDir().journal(),
              request.dataDir().store(),
              new NodeSettings.Timing(
                  config.consensus().heartbeat(),
                  config.consensus().electionTicks(),
                  config.limits().watchProgressNotifyInterval()),
              space(config),
              new NodeSettings.Peers(
                  endpoints(config.urls().listenPeer()),
                  tls,
                  config.consensus().preVote(),
                  config.consensus().strictReconfigCheck(),
                  config.consensus().initialElectionTickAdvance(),
                  newcomers(config))),
          overrides.withFallback(GrpcServer.config()));
    } catch (IOException | RuntimeException e) {
      throw ConfigException.start("cannot open the data: " + e.getMessage(), e);
    }
  }

  private static NodeSettings.Newcomers newcomers(ServeConfig config) {
    Optional<PodSet> pods = config.bootstrap().pods();
    boolean replaceLost = config.consensus().replaceLostMember();
    return new NodeSettings.Newcomers(
        // Whoever replaces a voter that was lost is to vote again, and more pods mean more voters.
        config.consensus().autoPromote() || replaceLost || pods.isPresent(),
        replaceLost,
        urls -> pods.isPresent() && pods.get().ordinalOf(urls).isPresent());
  }

  private static List<PeerLinks.Endpoint> endpoints(List<EtcdUrl> urls) {
    return urls.stream()
        .map(
            url ->
                new PeerLinks.Endpoint(new InetSocketAddress(host(url), url.port()), url.isTls()))
        .toList();
  }

  private static String host(EtcdUrl url) {
    return url.host().isEmpty() ? "0.0.0.0" : url.host();
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

  static Member founder(MemberIdentity.Founder founder) {
    return new Member(founder.id(), founder.name(), founder.peerUrls(), List.of(), false);
  }

  private static Member self(ServeConfig config, MemberIdentity identity) {
    return new Member(
        identity.memberId(),
        config.name(),
        EtcdUrl.texts(config.urls().advertisePeer()),
        EtcdUrl.texts(config.urls().advertiseClient()),
        false);
  }

  private void bind(ServeConfig config, Tls tls) {
    ActorSystem system = Adapter.toClassic(node.system());
    int requestBytesMax = (int) Math.min(Integer.MAX_VALUE, config.limits().maxRequestBytes());
    Limits limits = Limits.ofMaxRequestBytes(requestBytesMax);
    CallMetrics calls = new CallMetrics(config.limits().metrics().extensive());
    MethodTable table =
        EtcdServices.of(
            node,
            health,
            new MaintenanceService.Versions(Version.ETCD, Version.STORAGE),
            config.limits().maxTxnOps(),
            requestBytesMax,
            limits,
            calls);
    EtcdHttp http =
        new EtcdHttp(
            node,
            fleet::view,
            calls,
            new EtcdHttp.Versions(Version.ETCD, Version.STORAGE, Version.QUORATE));
    for (EtcdUrl url : config.urls().listenClient()) {
      servers.add(bind(system, url, tls, table, http, limits));
    }
    for (EtcdUrl url : config.limits().metrics().listen()) {
      MethodTable none = MethodTable.builder().build();
      metricsServers.add(bind(system, url, tls, none, http.ofMetrics(), limits));
    }
  }

  private static GrpcServer bind(
      ActorSystem system, EtcdUrl url, Tls tls, MethodTable table, HttpRoutes http, Limits limits) {
    return GrpcServer.bind(
            system,
            new InetSocketAddress(host(url), url.port()),
            url.isTls() ? Optional.of(tls::accepting) : Optional.empty(),
            table,
            http,
            limits)
        .toCompletableFuture()
        .join();
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
                followHealth();
                ready.complete(null);
                fleet.begin();
              } else if (!stopping.get()) {
                publish(self);
              }
            });
  }

  /** From now on health says what the member can do. */
  private void followHealth() {
    health.setServing(node.isServing());
    node.system()
        .scheduler()
        .scheduleWithFixedDelay(
            HEALTH_EVERY,
            HEALTH_EVERY,
            () -> health.setServing(!stopping.get() && node.isServing()),
            node.system().executionContext());
  }

  @Override
  public CompletionStage<Void> ready() {
    return ready;
  }

  @Override
  public CompletionStage<Throwable> failed() {
    return pod.isEmpty()
        ? node.failed()
        : node.failed().applyToEither(pod.get().failed(), cause -> cause);
  }

  @Override
  public List<InetSocketAddress> clientAddresses() {
    return servers.stream().map(GrpcServer::address).toList();
  }

  @Override
  public CompletionStage<Void> leave() {
    return pod.isEmpty() ? RunningMember.super.leave() : pod.get().leave();
  }

  @Override
  public CompletionStage<Void> stop() {
    if (!stopping.compareAndSet(false, true)) {
      return node.system().getWhenTerminated().thenAccept(done -> {});
    }
    health.setServing(false);
    List<CompletableFuture<Void>> stops = new ArrayList<>();
    // Its port must be free where the process starts another member; no stop waits for more.
    stops.add(
        fleet
            .stop()
            .toCompletableFuture()
            .completeOnTimeout(null, STOP_GRACE.toMillis(), TimeUnit.MILLISECONDS));
    // While calls that run get their grace, another member begins to lead.
    stops.add(node.cluster().handOver().thenAccept(heir -> {}).toCompletableFuture());
    for (GrpcServer server : servers) {
      stops.add(server.stop(STOP_GRACE).toCompletableFuture());
    }
    for (GrpcServer server : metricsServers) {
      stops.add(server.stop(STOP_GRACE).toCompletableFuture());
    }
    return CompletableFuture.allOf(stops.toArray(CompletableFuture[]::new))
        .handle((done, failure) -> null)
        .thenCompose(done -> node.stop());
  }

  /**
   * Ends without a word to anybody, as far as that is possible within a process that goes on: no
   * leadership is handed over, no stream gets a status, connections just close. Completes when
   * nothing is left of it; only the first call of this or of {@link #stop} has an effect.
   */
  CompletionStage<Void> kill() {
    if (!stopping.compareAndSet(false, true)) {
      return node.system().getWhenTerminated().thenAccept(done -> {});
    }
    CompletionStage<Void> killed = node.kill();
    return fleet.stop().handle((done, failure) -> null).thenCompose(done -> killed);
  }

  /** Whether it leads, as of a moment ago. */
  boolean isLeader() {
    return node.isLeader();
  }
}
