package io.quorate.server.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.quorate.apply.Answer;
import io.quorate.base.EtcdError;
import io.quorate.link.PeerUrl;
import io.quorate.node.Confirmed;
import io.quorate.node.Node;
import io.quorate.proto.etcd.Member;
import io.quorate.proto.etcd.MemberAddRequest;
import io.quorate.proto.etcd.MemberAddResponse;
import io.quorate.proto.etcd.MemberListRequest;
import io.quorate.proto.etcd.MemberListResponse;
import io.quorate.proto.etcd.MemberPromoteRequest;
import io.quorate.proto.etcd.MemberPromoteResponse;
import io.quorate.proto.etcd.MemberRemoveRequest;
import io.quorate.proto.etcd.MemberRemoveResponse;
import io.quorate.proto.etcd.MemberUpdateRequest;
import io.quorate.proto.etcd.MemberUpdateResponse;
import io.quorate.proto.etcd.ResponseHeader;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;

/** The Cluster service: who belongs to the cluster. */
public final class ClusterService {
  /** The full name of the service. */
  public static final String NAME = "etcdserverpb.Cluster";

  private final Node node;

  /** The service of one member. */
  public ClusterService(Node node) {
    this.node = node;
  }

  /** Adds the calls of the service. */
  public void addTo(MethodTable.Builder table) {
    table.unary(NAME, "MemberList", this::list);
    table.unary(NAME, "MemberAdd", this::add);
    table.unary(NAME, "MemberRemove", this::remove);
    table.unary(NAME, "MemberUpdate", this::update);
    table.unary(NAME, "MemberPromote", this::promote);
  }

  private void add(RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    MemberAddRequest request = MemberAddRequest.parseFrom(ByteBuffer.wrap(array, offset, length));
    List<String> urls = checked(request.getPeerURLsList());
    long id = node.cluster().changes().newId(urls);
    var added = new io.quorate.apply.Member(id, "", urls, List.of(), request.getIsLearner());
    send(
        node.cluster().changes().add(added),
        reply,
        (header, members) ->
            MemberAddResponse.newBuilder()
                .setHeader(header)
                .setMember(shown(added))
                .addAllMembers(members));
  }

  private void remove(
      RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    long id = MemberRemoveRequest.parseFrom(ByteBuffer.wrap(array, offset, length)).getID();
    send(
        node.cluster().changes().remove(id),
        reply,
        (header, members) ->
            MemberRemoveResponse.newBuilder().setHeader(header).addAllMembers(members));
  }

  private void update(
      RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    MemberUpdateRequest request =
        MemberUpdateRequest.parseFrom(ByteBuffer.wrap(array, offset, length));
    List<String> urls = checked(request.getPeerURLsList());
    send(
        node.cluster().changes().update(request.getID(), urls),
        reply,
        (header, members) ->
            MemberUpdateResponse.newBuilder().setHeader(header).addAllMembers(members));
  }

  private void promote(
      RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    long id = MemberPromoteRequest.parseFrom(ByteBuffer.wrap(array, offset, length)).getID();
    send(
        node.cluster().changes().promote(id),
        reply,
        (header, members) ->
            MemberPromoteResponse.newBuilder().setHeader(header).addAllMembers(members));
  }

  private void list(RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    MemberListRequest request = MemberListRequest.parseFrom(ByteBuffer.wrap(array, offset, length));
    CompletionStage<Confirmed> ready =
        request.getLinearizable()
            ? node.linearize()
            : CompletableFuture.completedFuture(Confirmed.NOW);
    StageReply.send(ready, reply, confirmed -> members());
  }

  /** Refuses what no member can be reached at. */
  private static List<String> checked(List<String> urls) {
    if (urls.isEmpty() || !urls.stream().allMatch(PeerUrl::isValid)) {
      throw EtcdError.MEMBER_BAD_URLS.exception();
    }
    return urls.stream().sorted().toList();
  }

  private Framed members() {
    MemberListResponse.Builder answer =
        MemberListResponse.newBuilder().setHeader(HeaderCodec.message(node, 0));
    node.published().members().forEach(member -> answer.addMembers(shown(member)));
    return Framed.of(answer.build());
  }

  /** Answers a change with what {@code response} makes of the members after it. */
  private void send(
      CompletionStage<Answer> change,
      UnaryReply reply,
      BiFunction<ResponseHeader, List<Member>, Message.Builder> response) {
    StageReply.send(
        change,
        reply,
        answer -> {
          List<Member> members =
              ((Answer.Members) answer).members().stream().map(ClusterService::shown).toList();
          return Framed.of(response.apply(HeaderCodec.message(node, 0), members).build());
        });
  }

  private static Member shown(io.quorate.apply.Member member) {
    return Member.newBuilder()
        .setID(member.id())
        .setName(member.name())
        .addAllPeerURLs(member.peerUrls())
        .addAllClientURLs(member.clientUrls())
        .setIsLearner(member.learner())
        .build();
  }
}
