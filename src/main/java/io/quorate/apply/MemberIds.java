package io.quorate.apply;

import io.quorate.base.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;

/**
 * How ids of members and clusters are derived: as etcd derives them
 * (server/etcdserver/api/membership), so that the same flags give the same ids.
 */
public final class MemberIds {
  private MemberIds() {}

  /**
   * The id of a member.
   *
   * @param peerUrls in any order
   * @param token of the cluster; empty adds nothing
   * @param addedAtSeconds when the member was added, in Unix seconds; empty for founders
   */
  public static long member(
      Collection<String> peerUrls, String token, OptionalLong addedAtSeconds) {
    StringBuilder text = new StringBuilder();
    peerUrls.stream().sorted().forEach(text::append);
    text.append(token);
    addedAtSeconds.ifPresent(text::append);
    return firstEight(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The id of a member that is added at {@code now}: the first one, from that second on, whose last
   * two bytes no other member has. They tell the proposals of members apart.
   */
  public static long added(Collection<String> peerUrls, Instant now, Collection<Long> others) {
    long second = now.getEpochSecond();
    while (true) {
      long id = member(peerUrls, "", OptionalLong.of(second));
      if (others.stream().noneMatch(other -> collide(id, other))) {
        return id;
      }
      second++;
    }
  }

  /** Whether two of {@code ids} end alike, so that they cannot be members of one cluster. */
  public static boolean collide(List<Long> ids) {
    for (int i = 0; i < ids.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (collide(ids.get(i), ids.get(j))) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean collide(long one, long other) {
    return (short) one == (short) other;
  }

  /** The id of the cluster that {@code memberIds}, in any order, found together. */
  public static long cluster(Collection<Long> memberIds) {
    ByteBuffer ids = ByteBuffer.allocate(memberIds.size() * Long.BYTES);
    memberIds.stream().sorted(Long::compareUnsigned).forEach(ids::putLong);
    return firstEight(ids.array());
  }

  /**
   * The id of the cluster that {@code memberIds}, in any order, go on with from a snapshot. It is
   * that of no cluster that was founded, not even by the same members, nor of one that goes on from
   * another snapshot: so members of different pasts never speak to each other.
   *
   * @param snapshot what tells the snapshot apart, such as its digest
   */
  public static long restored(Collection<Long> memberIds, Bytes snapshot) {
    ByteBuffer text = ByteBuffer.allocate(memberIds.size() * Long.BYTES + snapshot.size());
    memberIds.stream().sorted(Long::compareUnsigned).forEach(text::putLong);
    return firstEight(text.put(snapshot.unsafeArray()).array());
  }

  private static long firstEight(byte[] bytes) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-1").digest(bytes)).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }
}
