package io.quorate.compat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.quorate.proto.etcd.CompactionRequest;
import io.quorate.proto.etcd.Compare;
import io.quorate.proto.etcd.DeleteRangeRequest;
import io.quorate.proto.etcd.LeaseGrantRequest;
import io.quorate.proto.etcd.LeaseRevokeRequest;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.RequestOp;
import io.quorate.proto.etcd.TxnRequest;
import java.util.Random;

/**
 * A seeded sequence of writes: puts, deletes of keys and ranges, transactions, leases, compactions.
 * Two servers that are given the same sequence one by one must answer the same. Some of the
 * operations are refused, by both alike. No lease is short enough to expire meanwhile.
 */
final class RandomOperations {
  private static final int KEYS = 300;
  private static final int LEASES = 20;
  private static final long LEASE_TTL_SECONDS = 100_000;
  private static final int LONG_KEY_BYTES_MAX = 1200;
  private static final int LARGE_VALUE_BYTES_MAX = 4000;
  private static final int SMALL_VALUE_BYTES_MAX = 40;

  /** One call. */
  record Operation(
      MethodDescriptor<? extends Message, ? extends Message> method, Message request) {}

  private final Random random;

  RandomOperations(long seed) {
    this.random = new Random(seed);
  }

  /**
   * The next operation.
   *
   * @param revision the store's revision now, near which a compaction is placed
   */
  Operation next(long revision) {
    int roll = random.nextInt(1000);
    if (roll < 520) {
      return new Operation(EtcdClient.PUT, put());
    }
    if (roll < 660) {
      return new Operation(EtcdClient.DELETE, delete());
    }
    if (roll < 900) {
      return new Operation(EtcdClient.TXN, txn(2));
    }
    if (roll < 945) {
      return new Operation(
          EtcdClient.LEASE_GRANT,
          LeaseGrantRequest.newBuilder().setID(lease()).setTTL(LEASE_TTL_SECONDS).build());
    }
    if (roll < 990) {
      return new Operation(
          EtcdClient.LEASE_REVOKE, LeaseRevokeRequest.newBuilder().setID(lease()).build());
    }
    long near = revision - random.nextInt(150);
    // One at 0 leaves a hash in the reference's cache with which it then answers every HashKV of
    // the newest revision.
    long at = near == 0 ? 1 : near;
    return new Operation(
        EtcdClient.COMPACT,
        CompactionRequest.newBuilder().setRevision(at).setPhysical(random.nextBoolean()).build());
  }

  private PutRequest put() {
    PutRequest.Builder put = PutRequest.newBuilder().setKey(key()).setPrevKv(random.nextBoolean());
    int roll = random.nextInt(20);
    if (roll == 0) {
      put.setIgnoreValue(true);
    } else {
      put.setValue(value());
    }
    if (roll == 1) {
      put.setIgnoreLease(true);
    } else if (roll < 7) {
      put.setLease(lease());
    }
    return put.build();
  }

  private DeleteRangeRequest delete() {
    DeleteRangeRequest.Builder delete =
        DeleteRangeRequest.newBuilder().setKey(key()).setPrevKv(random.nextBoolean());
    if (random.nextInt(4) == 0) {
      delete.setRangeEnd(delete.getKey().concat(ByteString.copyFromUtf8("5")));
    }
    return delete.build();
  }

  private TxnRequest txn(int depth) {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    for (int i = random.nextInt(3); i > 0; i--) {
      txn.addCompare(compare());
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      txn.addSuccess(operation(depth));
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      txn.addFailure(operation(depth));
    }
    return txn.build();
  }

  private Compare compare() {
    Compare.Builder compare =
        Compare.newBuilder()
            .setKey(key())
            .setResult(Compare.CompareResult.forNumber(random.nextInt(4)));
    switch (random.nextInt(5)) {
      case 0 -> compare.setTarget(Compare.CompareTarget.VERSION).setVersion(random.nextInt(4));
      case 1 -> compare.setTarget(Compare.CompareTarget.CREATE).setCreateRevision(0);
      case 2 -> compare.setTarget(Compare.CompareTarget.MOD).setModRevision(random.nextInt(5000));
      case 3 -> compare.setTarget(Compare.CompareTarget.VALUE).setValue(value());
      default -> compare.setTarget(Compare.CompareTarget.LEASE).setLease(lease());
    }
    if (random.nextInt(5) == 0) {
      compare.setRangeEnd(compare.getKey().concat(ByteString.copyFromUtf8("5")));
    }
    return compare.build();
  }

  private RequestOp operation(int depth) {
    int roll = random.nextInt(10);
    if (roll == 0 && depth > 0) {
      return RequestOp.newBuilder().setRequestTxn(txn(depth - 1)).build();
    }
    if (roll < 3) {
      return RequestOp.newBuilder().setRequestDeleteRange(delete()).build();
    }
    return RequestOp.newBuilder().setRequestPut(put()).build();
  }

  /** Mostly short keys that share prefixes, and a few about and above 511 bytes. */
  private ByteString key() {
    int number = random.nextInt(KEYS);
    String key = Integer.toString(number);
    if (number % 25 == 0) {
      key = "long/" + "k".repeat(480 + number % 60) + "x".repeat(number * 2) + key;
      key = key.substring(0, Math.min(key.length(), LONG_KEY_BYTES_MAX));
    }
    return ByteString.copyFromUtf8(key);
  }

  private ByteString value() {
    boolean large = random.nextInt(50) == 0;
    byte[] bytes = new byte[random.nextInt(large ? LARGE_VALUE_BYTES_MAX : SMALL_VALUE_BYTES_MAX)];
    random.nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }

  private long lease() {
    return 1 + random.nextInt(LEASES);
  }
}
