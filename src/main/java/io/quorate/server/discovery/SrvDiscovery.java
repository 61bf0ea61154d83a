package io.quorate.server.discovery;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The members of a cluster by SRV records, as etcd finds them (client/pkg/srv): {@code
 * _etcd-server-ssl._tcp} has those that speak TLS, {@code _etcd-server._tcp} the others. This
 * member is the one whose host and port resolve to what it advertises, and the only one whose name
 * is known; the others are numbered. Names are no part of ids.
 */
public final class SrvDiscovery {
  private static final Logger LOG = LoggerFactory.getLogger(SrvDiscovery.class);

  private final Dns dns;
  private final String name;
  private final List<Own> advertised;

  /**
   * A look for the cluster of one member.
   *
   * @param name the member's name
   * @param advertised its peer URLs
   */
  public SrvDiscovery(DiscoverySettings settings, String name, List<Own> advertised) {
    this.dns = new Dns(settings.dnsServer());
    this.name = name;
    this.advertised = List.copyOf(advertised);
  }

  /**
   * Asks DNS. Blocks.
   *
   * @param domain where the records are
   * @param suffix what stands behind the name of the service and a dash, if it is not empty
   * @throws DiscoveryException when nobody was found, with etcd's text
   */
  public List<Peer> find(String domain, String suffix) throws DiscoveryException {
    List<Peer> peers = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    String end = suffix.isEmpty() ? "" : "-" + suffix;
    find("https", "etcd-server-ssl" + end, domain, peers, failures);
    find("http", "etcd-server" + end, domain, peers, failures);
    String failure = String.join("\n", failures);
    if (!failures.isEmpty()) {
      LOG.atWarn().addKeyValue("error", failure).log("failed to resolve during SRV discovery");
    }
    if (peers.isEmpty()) {
      throw new DiscoveryException(failure);
    }
    for (Peer peer : peers) {
      LOG.atInfo()
          .addKeyValue("node", peer.toString())
          .log("got bootstrap from DNS for etcd-server");
    }
    if (peers.stream().noneMatch(peer -> peer.name().equals(name))) {
      throw new DiscoveryException("cannot find local etcd member \"" + name + "\" in SRV records");
    }
    return peers;
  }

  private void find(
      String scheme, String service, String domain, List<Peer> peers, List<String> failures) {
    Map<String, Own> own;
    try {
      own = own();
    } catch (DiscoveryException e) {
      failures.add(String.valueOf(e.getMessage()));
      return;
    }
    try {
      peers.addAll(find(scheme, service, dns.services("_" + service + "._tcp." + domain), own));
    } catch (DiscoveryException e) {
      failures.add("error querying DNS SRV records for _" + service + " " + e.getMessage());
    }
  }

  private Map<String, Own> own() throws DiscoveryException {
    Map<String, Own> own = new LinkedHashMap<>();
    for (Own url : advertised) {
      own.put(Peer.authority(dns.address(url.host()), url.port()), url);
    }
    return own;
  }

  private List<Peer> find(
      String scheme, String service, List<Dns.Service> services, Map<String, Own> own)
      throws DiscoveryException {
    List<Peer> peers = new ArrayList<>();
    DiscoveryException last = null;
    int unnamed = 0;
    for (Dns.Service each : services) {
      String host = Dns.withoutDot(each.target());
      String url = scheme + "://" + Peer.authority(host, each.port());
      try {
        Own self = own.get(Peer.authority(dns.address(host), each.port()));
        if (self != null && !self.scheme().equals(scheme)) {
          throw mismatch(url, service, self);
        }
        peers.add(new Peer(self != null ? name : Integer.toString(unnamed++), url));
      } catch (DiscoveryException e) {
        // Whoever cannot be resolved is left out, unless there is nobody else.
        last = e;
      }
    }
    if (peers.isEmpty() && last != null) {
      throw last;
    }
    return peers;
  }

  private static DiscoveryException mismatch(String url, String service, Own self) {
    return new DiscoveryException(
        "bootstrap at "
            + url
            + " from DNS for "
            + service
            + " has scheme mismatch with expected peer "
            + self.text());
  }
}
