package io.quorate.fleet;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.quorate.fleet.FleetPlan.Contact;
import io.quorate.tls.Tls;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.remote.artery.tcp.SSLEngineProviderSetup;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fleet of one member: an actor system of its own, which begins some time after the member is
 * ready and only while there are others. If it cannot, there is one warning and no fleet; the
 * member never notices. All methods are safe from any thread and none blocks.
 */
public final class Fleet {
  /** How long an actor system may take to end, once it has been told to. */
  private static final Duration END_WITHIN = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(Fleet.class);

  /**
   * Where a fleet listens.
   *
   * @param bindHost the address that is bound
   * @param port the port, on both sides of a translation of addresses the same unless {@code
   *     bindPort} says otherwise; {@link FleetFacts#NO_PORT} for no fleet
   * @param bindPort the port that is bound
   * @param tls what is used where the links between members use it
   */
  public record Place(String bindHost, int port, int bindPort, Optional<Tls> tls) {
    /** No fleet. */
    public static final Place NOWHERE =
        new Place("", FleetFacts.NO_PORT, FleetFacts.NO_PORT, Optional.empty());

    /** Whether there is a fleet at all. */
    boolean isNowhere() {
      return port == FleetFacts.NO_PORT;
    }
  }

  private final FleetFacts facts;
  private final Place place;
  private final FleetPace pace;
  private volatile FleetView view;
  private @Nullable ScheduledExecutorService thread;
  private volatile @Nullable ActorSystem<Void> system;
  private volatile boolean stopped;

  /** A fleet that has not begun; its port is announced, so that others know it before. */
  public Fleet(FleetFacts facts, Place place) {
    this(facts, place, FleetPace.PRESET);
  }

  Fleet(FleetFacts facts, Place place, FleetPace pace) {
    this.facts = facts;
    this.place = place;
    this.pace = pace;
    this.view = FleetView.none(facts.memberId());
    facts.announce(place.port());
  }

  /** The port after {@code peerPort}; {@link FleetFacts#NO_PORT} where there is none. */
  public static int portAfter(int peerPort) {
    return FleetPlan.portAfter(peerPort);
  }

  /** The member is ready: the fleet begins in a while, once there are at least two members. */
  public synchronized void begin() {
    if (place.isNowhere() || stopped || thread != null) {
      return;
    }
    thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread created = new Thread(task, "fleet");
              created.setDaemon(true);
              return created;
            });
    lookLater(pace.begin());
  }

  /** What is known of all members now. */
  public FleetView view() {
    return view;
  }

  /** Ends it without taking leave: the others keep this member until Raft removes it. */
  public synchronized CompletionStage<Void> stop() {
    stopped = true;
    if (thread != null) {
      thread.shutdown();
    }
    ActorSystem<Void> running = system;
    if (running == null) {
      return CompletableFuture.completedFuture(null);
    }
    running.terminate();
    return running.getWhenTerminated().thenAccept(done -> {});
  }

  private synchronized void lookLater(Duration delay) {
    if (thread != null && !stopped) {
      Future<?> unused = thread.schedule(this::look, delay.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void look() {
    if (facts.members().size() < 2) {
      lookLater(pace.look());
    } else {
      open();
    }
  }

  // Whatever goes wrong with the fleet, even a class that is missing, is no matter of the member.
  @SuppressWarnings("CatchingUnchecked")
  private void open() {
    try {
      Contact self = self();
      ActorSystem<Void> opened = create(self);
      synchronized (this) {
        system = opened;
        if (stopped) {
          opened.terminate();
          return;
        }
      }
      LOG.atInfo()
          .addKeyValue("address", self.toString())
          .addKeyValue("tls", place.tls().isPresent())
          .log("the fleet has begun");
      opened.getWhenTerminated().thenAccept(done -> ended(opened));
    } catch (Exception | LinkageError e) {
      give(e);
    }
  }

  private void give(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    facts.announce(FleetFacts.NO_PORT);
    view = FleetView.none(facts.memberId());
    if (!stopped) {
      LOG.atWarn()
          .addKeyValue("port", place.bindPort())
          .addKeyValue("reason", String.valueOf(root.getMessage()))
          .log("serving without a fleet");
    }
  }

  private void ended(ActorSystem<Void> which) {
    if (which == system) {
      give(new IllegalStateException("its actor system has ended"));
    }
  }

  private void beginAnew() {
    ScheduledExecutorService own = thread;
    if (own != null && !stopped) {
      own.execute(
          () -> {
            ActorSystem<Void> old = system;
            system = null;
            if (old != null) {
              old.terminate();
              old.getWhenTerminated()
                  .toCompletableFuture()
                  .completeOnTimeout(
                      org.apache.pekko.Done.getInstance(),
                      END_WITHIN.toMillis(),
                      TimeUnit.MILLISECONDS)
                  .join();
            }
            open();
          });
    }
  }

  private Contact self() {
    return facts.members().stream()
        .filter(member -> member.id() == facts.memberId())
        .flatMap(member -> FleetPlan.contact(member, Optional.of(place.port())).stream())
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("this member has no peer URL"));
  }

  private ActorSystem<Void> create(Contact self) {
    ActorSystemSetup setup = ActorSystemSetup.create(BootstrapSetup.create(config(self)));
    if (place.tls().isPresent()) {
      Tls tls = place.tls().get();
      setup = setup.withSetup(SSLEngineProviderSetup.create(any -> new FleetTls(tls)));
    }
    String name = "fleet-" + Long.toHexString(facts.clusterId());
    FleetActor.Owner owner = new FleetActor.Owner(self, pace, next -> view = next, this::beginAnew);
    Behavior<Void> guardian =
        Behaviors.setup(
            context -> {
              context.spawn(FleetActor.create(facts, owner), FleetActor.NAME, Props.empty());
              return Behaviors.empty();
            });
    return ActorSystem.create(guardian, name, setup);
  }

  private Config config(Contact self) {
    Map<String, Object> own = new HashMap<>(pace.settings());
    own.put("pekko.remote.artery.transport", place.tls().isPresent() ? "tls-tcp" : "tcp");
    own.put("pekko.remote.artery.canonical.hostname", self.host());
    own.put("pekko.remote.artery.canonical.port", place.port());
    own.put("pekko.remote.artery.bind.hostname", place.bindHost());
    own.put("pekko.remote.artery.bind.port", place.bindPort());
    own.put("pekko.cluster.roles", List.of(FleetActor.role(facts.memberId())));
    ClassLoader loader = Fleet.class.getClassLoader();
    return ConfigFactory.parseMap(own)
        .withFallback(ConfigFactory.parseResources(loader, "quorate-fleet.conf"))
        .withFallback(ConfigFactory.defaultReferenceUnresolved(loader))
        .resolve();
  }
}
