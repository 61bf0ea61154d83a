package io.quorate.server;

import io.quorate.server.discovery.DiscoveryException;
import io.quorate.server.discovery.DiscoverySettings;
import io.quorate.server.discovery.Own;
import io.quorate.server.discovery.Peer;
import io.quorate.server.discovery.PekkoDiscovery;
import io.quorate.server.discovery.SrvDiscovery;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * From the flags to the cluster that a member founds or joins: told by {@code --initial-cluster},
 * or found. Refusals and texts are etcd's.
 */
final class InitialCluster {
  private static final String DEFAULT_NAME = "default";

  /** Members that found a cluster; more of them make it slower, not safer. */
  private static final long SIZE_MAX = 99;

  private final FlagValues values;

  InitialCluster(FlagValues values) {
    this.values = values;
  }

  /** Refuses flags that say in several ways who the members are. */
  void check() throws ConfigException {
    boolean told = isGiven(FlagTable.INITIAL_CLUSTER);
    boolean srv = isGiven(FlagTable.DISCOVERY_SRV);
    if (isGiven(FlagTable.STATEFUL_SET)) {
      checkAlone();
      return;
    }
    String method = values.text(FlagTable.DISCOVERY_METHOD);
    if (method.isEmpty() ? told && srv : told || srv) {
      throw ConfigException.verify(
          "multiple discovery or bootstrap flags are set. Choose one of \"initial-cluster\","
              + (method.isEmpty()
                  ? " \"discovery-endpoints\" or \"discovery-srv\""
                  : " \"discovery-endpoints\", \"discovery-srv\" or \"discovery-method\""));
    }
    if (!method.isEmpty()) {
      check(method);
    }
  }

  /** A StatefulSet says who the members are, and nothing else may. */
  private void checkAlone() throws ConfigException {
    for (String other :
        List.of(FlagTable.INITIAL_CLUSTER, FlagTable.DISCOVERY_SRV, FlagTable.DISCOVERY_METHOD)) {
      if (isGiven(other)) {
        throw ConfigException.verify(
            "--stateful-set says who the members are, but --" + other + " is set, too");
      }
    }
    if (values.text(FlagTable.INITIAL_CLUSTER_STATE).equals("existing")) {
      throw ConfigException.verify(
          "--stateful-set finds out whether there is a cluster, but --initial-cluster-state is"
              + " \"existing\"");
    }
  }

  private void check(String method) throws ConfigException {
    if (!List.of("config", "dns", "kubernetes-api").contains(method)) {
      throw ConfigException.verify(
          "unknown discovery-method "
              + GoText.quote(method)
              + ", supported values config, dns, kubernetes-api");
    }
    if (values.text(FlagTable.DISCOVERY_SERVICE).isEmpty()) {
      throw ConfigException.verify("--discovery-method needs --discovery-service");
    }
    long size = values.number(FlagTable.DISCOVERY_SIZE);
    if (size < 1 || size > SIZE_MAX) {
      throw ConfigException.verify(
          "--discovery-size is "
              + Long.toUnsignedString(size)
              + ", but it must be from 1 to "
              + SIZE_MAX);
    }
  }

  private boolean isGiven(String flag) {
    return values.isSet(flag) && !values.text(flag).isEmpty();
  }

  /**
   * The peer URLs of all members by name. Looks for them, which blocks, only where {@code dataDir}
   * has not been founded: later the cluster itself knows.
   *
   * @param advertised the peer URLs of this member
   */
  SortedMap<String, List<EtcdUrl>> resolve(String name, List<EtcdUrl> advertised, Path dataDir)
      throws ConfigException {
    boolean pods = isGiven(FlagTable.STATEFUL_SET);
    boolean searched = isGiven(FlagTable.DISCOVERY_SRV) || isGiven(FlagTable.DISCOVERY_METHOD);
    String text = values.text(FlagTable.INITIAL_CLUSTER);
    boolean preset = text.equals(FlagTable.get(FlagTable.INITIAL_CLUSTER).preset());
    if (searched && !DataDir.isFounded(dataDir)) {
      return parsed(found(name, advertised));
    }
    if (pods || searched || (preset && !name.equals(DEFAULT_NAME))) {
      return new TreeMap<>(Map.of(name.isEmpty() ? DEFAULT_NAME : name, advertised));
    }
    return parsed(text);
  }

  private String found(String name, List<EtcdUrl> advertised) throws ConfigException {
    List<Own> own =
        advertised.stream()
            .map(url -> new Own(url.scheme(), url.host(), url.port(), url.text()))
            .toList();
    DiscoverySettings settings = DiscoverySettings.load();
    try {
      List<Peer> peers =
          isGiven(FlagTable.DISCOVERY_METHOD)
              ? new PekkoDiscovery(settings, name, own.get(0)).find(query())
              : new SrvDiscovery(settings, name, own)
                  .find(
                      values.text(FlagTable.DISCOVERY_SRV),
                      values.text(FlagTable.DISCOVERY_SRV_NAME));
      return String.join(",", peers.stream().map(Peer::toString).toList());
    } catch (DiscoveryException e) {
      throw failed(String.valueOf(e.getMessage()));
    }
  }

  private PekkoDiscovery.Query query() {
    return new PekkoDiscovery.Query(
        values.text(FlagTable.DISCOVERY_METHOD),
        values.text(FlagTable.DISCOVERY_SERVICE),
        values.number(FlagTable.DISCOVERY_SIZE));
  }

  /** Whose pod the member is, where that is told. */
  Optional<PodSet> pods(String name, List<EtcdUrl> advertised) throws ConfigException {
    return isGiven(FlagTable.STATEFUL_SET)
        ? Optional.of(PodSet.of(values.text(FlagTable.STATEFUL_SET), name, advertised))
        : Optional.empty();
  }

  private static ConfigException failed(String why) {
    return ConfigException.start("error setting up initial cluster: " + why);
  }

  private static SortedMap<String, List<EtcdUrl>> parsed(String text) throws ConfigException {
    try {
      return parse(text);
    } catch (GoText.BadValue e) {
      throw failed(String.valueOf(e.getMessage()));
    }
  }

  /** Reads {@code name=url,name=url}; the URLs of each name come sorted. */
  static SortedMap<String, List<EtcdUrl>> parse(String text) throws GoText.BadValue {
    SortedMap<String, List<EtcdUrl>> cluster = new TreeMap<>();
    for (String pair : text.split(",", -1)) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      EtcdUrl url = EtcdUrl.parse(equals < 0 ? "" : pair.substring(equals + 1).strip());
      cluster.computeIfAbsent(name, n -> new ArrayList<>()).add(url);
    }
    cluster.values().forEach(urls -> urls.sort(EtcdUrl.BY_TEXT));
    return cluster;
  }
}
