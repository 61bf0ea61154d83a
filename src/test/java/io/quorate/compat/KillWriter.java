package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.quorate.proto.etcd.DeleteRangeRequest;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.RequestOp;
import io.quorate.proto.etcd.TxnRequest;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes keys of its own, one call after another, until a call fails. That last one may or may not
 * have happened, but only as a whole.
 */
final class KillWriter {
  private static final int KEYS = 40;
  private static final int VALUE_BYTES_MAX = 600;

  private final String prefix;
  private final Random random;
  private final KillHistory history;
  private TreeMap<String, String> state = new TreeMap<>();
  private @Nullable SortedMap<String, String> uncertain;
  private int sequence;

  KillWriter(String prefix, long seed, KillHistory history) {
    this.prefix = prefix;
    this.random = new Random(seed);
    this.history = history;
  }

  String prefix() {
    return prefix;
  }

  /** The end of the range of all keys with this prefix. */
  static ByteString end(ByteString prefix) {
    byte[] end = prefix.toByteArray();
    end[end.length - 1]++;
    return ByteString.copyFrom(end);
  }

  void run(EtcdClient client) {
    try {
      while (true) {
        SortedMap<String, String> changes = new TreeMap<>();
        uncertain = changes;
        long revision = write(client, changes);
        history.acknowledge(revision, changes);
        apply(state, changes);
        uncertain = null;
      }
    } catch (StatusRuntimeException e) {
      switch (e.getStatus().getCode()) {
        case UNAVAILABLE, CANCELLED, UNKNOWN -> {}
        default -> history.fault("a write was refused: " + e.getStatus());
      }
    }
  }

  /** Does one write and returns its revision; what it changes is noted before it is sent. */
  private long write(EtcdClient client, SortedMap<String, String> changes) {
    String key = key();
    int roll = random.nextInt(10);
    if (roll < 2 && state.containsKey(key)) {
      changes.put(key, KillHistory.DELETED);
      DeleteRangeRequest delete =
          DeleteRangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build();
      return client.call(EtcdClient.DELETE, delete).getHeader().getRevision();
    }
    if (roll < 5) {
      TxnRequest.Builder txn = TxnRequest.newBuilder();
      for (int i = 0; i < 3; i++) {
        String each = key();
        if (!changes.containsKey(each)) {
          changes.put(each, value());
          txn.addSuccess(RequestOp.newBuilder().setRequestPut(put(each, changes.get(each))));
        }
      }
      return client.call(EtcdClient.TXN, txn.build()).getHeader().getRevision();
    }
    changes.put(key, value());
    return client.call(EtcdClient.PUT, put(key, changes.get(key))).getHeader().getRevision();
  }

  private static PutRequest put(String key, String value) {
    return PutRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setValue(ByteString.copyFromUtf8(value))
        .build();
  }

  private String key() {
    return prefix + random.nextInt(KEYS);
  }

  /** A value that no other write has. */
  private String value() {
    return ++sequence + "-" + "v".repeat(random.nextInt(VALUE_BYTES_MAX));
  }

  /** Compares with what the server holds after a restart, and goes on from there. */
  void verify(TreeMap<String, String> found) {
    SortedMap<String, String> maybe = uncertain;
    if (maybe != null) {
      TreeMap<String, String> after = new TreeMap<>(state);
      apply(after, maybe);
      if (found.equals(after)) {
        state = after;
      }
    }
    uncertain = null;
    assertThat(found).as("keys below %s", prefix).isEqualTo(state);
  }

  private static void apply(Map<String, String> state, Map<String, String> changes) {
    changes.forEach(
        (key, value) -> {
          if (value.equals(KillHistory.DELETED)) {
            state.remove(key);
          } else {
            state.put(key, value);
          }
        });
  }
}
