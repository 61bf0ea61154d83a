package io.quorate.mvcc;

import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What a store is, without any thought of speed: the list of all that was ever written. Every read
 * plays the list from its beginning.
 */
final class StoreModel {
  /** One write: what it left, and its place within its transaction. */
  record Write(KeyValue kv, int sub) {}

  /** A change and the pair of the revision before it. */
  record Change(KeyValue kv, @Nullable KeyValue previous) {}

  private final List<Write> writes = new ArrayList<>();
  private final Set<Long> leases = new HashSet<>();
  private long revision = 1;
  private long compacted = -1;

  long revision() {
    return revision;
  }

  long compacted() {
    return compacted;
  }

  void grant(long lease) {
    leases.add(lease);
  }

  void compact(long at) {
    if (at <= compacted) {
      throw EtcdError.COMPACTED.exception();
    }
    if (at > revision) {
      throw EtcdError.FUTURE_REV.exception();
    }
    compacted = at;
  }

  /** The live pairs at a revision, writes of an unfinished transaction included. */
  TreeMap<Bytes, KeyValue> at(long asked) {
    TreeMap<Bytes, KeyValue> pairs = new TreeMap<>();
    for (Write write : writes) {
      if (write.kv().modRevision() <= asked) {
        if (write.kv().version() == 0) {
          pairs.remove(write.kv().key());
        } else {
          pairs.put(write.kv().key(), write.kv());
        }
      }
    }
    return pairs;
  }

  private static Map<Bytes, KeyValue> in(KeyRange keys, TreeMap<Bytes, KeyValue> pairs) {
    TreeMap<Bytes, KeyValue> part = new TreeMap<>(pairs);
    part.keySet().removeIf(key -> key.compareTo(keys.from()) < 0);
    Bytes to = keys.to();
    part.keySet().removeIf(key -> to != null && key.compareTo(to) >= 0);
    return part;
  }

  OpResult.Range range(Op.Range range) {
    check(range.revision());
    return range(range, revision);
  }

  private void check(long asked) {
    if (asked > revision) {
      throw EtcdError.FUTURE_REV.exception();
    }
    if (asked > 0 && asked < compacted) {
      throw EtcdError.COMPACTED.exception();
    }
  }

  private OpResult.Range range(Op.Range range, long newest) {
    var all = in(range.keys(), at(range.revision() > 0 ? range.revision() : newest)).values();
    if (range.countOnly()) {
      return new OpResult.Range(newest, List.of(), false, all.size());
    }
    List<KeyValue> kvs = new ArrayList<>(all);
    Op.RevisionBounds bounds = range.bounds();
    boolean bounded =
        bounds.minMod() + bounds.maxMod() + bounds.minCreate() + bounds.maxCreate() > 0;
    if (range.limit() > 0 && !bounded && range.sort().order() == Op.SortOrder.NONE) {
      kvs = new ArrayList<>(kvs.subList(0, (int) Math.min(kvs.size(), range.limit() + 1)));
    }
    kvs.removeIf(kv -> bounds.maxMod() > 0 && kv.modRevision() > bounds.maxMod());
    kvs.removeIf(kv -> kv.modRevision() < bounds.minMod());
    kvs.removeIf(kv -> bounds.maxCreate() > 0 && kv.createRevision() > bounds.maxCreate());
    kvs.removeIf(kv -> kv.createRevision() < bounds.minCreate());
    kvs.sort(order(range));
    boolean more = range.limit() > 0 && kvs.size() > range.limit();
    if (more) {
      kvs = kvs.subList(0, (int) range.limit());
    }
    if (range.keysOnly()) {
      boolean lease = range.sort().target() == Op.SortTarget.VALUE;
      kvs = kvs.stream().map(kv -> bare(kv, lease ? kv.lease() : 0)).toList();
    }
    return new OpResult.Range(newest, kvs, more, all.size());
  }

  private static KeyValue bare(KeyValue kv, long lease) {
    return new KeyValue(
        kv.key(), kv.createRevision(), kv.modRevision(), kv.version(), Bytes.EMPTY, lease);
  }

  private static Comparator<KeyValue> order(Op.Range range) {
    Comparator<KeyValue> by =
        switch (range.sort().target()) {
          case KEY -> Comparator.comparing(KeyValue::key);
          case VERSION -> Comparator.comparing(KeyValue::version);
          case CREATE -> Comparator.comparing(KeyValue::createRevision);
          case MOD -> Comparator.comparing(KeyValue::modRevision);
          case VALUE -> Comparator.comparing(KeyValue::value);
        };
    return range.sort().order() == Op.SortOrder.DESCEND ? Collections.reverseOrder(by) : by;
  }

  /** Does {@code op}; refuses it before anything is written. */
  OpResult write(Op op) {
    Map<Op.Txn, Boolean> guards = new java.util.IdentityHashMap<>();
    check(op, guards);
    int before = writes.size();
    OpResult result = run(op, guards, before);
    if (writes.size() > before) {
      revision++;
    }
    return result;
  }

  private void check(Op op, Map<Op.Txn, Boolean> guards) {
    if (op instanceof Op.Txn txn) {
      decide(txn, guards);
      checkChosen(txn, guards);
    } else {
      checkChosen(op, guards);
    }
  }

  private void decide(Op.Txn txn, Map<Op.Txn, Boolean> guards) {
    guards.put(txn, txn.compares().stream().allMatch(this::holds));
    chosen(txn, guards).stream()
        .filter(Op.Txn.class::isInstance)
        .forEach(each -> decide((Op.Txn) each, guards));
  }

  private static List<Op> chosen(Op.Txn txn, Map<Op.Txn, Boolean> guards) {
    return guards.get(txn) ? txn.success() : txn.failure();
  }

  private void checkChosen(Op op, Map<Op.Txn, Boolean> guards) {
    if (op instanceof Op.Txn txn) {
      chosen(txn, guards).forEach(each -> checkChosen(each, guards));
    } else if (op instanceof Op.Range range) {
      check(range.revision());
    } else if (op instanceof Op.Put put) {
      if (put.lease() != 0 && !leases.contains(put.lease())) {
        throw EtcdError.LEASE_NOT_FOUND.exception();
      }
      boolean keeps = put.ignoreValue() || put.ignoreLease();
      if (keeps && !at(revision).containsKey(put.key())) {
        throw EtcdError.KEY_NOT_FOUND.exception();
      }
    }
  }

  private boolean holds(Op.Compare compare) {
    List<KeyValue> kvs = new ArrayList<>(in(compare.keys(), at(revision)).values());
    if (kvs.isEmpty()) {
      if (compare.target() == Op.Target.VALUE) {
        return false;
      }
      kvs.add(KeyValue.deleted(Bytes.EMPTY, 0));
    }
    return kvs.stream().allMatch(kv -> holds(compare, kv));
  }

  private static boolean holds(Op.Compare compare, KeyValue kv) {
    int sign =
        switch (compare.target()) {
          case VERSION -> Long.signum(kv.version() - compare.number());
          case CREATE -> Long.signum(kv.createRevision() - compare.number());
          case MOD -> Long.signum(kv.modRevision() - compare.number());
          case LEASE -> Long.signum(kv.lease() - compare.number());
          case VALUE -> Integer.signum(kv.value().compareTo(compare.value()));
        };
    return switch (compare.relation()) {
      case EQUAL -> sign == 0;
      case GREATER -> sign == 1;
      case LESS -> sign == -1;
      case NOT_EQUAL -> sign != 0;
    };
  }

  private OpResult run(Op op, Map<Op.Txn, Boolean> guards, int before) {
    long next = revision + 1;
    TreeMap<Bytes, KeyValue> now = at(next);
    if (op instanceof Op.Put put) {
      KeyValue old = now.get(put.key());
      KeyValue kv =
          new KeyValue(
              put.key(),
              old == null ? next : old.createRevision(),
              next,
              old == null ? 1 : old.version() + 1,
              put.ignoreValue() && old != null ? old.value() : put.value(),
              put.ignoreLease() ? (old == null ? 0 : old.lease()) : put.lease());
      writes.add(new Write(kv, writes.size() - before));
      return new OpResult.Put(next, put.prevKv() ? old : null);
    }
    if (op instanceof Op.DeleteRange delete) {
      List<KeyValue> old = List.copyOf(in(delete.keys(), now).values());
      for (KeyValue kv : old) {
        writes.add(new Write(KeyValue.deleted(kv.key(), next), writes.size() - before));
      }
      return new OpResult.DeleteRange(shown(before), old.size(), delete.prevKv() ? old : List.of());
    }
    if (op instanceof Op.Range range) {
      return range(range, shown(before));
    }
    Op.Txn txn = (Op.Txn) op;
    List<OpResult> results = new ArrayList<>();
    chosen(txn, guards).forEach(each -> results.add(run(each, guards, before)));
    return new OpResult.Txn(shown(before), guards.get(txn), results);
  }

  private long shown(int before) {
    return writes.size() > before ? revision + 1 : revision;
  }

  /** The changes of the revisions {@code from} to {@code to}. */
  List<Change> changes(long from, long to) {
    List<Change> changes = new ArrayList<>();
    for (Write write : writes) {
      long main = write.kv().modRevision();
      if (main >= from && main <= to) {
        KeyValue previous = main - 1 < compacted ? null : at(main - 1).get(write.kv().key());
        changes.add(new Change(write.kv(), previous));
      }
    }
    return changes;
  }

  /** The writes that a finished compaction leaves. */
  List<Write> physical() {
    return physical(compacted);
  }

  private List<Write> physical(long at) {
    TreeMap<Bytes, Write> newest = newest(at);
    return writes.stream()
        .filter(
            write -> {
              long main = write.kv().modRevision();
              boolean gone = write.kv().isDeleted() && main < at;
              return main > at || (newest.get(write.kv().key()) == write && !gone);
            })
        .toList();
  }

  private TreeMap<Bytes, Write> newest(long at) {
    TreeMap<Bytes, Write> newest = new TreeMap<>();
    for (Write write : writes) {
      if (write.kv().modRevision() <= at) {
        newest.put(write.kv().key(), write);
      }
    }
    return newest;
  }

  /** The hash at {@code asked} as HashKV computes it. */
  int hash(long asked) {
    TreeMap<Bytes, Write> kept = newest(asked);
    kept.values().removeIf(write -> write.kv().isDeleted());
    return hash(compacted, asked, new HashSet<>(kept.values()));
  }

  /** The hash that a compaction at {@code asked} takes after one at {@code previous}. */
  int compactionHash(long previous, long asked) {
    TreeMap<Bytes, Write> kept = newest(asked);
    kept.values().removeIf(write -> write.kv().isDeleted() && write.kv().modRevision() != asked);
    return hash(previous, asked, new HashSet<>(kept.values()));
  }

  private int hash(long below, long asked, Set<Write> kept) {
    CRC32C crc = new CRC32C();
    crc.update(new byte[] {'k', 'e', 'y'});
    for (Write write : physical(below)) {
      long main = write.kv().modRevision();
      boolean scheduled = main <= below && !kept.isEmpty() && !kept.contains(write);
      if (main > asked || scheduled || (main == below && write.kv().isDeleted())) {
        continue;
      }
      ByteWriter key = new ByteWriter(18).putLong(main).put('_').putLong(write.sub());
      crc.update((write.kv().isDeleted() ? key.put('t') : key).toBytes().unsafeArray());
      crc.update(message(write.kv()));
    }
    return (int) crc.getValue();
  }

  private static byte[] message(KeyValue kv) {
    return io.quorate.proto.etcd.KeyValue.newBuilder()
        .setKey(com.google.protobuf.ByteString.copyFrom(kv.key().unsafeArray()))
        .setCreateRevision(kv.createRevision())
        .setModRevision(kv.isDeleted() ? 0 : kv.modRevision())
        .setVersion(kv.version())
        .setValue(com.google.protobuf.ByteString.copyFrom(kv.value().unsafeArray()))
        .setLease(kv.lease())
        .build()
        .toByteArray();
  }
}
