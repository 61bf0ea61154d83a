package io.quorate.server.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.quorate.node.Confirmed;
import io.quorate.node.Node;
import io.quorate.proto.etcd.Member;
import io.quorate.proto.etcd.MemberListRequest;
import io.quorate.proto.etcd.MemberListResponse;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The Cluster service: who belongs to the cluster. Its changes are not served yet. */
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
    for (String change : new String[] {"Add", "Remove", "Update", "Promote"}) {
      table.unary(NAME, "Member" + change, Unsupported.call("Member" + change));
    }
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

  private Framed members() {
    MemberListResponse.Builder answer =
        MemberListResponse.newBuilder().setHeader(HeaderCodec.message(node, 0));
    for (io.quorate.apply.Member member : node.published().members()) {
      answer.addMembers(
          Member.newBuilder()
              .setID(member.id())
              .setName(member.name())
              .addAllPeerURLs(member.peerUrls())
              .addAllClientURLs(member.clientUrls())
              .setIsLearner(member.learner()));
    }
    return Framed.of(answer.build());
  }
}
