package io.quorate.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.List;
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

  /** The identity of the member {@code config} founds a cluster with. */
  public static MemberIdentity of(ServeConfig config) {
    String token = config.bootstrap().token();
    List<Long> members =
        config.bootstrap().initialCluster().values().stream()
            .map(urls -> memberId(EtcdUrl.texts(urls), token, OptionalLong.empty()))
            .toList();
    List<EtcdUrl> own = config.bootstrap().initialCluster().getOrDefault(config.name(), List.of());
    long memberId = memberId(EtcdUrl.texts(own), token, OptionalLong.empty());
    return new MemberIdentity(clusterId(members), memberId, config.name());
  }

  /**
   * The id of a member.
   *
   * @param peerUrls in any order
   * @param token of the cluster; empty adds nothing
   * @param addedAtSeconds when the member was added, in Unix seconds; empty for founders
   */
  public static long memberId(
      Collection<String> peerUrls, String token, OptionalLong addedAtSeconds) {
    StringBuilder text = new StringBuilder();
    peerUrls.stream().sorted().forEach(text::append);
    text.append(token);
    addedAtSeconds.ifPresent(text::append);
    return firstEight(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** The id of the cluster that {@code memberIds}, in any order, found together. */
  public static long clusterId(Collection<Long> memberIds) {
    ByteBuffer ids = ByteBuffer.allocate(memberIds.size() * Long.BYTES);
    memberIds.stream().sorted(Long::compareUnsigned).forEach(ids::putLong);
    return firstEight(ids.array());
  }

  /** An id as etcd prints it: lower-case hexadecimal without leading zeros. */
  public static String hex(long id) {
    return Long.toHexString(id);
  }

  private static long firstEight(byte[] bytes) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-1").digest(bytes)).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }
}
