package io.quorate.client;

import io.quorate.base.Bytes;
import io.quorate.client.wire.Method.Repeat;
import io.quorate.client.wire.Methods;
import io.quorate.client.wire.Wire;
import io.quorate.proto.etcd.CompactionRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Publisher;

/**
 * A client of a Quorate or etcd cluster. One is enough for a program: for all its threads, over one
 * connection to each member.
 *
 * <p>Calls go to members in turn. One that is down, silent, without a leader, or that says that it
 * does not serve, is left at once. A read that has no answer is asked of another member; a write is
 * sent again only if it certainly was not done, and otherwise ends as {@link
 * ClientException.Ambiguous}. Every call ends within {@link ClientBuilder#callTimeout}.
 *
 * <p>What depends on a stage runs on a thread of the client unless it asks for another one ({@code
 * thenApplyAsync}). It must not block there; waiting for another answer of the client is noticed
 * and throws.
 */
public final class Client implements AutoCloseable {
  private final Wire wire;
  private final LeaseKeeper keeper;
  private final Leases leases;
  private final Cluster cluster;
  private final Maintenance maintenance;

  Client(Wire wire) {
    this.wire = wire;
    this.keeper = new LeaseKeeper(wire);
    this.leases = new Leases(wire, keeper);
    this.cluster = new Cluster(wire);
    this.maintenance = new Maintenance(wire);
  }

  /**
   * Begins a client of the members at {@code endpoints}: {@code http://host:port}, {@code
   * https://host:port} or {@code host:port}. One that can be reached is enough.
   *
   * @throws IllegalArgumentException naming an endpoint that is none
   */
  public static ClientBuilder at(String... endpoints) {
    return ClientBuilder.at(endpoints);
  }

  /** As {@link #at(String...)}. */
  public static ClientBuilder at(List<String> endpoints) {
    return ClientBuilder.at(endpoints);
  }

  // Keys.

  /** The key as it is now, if it is there. */
  public CompletionStage<Optional<KeyValue>> get(Bytes key) {
    return wire.call(
        Methods.RANGE,
        Requests.range(Range.of(key)),
        answer ->
            answer.getKvsCount() == 0
                ? Optional.empty()
                : Optional.of(Answers.keyValue(answer.getKvs(0))));
  }

  /** The key, in UTF-8, as it is now, if it is there. */
  public CompletionStage<Optional<KeyValue>> get(String key) {
    return get(Bytes.utf8(key));
  }

  /** What {@code range} asks for, in one answer: for what is known to be little. */
  public CompletionStage<RangeResult> range(Range range) {
    return wire.call(Pager.method(range), Requests.range(range), Answers::range);
  }

  /**
   * What {@code range} asks for, key by key, all as of one revision. Read from the members as the
   * subscriber asks for it. Fails with {@link ClientException.Compacted} if that takes so long that
   * the revision is compacted meanwhile. Each subscriber reads anew.
   */
  public Publisher<KeyValue> stream(Range range) {
    return subscriber -> new RangeEmission(subscriber, wire, range).start();
  }

  /** How many keys {@code keys} are now. */
  public CompletionStage<Long> count(Interval keys) {
    return wire.call(
        Methods.RANGE,
        Requests.range(Range.of(keys).only(Range.Parts.COUNT)),
        answer -> answer.getCount());
  }

  /** Writes one key. */
  public CompletionStage<PutResult> put(Bytes key, Bytes value) {
    return put(Put.of(key, value));
  }

  /** Writes one key, both in UTF-8. */
  public CompletionStage<PutResult> put(String key, String value) {
    return put(Put.of(key, value));
  }

  /** Writes one key. */
  public CompletionStage<PutResult> put(Put put) {
    return wire.call(Methods.PUT, Requests.put(put), Answers::put);
  }

  /** Removes one key, if it is there. */
  public CompletionStage<DeleteResult> delete(Bytes key) {
    return delete(Delete.of(key));
  }

  /** Removes one key, in UTF-8, if it is there. */
  public CompletionStage<DeleteResult> delete(String key) {
    return delete(Delete.of(key));
  }

  /** Removes keys. */
  public CompletionStage<DeleteResult> delete(Delete delete) {
    return wire.call(Methods.DELETE, Requests.delete(delete), Answers::delete);
  }

  /** Does several things at once, or none of them. */
  public CompletionStage<TxnResult> txn(Txn txn) {
    return wire.call(
        txn.isRead() ? Methods.TXN.with(Repeat.HARMLESS) : Methods.TXN,
        Requests.txn(txn),
        Answers::txn);
  }

  /**
   * Forgets what was superseded at or below {@code revision}.
   *
   * @param isPhysical whether the answer waits until the space is free
   */
  public CompletionStage<Void> compact(long revision, boolean isPhysical) {
    return wire.call(
        Methods.COMPACT,
        CompactionRequest.newBuilder().setRevision(revision).setPhysical(isPhysical).build(),
        answer -> null);
  }

  // What happens.

  /**
   * What happens to some keys: told once and in order, whatever becomes of members and connections,
   * until the subscriber cancels. It ends by itself only if a member refuses it, if what it has to
   * tell next is compacted and it did not begin with a list, or with the client. Each subscriber
   * has a watch of its own.
   */
  public Publisher<WatchSignal> watch(Watch watch) {
    return subscriber -> new WatchEmission(subscriber, wire, watch).start();
  }

  /**
   * A lease that the client keeps alive.
   *
   * @param ttl how long it lives on when this program does not; rounded up to seconds
   */
  public CompletionStage<Lease> lease(Duration ttl) {
    return keeper.grant(ttl);
  }

  /** Leases by their ids. */
  public Leases leases() {
    return leases;
  }

  /** The members. */
  public Cluster cluster() {
    return cluster;
  }

  /** The state of members, and their care: status, hashes, alarms, snapshots. */
  public Maintenance maintenance() {
    return maintenance;
  }

  /**
   * Ends every call, watch and lease that is under way, with {@link ClientException.Closed} or
   * {@link LeaseState.Reason#CLOSED}, and waits until no connection and no thread of the client is
   * left, at most a few seconds. Leases are not revoked: they expire.
   */
  @Override
  public void close() {
    wire.close();
  }
}
