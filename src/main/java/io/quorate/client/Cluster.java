package io.quorate.client;

import io.quorate.client.wire.Methods;
import io.quorate.client.wire.Wire;
import io.quorate.proto.etcd.MemberAddRequest;
import io.quorate.proto.etcd.MemberListRequest;
import io.quorate.proto.etcd.MemberPromoteRequest;
import io.quorate.proto.etcd.MemberRemoveRequest;
import io.quorate.proto.etcd.MemberUpdateRequest;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** The members of the cluster: who they are, and changes of that. */
public final class Cluster {
  private final Wire wire;

  /**
   * A member. Source: {@code etcdserverpb.Member}.
   *
   * @param id unsigned
   * @param name empty before it has started
   * @param peerUrls where other members reach it
   * @param clientUrls where clients reach it
   * @param isLearner whether it does not vote
   */
  public record Member(
      long id, String name, List<String> peerUrls, List<String> clientUrls, boolean isLearner) {
    /** The id as tools print it. */
    public String idText() {
      return Long.toHexString(id);
    }
  }

  Cluster(Wire wire) {
    this.wire = wire;
  }

  private static Member member(io.quorate.proto.etcd.Member member) {
    return new Member(
        member.getID(),
        member.getName(),
        List.copyOf(member.getPeerURLsList()),
        List.copyOf(member.getClientURLsList()),
        member.getIsLearner());
  }

  private static List<Member> members(List<io.quorate.proto.etcd.Member> members) {
    return members.stream().map(Cluster::member).toList();
  }

  /** All members, linearizable. */
  public CompletionStage<List<Member>> members() {
    return wire.call(
        Methods.MEMBER_LIST,
        MemberListRequest.newBuilder().setLinearizable(true).build(),
        answer -> members(answer.getMembersList()));
  }

  /** Adds a member, which is to be started with these URLs. */
  public CompletionStage<Member> add(List<String> peerUrls, boolean isLearner) {
    return wire.call(
        Methods.MEMBER_ADD,
        MemberAddRequest.newBuilder().addAllPeerURLs(peerUrls).setIsLearner(isLearner).build(),
        answer -> member(answer.getMember()));
  }

  /** Makes a learner a voter; returns the members afterwards. */
  public CompletionStage<List<Member>> promote(long id) {
    return wire.call(
        Methods.MEMBER_PROMOTE,
        MemberPromoteRequest.newBuilder().setID(id).build(),
        answer -> members(answer.getMembersList()));
  }

  /** Says where a member is reached by the others from now on; returns the members afterwards. */
  public CompletionStage<List<Member>> update(long id, List<String> peerUrls) {
    return wire.call(
        Methods.MEMBER_UPDATE,
        MemberUpdateRequest.newBuilder().setID(id).addAllPeerURLs(peerUrls).build(),
        answer -> members(answer.getMembersList()));
  }

  /** Removes a member; returns the members afterwards. */
  public CompletionStage<List<Member>> remove(long id) {
    return wire.call(
        Methods.MEMBER_REMOVE,
        MemberRemoveRequest.newBuilder().setID(id).build(),
        answer -> members(answer.getMembersList()));
  }
}
