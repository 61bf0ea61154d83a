package io.quorate.server.discovery;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.discovery.Discovery;
import org.apache.pekko.discovery.Lookup;
import org.apache.pekko.discovery.ServiceDiscovery;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The members of a cluster by Pekko Discovery, in an actor system that lives as long as the search.
 * All members have to find the same ones, so exactly as many as are expected are waited for. A
 * member's name is the first label of its host; this one is known by its address.
 */
public final class PekkoDiscovery {
  /** The methods, by what the flag calls them. */
  private static final Map<String, String> METHODS =
      Map.of("config", "config", "dns", "pekko-dns", "kubernetes-api", "kubernetes-api");

  /** How long one look may take. */
  private static final Duration LOOK_WITHIN = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(PekkoDiscovery.class);

  private final DiscoverySettings settings;
  private final Dns dns;
  private final String name;
  private final Own own;

  /**
   * What is searched.
   *
   * @param method {@code config}, {@code dns} or {@code kubernetes-api}
   * @param service what the members are called there; {@code _port._tcp.name} asks for SRV records
   * @param size how many members there are
   */
  public record Query(String method, String service, long size) {}

  /** What a look found. */
  private record Target(String host, int port, Optional<InetAddress> address) {
    String authority() {
      return Peer.authority(host, port);
    }
  }

  /**
   * A look for the cluster of one member.
   *
   * @param own its first peer URL; the others have the same scheme, and its port where none is told
   */
  public PekkoDiscovery(DiscoverySettings settings, String name, Own own) {
    this.settings = settings;
    this.dns = new Dns(settings.dnsServer());
    this.name = name;
    this.own = own;
  }

  /**
   * Searches. Blocks until all are found, at most as long as {@link DiscoverySettings#within} says.
   *
   * @throws DiscoveryException when not as many were found as expected, or not this member
   */
  public List<Peer> find(Query query) throws DiscoveryException {
    ActorSystem system = ActorSystem.create("discovery", config());
    try {
      return named(targets(system, query));
    } finally {
      system.terminate();
    }
  }

  private Config config() {
    return settings.dnsServer().isEmpty()
        ? settings.all()
        : ConfigFactory.parseMap(
                Map.of("pekko.io.dns.async-dns.nameservers", List.of(settings.dnsServer())))
            .withFallback(settings.all());
  }

  private List<Target> targets(ActorSystem system, Query query) throws DiscoveryException {
    ServiceDiscovery discovery =
        Discovery.get(system).loadServiceDiscovery(METHODS.getOrDefault(query.method(), ""));
    Lookup lookup =
        Lookup.isValidSrv(query.service())
            ? Lookup.parseSrv(query.service())
            : Lookup.create(query.service());
    long deadline = System.nanoTime() + settings.within().toNanos();
    List<Target> found = List.of();
    String failure = "";
    while (System.nanoTime() - deadline < 0) {
      try {
        found = look(discovery, lookup);
        failure = "";
      } catch (CompletionException e) {
        failure = ": " + (e.getCause() == null ? e : e.getCause()).getMessage();
        LOG.debug("a look for {} failed", query.service(), e);
      }
      if (failure.isEmpty() && found.size() == query.size()) {
        return found;
      }
      LockSupport.parkNanos(settings.every().toNanos());
    }
    throw new DiscoveryException(
        "--discovery-method="
            + query.method()
            + " found "
            + found.size()
            + " members of "
            + query.service()
            + " within "
            + settings.within().toSeconds()
            + "s, --discovery-size is "
            + query.size()
            + failure);
  }

  private List<Target> look(ServiceDiscovery discovery, Lookup lookup) {
    TreeSet<Target> targets = new TreeSet<>(Comparator.comparing(Target::authority));
    ServiceDiscovery.Resolved resolved =
        discovery
            .lookup(lookup, LOOK_WITHIN)
            .toCompletableFuture()
            .orTimeout(LOOK_WITHIN.toMillis() * 2, TimeUnit.MILLISECONDS)
            .join();
    for (ServiceDiscovery.ResolvedTarget target : resolved.getAddresses()) {
      int port = target.getPort().map(given -> (Integer) given).orElse(own.port());
      String host = Dns.withoutDot(target.host());
      targets.add(new Target(host, port, target.getAddress()));
    }
    return List.copyOf(targets);
  }

  private List<Peer> named(List<Target> targets) throws DiscoveryException {
    String self = Peer.authority(dns.address(own.host()), own.port());
    TreeSet<String> names = new TreeSet<>(List.of(name));
    boolean isFound = false;
    Peer[] peers = new Peer[targets.size()];
    for (int i = 0; i < peers.length; i++) {
      Target target = targets.get(i);
      boolean isSelf =
          target.authority().equals(Peer.authority(own.host(), own.port()))
              || Peer.authority(address(target), target.port()).equals(self);
      isFound |= isSelf;
      String label = label(target.host());
      // Two of one name would be taken for one member.
      String unique = isSelf || names.add(label) ? label : label + "-" + target.port();
      peers[i] = new Peer(isSelf ? name : unique, own.scheme() + "://" + target.authority());
      LOG.atInfo().addKeyValue("node", peers[i].toString()).log("discovered a member");
    }
    if (!isFound) {
      throw new DiscoveryException(
          "cannot find local member \"" + name + "\" at " + self + " among those discovered");
    }
    return List.of(peers);
  }

  private String address(Target target) throws DiscoveryException {
    return target.address().isPresent()
        ? target.address().get().getHostAddress()
        : dns.address(target.host());
  }

  private static String label(String host) {
    return Dns.isLiteral(host) ? host.replaceAll("[.:]+", "-") : host.replaceFirst("\\..*", "");
  }
}
