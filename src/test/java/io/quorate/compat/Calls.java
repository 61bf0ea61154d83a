package io.quorate.compat;

import com.google.protobuf.ByteString;
import io.quorate.proto.etcd.HashKVRequest;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.RangeResponse;
import io.quorate.proto.etcd.StatusRequest;
import io.quorate.proto.etcd.StatusResponse;
import java.util.List;

/** Single calls to one member, each over a connection of its own. */
final class Calls {
  private Calls() {}

  static PutRequest putOf(String key, String value) {
    return PutRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setValue(ByteString.copyFromUtf8(value))
        .build();
  }

  static RangeResponse range(ServerProcess server, String key, boolean serializable) {
    try (EtcdClient client = new EtcdClient(server.endpoint())) {
      return client.call(
          EtcdClient.RANGE,
          RangeRequest.newBuilder()
              .setKey(ByteString.copyFromUtf8(key))
              .setSerializable(serializable)
              .build());
    }
  }

  static StatusResponse status(ServerProcess server) {
    try (EtcdClient client = new EtcdClient(server.endpoint())) {
      return client.call(EtcdClient.STATUS, StatusRequest.getDefaultInstance());
    }
  }

  /** The member that leads; asks them until one does. All of them run. */
  static ServerProcess leader(List<ServerProcess> servers) {
    while (true) {
      for (ServerProcess server : servers) {
        StatusResponse status = status(server);
        if (status.getLeader() == status.getHeader().getMemberId()) {
          return server;
        }
      }
    }
  }

  static long memberId(ServerProcess server) {
    return status(server).getHeader().getMemberId();
  }

  static boolean isLearner(ServerProcess server) {
    return status(server).getIsLearner();
  }

  /** The hash of everything, behind a confirmed read. */
  static int hash(ServerProcess server) {
    range(server, "any", false);
    try (EtcdClient client = new EtcdClient(server.endpoint())) {
      return client.call(EtcdClient.HASH_KV, HashKVRequest.getDefaultInstance()).getHash();
    }
  }
}
