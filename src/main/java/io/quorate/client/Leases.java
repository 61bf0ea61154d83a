package io.quorate.client;

import io.quorate.base.Bytes;
import io.quorate.client.wire.Method.Repeat;
import io.quorate.client.wire.Methods;
import io.quorate.client.wire.Wire;
import io.quorate.proto.etcd.LeaseGrantRequest;
import io.quorate.proto.etcd.LeaseLeasesRequest;
import io.quorate.proto.etcd.LeaseStatus;
import io.quorate.proto.etcd.LeaseTimeToLiveRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Leases by their ids, of this program or another; {@link Client#lease} keeps one alive. */
public final class Leases {
  private final Wire wire;
  private final LeaseKeeper keeper;

  /**
   * What a member knows of a lease.
   *
   * @param id its id
   * @param remaining until it expires; negative if it is gone
   * @param granted what it is renewed for
   * @param keys the keys that end with it, if they were asked for
   */
  public record Info(long id, Duration remaining, Duration granted, List<Bytes> keys) {
    /** Whether it is there. */
    public boolean exists() {
      return !remaining.isNegative();
    }
  }

  Leases(Wire wire, LeaseKeeper keeper) {
    this.wire = wire;
    this.keeper = keeper;
  }

  /** Whole seconds, at least one: what the API counts in. */
  static long seconds(Duration ttl) {
    if (ttl.isNegative() || ttl.isZero()) {
      throw new IllegalArgumentException("a lease lives longer than " + ttl);
    }
    return ttl.plusNanos(999_999_999).toSeconds();
  }

  /**
   * A lease that nobody keeps alive: it expires once, {@code ttl} (rounded up to seconds) from now.
   */
  public CompletionStage<Long> grant(Duration ttl) {
    return wire.call(
        Methods.LEASE_GRANT.with(Repeat.HARMLESS),
        LeaseGrantRequest.newBuilder().setTTL(seconds(ttl)).build(),
        answer -> answer.getID());
  }

  /** What is known of a lease, with its keys if {@code withKeys}. */
  public CompletionStage<Info> timeToLive(long id, boolean withKeys) {
    return wire.call(
        Methods.LEASE_TIME_TO_LIVE,
        LeaseTimeToLiveRequest.newBuilder().setID(id).setKeys(withKeys).build(),
        answer ->
            new Info(
                answer.getID(),
                Duration.ofSeconds(answer.getTTL()),
                Duration.ofSeconds(answer.getGrantedTTL()),
                answer.getKeysList().stream().map(Answers::bytes).toList()));
  }

  /** The ids of all leases. */
  public CompletionStage<List<Long>> list() {
    return wire.call(
        Methods.LEASE_LEASES,
        LeaseLeasesRequest.getDefaultInstance(),
        answer -> answer.getLeasesList().stream().map(LeaseStatus::getID).toList());
  }

  /** Ends a lease and its keys; one that is gone is ended. */
  public CompletionStage<Void> revoke(long id) {
    return keeper.revoke(id);
  }
}
