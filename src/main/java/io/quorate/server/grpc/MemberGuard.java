package io.quorate.server.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.node.Node;
import io.quorate.node.QuarantinedException;
import io.quorate.proto.etcd.RangeRequest;
import java.nio.ByteBuffer;

/**
 * What a member refuses whatever is asked: a learner nearly everything, and a member that knows no
 * leader those who want one, by the metadata entry {@code hasleader: true}. As etcd does
 * (server/etcdserver/api/v3rpc/interceptor.go). Any thread.
 */
final class MemberGuard {
  private static final String STATUS = "/etcdserverpb.Maintenance/Status";
  private static final String HEALTH = "/grpc.health.v1.Health/";
  private static final String SNAPSHOT = "/etcdserverpb.Maintenance/Snapshot";
  private static final String RANGE = "/etcdserverpb.KV/Range";
  private static final String LEADER_KEY = "hasleader";
  private static final String LEADER_VALUE = "true";

  private final Node node;

  MemberGuard(Node node) {
    this.node = node;
  }

  /** The method at {@code path}, with this guard before it. */
  MethodTable.Method guard(String path, MethodTable.Method method) {
    UnaryHandler unary = method.unary();
    StreamMethod stream = method.stream();
    return new MethodTable.Method(
        unary == null
            ? null
            : (context, array, offset, length, reply) -> {
              checkWhole(path);
              if (node.isLearner()) {
                checkForLearner(path, array, offset, length);
              }
              if (!node.hasLeader() && LEADER_VALUE.equals(context.metadata(LEADER_KEY))) {
                throw EtcdError.NO_LEADER.exception();
              }
              unary.call(context, array, offset, length, reply);
            },
        stream == null
            ? null
            : (context, out) -> {
              checkWhole(path);
              if (node.isLearner() && !path.equals(SNAPSHOT)) {
                throw EtcdError.NOT_SUPPORTED_FOR_LEARNER.exception();
              }
              return stream.open(context, out);
            },
        method.oneRequest(),
        method.metrics());
  }

  /** Nothing of a damaged store is answered; clients are to go to another member. */
  private void checkWhole(String path) {
    if (node.isQuarantined() && !path.startsWith(HEALTH)) {
      throw new EtcdException(EtcdError.Code.UNAVAILABLE, QuarantinedException.REFUSAL);
    }
  }

  private static void checkForLearner(String path, byte[] array, int offset, int length)
      throws InvalidProtocolBufferException {
    boolean served =
        path.equals(STATUS)
            || (path.equals(RANGE)
                && RangeRequest.parseFrom(ByteBuffer.wrap(array, offset, length))
                    .getSerializable());
    if (!served) {
      throw EtcdError.NOT_SUPPORTED_FOR_LEARNER.exception();
    }
  }
}
