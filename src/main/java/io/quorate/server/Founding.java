package io.quorate.server;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The checks on a cluster that is about to be founded or joined, as far as the flags of one member
 * tell; a member that restarts skips them.
 */
final class Founding {
  private Founding() {}

  /** Refuses a cluster that etcd would refuse, and then what this version cannot do yet. */
  static void check(ServeConfig config) throws ConfigException {
    Map<String, List<EtcdUrl>> cluster = config.bootstrap().initialCluster();
    List<EtcdUrl> own = own(config.name(), cluster);
    if (!config.bootstrap().existing()) {
      checkAdvertised(config.name(), own, config.urls().advertisePeer());
    }
    checkRepeated(cluster);
    checkServed(cluster);
  }

  /** The same for the founder {@code name}, which others reach at {@code advertised}. */
  static void check(String name, Map<String, List<EtcdUrl>> cluster, List<EtcdUrl> advertised)
      throws ConfigException {
    checkAdvertised(name, own(name, cluster), advertised);
    checkRepeated(cluster);
    checkServed(cluster);
  }

  private static List<EtcdUrl> own(String name, Map<String, List<EtcdUrl>> cluster)
      throws ConfigException {
    List<EtcdUrl> own = cluster.get(name);
    if (own == null) {
      throw ConfigException.start(
          "couldn't find local name "
              + GoText.quote(name)
              + " in the initial cluster configuration");
    }
    return own;
  }

  private static void checkServed(Map<String, List<EtcdUrl>> cluster) throws ConfigException {
    for (List<EtcdUrl> urls : cluster.values()) {
      for (EtcdUrl url : urls) {
        if (url.isUnix()) {
          throw ConfigException.start(
              "--initial-cluster has "
                  + url
                  + ", but this version only speaks http:// and https:// to members");
        }
      }
    }
  }

  private static void checkAdvertised(String name, List<EtcdUrl> listed, List<EtcdUrl> advertised)
      throws ConfigException {
    if (EtcdUrl.join(listed).equals(EtcdUrl.join(advertised))) {
      return;
    }
    String why = difference(listed, advertised);
    if (why.isEmpty()) {
      return;
    }
    List<String> missing = minus(listed, advertised);
    if (!missing.isEmpty()) {
      throw ConfigException.start(
          "--initial-cluster has "
              + String.join(",", missing.stream().map(url -> name + "=" + url).toList())
              + " but missing from --initial-advertise-peer-urls="
              + EtcdUrl.join(advertised)
              + " ("
              + why
              + ")");
    }
    List<String> unlisted = minus(advertised, listed);
    String asked = pairs(Map.of(name, advertised));
    if (!unlisted.isEmpty()) {
      throw ConfigException.start(
          "--initial-advertise-peer-urls has "
              + String.join(",", unlisted)
              + " but missing from --initial-cluster="
              + asked);
    }
    // The same URLs, but one of them listed twice.
    throw ConfigException.start(
        "failed to resolve "
            + EtcdUrl.join(advertised)
            + " to match --initial-cluster="
            + asked
            + " ("
            + why
            + ")");
  }

  /** How the two lists differ once names are resolved; empty when they do not. */
  private static String difference(List<EtcdUrl> listed, List<EtcdUrl> advertised) {
    if (listed.size() != advertised.size()) {
      return "len(" + quoted(advertised) + ") != len(" + quoted(listed) + ")";
    }
    for (int i = 0; i < listed.size(); i++) {
      String left = resolved(advertised.get(i));
      String right = resolved(listed.get(i));
      if (!left.equals(right)) {
        return "resolved urls: " + GoText.quote(left) + " != " + GoText.quote(right);
      }
    }
    return "";
  }

  private static String resolved(EtcdUrl url) {
    return url.isUnix() ? url.text() : url.at(Addresses.resolve(url.host()), url.port()).text();
  }

  private static String quoted(List<EtcdUrl> urls) {
    return "[" + String.join(" ", urls.stream().map(u -> GoText.quote(u.text())).toList()) + "]";
  }

  private static List<String> minus(List<EtcdUrl> some, Collection<EtcdUrl> others) {
    return EtcdUrl.texts(some.stream().filter(url -> !others.contains(url)).toList());
  }

  private static void checkRepeated(Map<String, List<EtcdUrl>> cluster) throws ConfigException {
    Set<String> seen = new HashSet<>();
    for (List<EtcdUrl> urls : cluster.values()) {
      for (EtcdUrl url : urls) {
        if (!seen.add(url.text())) {
          throw ConfigException.start("initial cluster " + pairs(cluster) + " has duplicate url");
        }
      }
    }
  }

  private static String pairs(Map<String, List<EtcdUrl>> cluster) {
    List<String> pairs = new ArrayList<>();
    cluster.forEach((name, urls) -> urls.forEach(url -> pairs.add(name + "=" + url)));
    pairs.sort(null);
    return String.join(",", pairs);
  }
}
