package io.quorate.client;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.quorate.base.EtcdError;
import io.quorate.proto.etcd.DeleteRangeRequest;
import io.quorate.proto.etcd.Event;
import io.quorate.proto.etcd.KeyValue;
import io.quorate.proto.etcd.Member;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.RangeResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the fake members of one cluster have in common: keys with their history, and leases. */
final class FakeStore {
  static final long CLUSTER = 0xc1;

  private final List<Written> history = new ArrayList<>();
  private final TreeMap<ByteString, KeyValue> now =
      new TreeMap<>(ByteString.unsignedLexicographicalComparator());
  private final Map<Long, Granted> leases = new HashMap<>();
  private final List<Consumer<Written>> listeners = new CopyOnWriteArrayList<>();
  private final List<Member> members = new CopyOnWriteArrayList<>();
  private final AtomicLong leaseIds = new AtomicLong(1_000);
  private final AtomicLong tokens = new AtomicLong();
  private volatile @Nullable String token;
  private long compacted;

  /** A revision. */
  record Written(long revision, List<Event> events) {}

  /** A lease; it expires at {@code untilNanos}. */
  record Granted(long ttlSeconds, long untilNanos) {}

  /** The first revision that is written is 2, as etcd has it. */
  synchronized long revision() {
    return history.isEmpty() ? 1 : history.get(history.size() - 1).revision();
  }

  /** Tells {@code listener} of each revision from now on, and what there was from {@code first}. */
  synchronized List<Written> follow(long first, Consumer<Written> listener) {
    listeners.add(listener);
    return history.stream().filter(written -> written.revision() >= first).toList();
  }

  void forget(Consumer<Written> listener) {
    listeners.remove(listener);
  }

  synchronized List<Written> history() {
    return List.copyOf(history);
  }

  synchronized void compact(long revision) {
    compacted = revision;
  }

  synchronized long compacted() {
    return compacted;
  }

  synchronized long put(PutRequest request) {
    return write(List.of(put(request.getKey(), request.getValue())));
  }

  /** Writes several keys at one revision. */
  synchronized long putAll(List<String> keys, String value) {
    return write(
        keys.stream()
            .map(key -> put(ByteString.copyFromUtf8(key), ByteString.copyFromUtf8(value)))
            .toList());
  }

  synchronized long put(String key, String value) {
    return putAll(List.of(key), value);
  }

  private Event put(ByteString key, ByteString value) {
    long next = revision() + 1;
    KeyValue before = at(revision()).get(key);
    return Event.newBuilder()
        .setKv(
            KeyValue.newBuilder()
                .setKey(key)
                .setValue(value)
                .setCreateRevision(before == null ? next : before.getCreateRevision())
                .setVersion(before == null ? 1 : before.getVersion() + 1)
                .setModRevision(next))
        .build();
  }

  synchronized long delete(DeleteRangeRequest request) {
    List<ByteString> gone =
        at(revision()).keySet().stream()
            .filter(key -> isIn(key, request.getKey(), request.getRangeEnd()))
            .toList();
    long next = revision() + 1;
    if (!gone.isEmpty()) {
      write(
          gone.stream()
              .map(
                  key ->
                      Event.newBuilder()
                          .setType(Event.EventType.DELETE)
                          .setKv(KeyValue.newBuilder().setKey(key).setModRevision(next))
                          .build())
              .toList());
    }
    return gone.size();
  }

  private long write(List<Event> events) {
    Written written = new Written(revision() + 1, events);
    history.add(written);
    apply(written, now);
    listeners.forEach(listener -> listener.accept(written));
    return written.revision();
  }

  static boolean isIn(ByteString key, ByteString first, ByteString end) {
    if (end.isEmpty()) {
      return key.equals(first);
    }
    boolean isOpen = end.size() == 1 && end.byteAt(0) == 0;
    return compare(key, first) >= 0 && (isOpen || compare(key, end) < 0);
  }

  private static int compare(ByteString one, ByteString other) {
    return ByteString.unsignedLexicographicalComparator().compare(one, other);
  }

  private TreeMap<ByteString, KeyValue> at(long revision) {
    if (revision == revision()) {
      return now;
    }
    TreeMap<ByteString, KeyValue> keys =
        new TreeMap<>(ByteString.unsignedLexicographicalComparator());
    for (Written written : history) {
      if (written.revision() <= revision) {
        apply(written, keys);
      }
    }
    return keys;
  }

  private static void apply(Written written, Map<ByteString, KeyValue> keys) {
    for (Event event : written.events()) {
      if (event.getType() == Event.EventType.PUT) {
        keys.put(event.getKv().getKey(), event.getKv());
      } else {
        keys.remove(event.getKv().getKey());
      }
    }
  }

  synchronized RangeResponse.Builder range(RangeRequest request, long known) {
    if (request.getRevision() > Math.min(known, revision())) {
      throw refusal(EtcdError.FUTURE_REV);
    }
    if (request.getRevision() > 0 && request.getRevision() < compacted) {
      throw refusal(EtcdError.COMPACTED);
    }
    List<KeyValue> found =
        at(request.getRevision() == 0 ? revision() : request.getRevision()).values().stream()
            .filter(kv -> isIn(kv.getKey(), request.getKey(), request.getRangeEnd()))
            .toList();
    RangeResponse.Builder answer = RangeResponse.newBuilder().setCount(found.size());
    if (request.getCountOnly()) {
      return answer;
    }
    long limit = request.getLimit() == 0 ? found.size() : request.getLimit();
    return answer.addAllKvs(found.stream().limit(limit).toList()).setMore(found.size() > limit);
  }

  static RuntimeException refusal(EtcdError error) {
    return status(error).asRuntimeException();
  }

  static Status status(EtcdError error) {
    return Status.fromCodeValue(error.code().number()).withDescription(error.text());
  }

  // Leases.

  long grant(long ttlSeconds) {
    long id = leaseIds.incrementAndGet();
    renew(id, ttlSeconds);
    return id;
  }

  private synchronized void renew(long id, long ttlSeconds) {
    leases.put(id, new Granted(ttlSeconds, System.nanoTime() + ttlSeconds * 1_000_000_000L));
  }

  /** What a renewal is answered: the time to live, or 0 if there is no such lease. */
  synchronized long keepAlive(long id) {
    Granted lease = lease(id);
    if (lease == null) {
      return 0;
    }
    renew(id, lease.ttlSeconds());
    return lease.ttlSeconds();
  }

  synchronized @Nullable Granted lease(long id) {
    Granted lease = leases.get(id);
    return lease == null || System.nanoTime() - lease.untilNanos() >= 0 ? null : lease;
  }

  /** Whether it was there. */
  synchronized boolean revoke(long id) {
    return leases.remove(id) != null;
  }

  // Users.

  /** From now on nobody is known who does not show a token of later. */
  void requireTokens() {
    token = "t" + tokens.incrementAndGet();
  }

  String authenticate() {
    return String.valueOf(token);
  }

  boolean isKnown(@Nullable String shown) {
    String wanted = token;
    return wanted == null || wanted.equals(shown);
  }

  // Members.

  List<Member> members() {
    return members;
  }
}
