package io.quorate.apply;

import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.LeaseIndex;
import io.quorate.mvcc.Table;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The leases and which keys hang on them. The leases themselves are few and live in memory; their
 * keys may be as many as the store's and are only looked up when a lease ends or is asked about.
 */
final class LeaseTable implements LeaseIndex {
  /** The longest time to live, in seconds. */
  static final long TTL_MAX_SECONDS = 9_000_000_000L;

  /** What a lease counts for in the space quota, in bytes. */
  static final int COUNTED_BYTES = 64;

  /** A longer key is filed under its digest: rows of small tables have keys below 511 bytes. */
  private static final int KEY_INLINE_BYTES_MAX = 400;

  private final KvStore store;
  private final long ttlMinSeconds;
  private final TreeMap<Long, LeaseFacts> leases = new TreeMap<>();

  LeaseTable(KvStore store, long ttlMinSeconds) {
    this.store = store;
    this.ttlMinSeconds = ttlMinSeconds;
  }

  /** Takes a lease as it was read from disk. */
  void restore(LeaseFacts lease) {
    leases.put(lease.id(), lease);
  }

  Collection<LeaseFacts> all() {
    return Collections.unmodifiableCollection(leases.values());
  }

  int size() {
    return leases.size();
  }

  @Nullable LeaseFacts find(long id) {
    return leases.get(id);
  }

  LeaseFacts grant(long id, long ttl) {
    if (id == 0) {
      throw EtcdError.LEASE_NOT_FOUND.exception();
    }
    if (ttl > TTL_MAX_SECONDS) {
      throw EtcdError.LEASE_TTL_TOO_LARGE.exception();
    }
    if (leases.containsKey(id)) {
      throw EtcdError.LEASE_EXIST.exception();
    }
    return set(new LeaseFacts(id, Math.max(ttl, ttlMinSeconds), 0));
  }

  /** Notes the seconds left of a lease that exists; says whether it does. */
  boolean checkpoint(long id, long seconds) {
    LeaseFacts lease = leases.get(id);
    if (lease != null) {
      set(new LeaseFacts(id, lease.ttl(), seconds));
    }
    return lease != null;
  }

  void remove(long id) {
    leases.remove(id);
    store.putTable(Table.LEASE, Bytes.ofLong(id), null);
  }

  /** The keys of a lease, in key order. */
  List<Bytes> keysOf(long id) {
    List<Bytes> keys = new ArrayList<>();
    store.forEachTableRow(
        Table.ATTACHED,
        Bytes.ofLong(id),
        (row, value) -> {
          keys.add(row.at(Long.BYTES) == INLINE ? row.slice(Long.BYTES + 1, row.size()) : value);
          return true;
        });
    Collections.sort(keys);
    return keys;
  }

  @Override
  public boolean exists(long lease) {
    return leases.containsKey(lease);
  }

  @Override
  public void attach(long lease, Bytes key) {
    store.putTable(
        Table.ATTACHED, rowOf(lease, key), key.size() <= KEY_INLINE_BYTES_MAX ? Bytes.EMPTY : key);
  }

  @Override
  public void detach(long lease, Bytes key) {
    store.putTable(Table.ATTACHED, rowOf(lease, key), null);
  }

  private LeaseFacts set(LeaseFacts lease) {
    leases.put(lease.id(), lease);
    store.putTable(Table.LEASE, Bytes.ofLong(lease.id()), lease.encode());
    return lease;
  }

  private static final int INLINE = 0;
  private static final int DIGEST = 1;

  private static Bytes rowOf(long lease, Bytes key) {
    ByteWriter row = new ByteWriter(Long.BYTES + 1 + Math.min(key.size(), KEY_INLINE_BYTES_MAX));
    row.putLong(lease);
    if (key.size() <= KEY_INLINE_BYTES_MAX) {
      return row.put(INLINE).putRaw(key).toBytes();
    }
    return row.put(DIGEST).putRaw(digest(key)).toBytes();
  }

  private static Bytes digest(Bytes key) {
    try {
      return Bytes.wrap(MessageDigest.getInstance("SHA-256").digest(key.unsafeArray()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
