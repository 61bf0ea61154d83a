package io.quorate.server;

import io.quorate.apply.MemberIds;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Who a member is. Both ids are derived as etcd derives them (server/etcdserver/api/membership), so
 * that the same flags give the same ids; the name is in neither of them.
 *
 * @param clusterId the id of the cluster, unsigned
 * @param memberId the id of the member, unsigned, never 0
 * @param name the name for people
 */
public record MemberIdentity(long clusterId, long memberId, String name) {

  /**
   * One of the members that found a cluster together.
   *
   * @param id its id, unsigned
   * @param name its name for people
   * @param peerUrls where its peers reach it, sorted; at least one
   */
  public record Founder(long id, String name, List<String> peerUrls) {
    /** etcd's order: unsigned, by id. */
    static final Comparator<Founder> BY_ID =
        (left, right) -> Long.compareUnsigned(left.id, right.id);

    /** Copies the list. */
    public Founder {
      peerUrls = List.copyOf(peerUrls);
    }
  }

  /** The identity of the member {@code config} founds a cluster with. */
  public static MemberIdentity of(ServeConfig config) {
    return of(config.name(), config.bootstrap().initialCluster(), config.bootstrap().token());
  }

  /** The identity of the member {@code name} of those that found {@code cluster}. */
  static MemberIdentity of(String name, Map<String, List<EtcdUrl>> cluster, String token) {
    List<Long> members = founders(cluster, token).stream().map(Founder::id).toList();
    List<EtcdUrl> own = cluster.getOrDefault(name, List.of());
    long memberId = MemberIds.member(EtcdUrl.texts(own), token, OptionalLong.empty());
    return new MemberIdentity(MemberIds.cluster(members), memberId, name);
  }

  /** All members that {@code config} founds a cluster of, in the order of etcd: by id, unsigned. */
  public static List<Founder> founders(ServeConfig config) {
    return founders(config.bootstrap().initialCluster(), config.bootstrap().token());
  }

  /** The same for the peer URLs of all members by name. */
  static List<Founder> founders(Map<String, List<EtcdUrl>> cluster, String token) {
    List<Founder> founders = new ArrayList<>();
    cluster.forEach(
        (name, urls) -> {
          List<String> texts = EtcdUrl.texts(urls);
          long id = MemberIds.member(texts, token, OptionalLong.empty());
          founders.add(new Founder(id, name, texts));
        });
    founders.sort(Founder.BY_ID);
    return List.copyOf(founders);
  }

  /** An id as etcd prints it: lower-case hexadecimal without leading zeros. */
  public static String hex(long id) {
    return Long.toHexString(id);
  }
}
