package io.quorate.node;

import io.quorate.apply.Answer;
import io.quorate.apply.StateMachine;
import io.quorate.metrics.Counter;
import io.quorate.metrics.Histogram;
import io.quorate.metrics.MetricsSource;
import io.quorate.metrics.MetricsText;
import io.quorate.mvcc.Event;
import io.quorate.mvcc.OpResult;
import io.quorate.raft.HardState;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a member counts within: its disk, its log, its state machine. Names, units and bounds of
 * buckets are etcd's, so that what was written for etcd reads them. Any thread.
 */
public final class NodeMetrics implements MetricsSource {
  /** A batch of entries that takes longer to apply is slow, as etcd's default has it. */
  private static final Duration SLOW_APPLY = Duration.ofMillis(100);

  private final Proposals proposals;
  private final ReadQueue reads;
  private final Counter leaderChanges = new Counter();
  private final Counter heartbeatsLate = new Counter();
  private final Counter slowApplies = new Counter();
  private final Counter promotions = new Counter();

  private final Counter ranges = new Counter();
  private final Counter puts = new Counter();
  private final Counter putBytes = new Counter();
  private final Counter deletes = new Counter();
  private final Counter txns = new Counter();

  private final Counter leasesGranted = new Counter();
  private final Counter leasesRevoked = new Counter();
  private final Counter leasesRenewed = new Counter();
  private final Counter leasesExpired = new Counter();

  private final Histogram walSync = Histogram.doubling(0.001, 14);
  private final Histogram commit = Histogram.doubling(0.001, 14);
  private final Histogram defragmentation = Histogram.doubling(0.1, 13);
  private final Histogram snapshot = Histogram.doubling(0.01, 17);
  private final Histogram hash = Histogram.doubling(0.01, 15);
  private final Histogram hashOfRevision = Histogram.doubling(0.01, 15);

  private final AtomicInteger defragmenting = new AtomicInteger();
  private final AtomicInteger installing = new AtomicInteger();
  private volatile long compactedSeconds;
  // Of the thread that publishes it.
  private long leader = HardState.NOBODY;

  NodeMetrics(Proposals proposals, ReadQueue reads) {
    this.proposals = proposals;
    this.reads = reads;
  }

  // ---- consensus

  /** Somebody leads, or nobody does; called by one thread. */
  void leader(long next) {
    if (next != HardState.NOBODY && next != leader) {
      leaderChanges.increment();
    }
    leader = next;
  }

  /** This member leads, and its heartbeats left late. */
  void heartbeatLate() {
    heartbeatsLate.increment();
  }

  /** A learner was promoted by this member. */
  void promoted() {
    promotions.increment();
  }

  // ---- the state machine

  /** A batch of entries was applied in {@code nanos}. */
  void applied(List<StateMachine.Applied> outcomes, long nanos) {
    if (nanos > SLOW_APPLY.toNanos()) {
      slowApplies.increment();
    }
    for (StateMachine.Applied outcome : outcomes) {
      for (Event event : outcome.events()) {
        if (!event.isDelete()) {
          putBytes.add(event.kv().key().size() + (long) event.kv().value().size());
        }
      }
      if (outcome.answer() instanceof Answer.Written written) {
        count(written.result());
      } else {
        // The keys of a lease that ended.
        deletes.add(outcome.events().size());
      }
    }
  }

  private void count(OpResult result) {
    if (result instanceof OpResult.Txn txn) {
      // As etcd has it: what holds but one operation is no transaction.
      if (operations(txn) > 1) {
        txns.increment();
      }
      txn.results().forEach(this::countWithin);
    } else {
      countWithin(result);
    }
  }

  private void countWithin(OpResult result) {
    if (result instanceof OpResult.Put) {
      puts.increment();
    } else if (result instanceof OpResult.DeleteRange) {
      deletes.increment();
    } else if (result instanceof OpResult.Range) {
      ranges.increment();
    } else if (result instanceof OpResult.Txn nested) {
      nested.results().forEach(this::countWithin);
    }
  }

  private static int operations(OpResult.Txn txn) {
    int operations = 0;
    for (OpResult result : txn.results()) {
      operations += result instanceof OpResult.Txn nested ? operations(nested) : 1;
    }
    return operations;
  }

  /** A range, or a transaction of ranges, was read on behalf of a client. */
  public void read(OpResult result) {
    count(result);
  }

  /** A range is read that is told in parts. */
  public void rangeRead() {
    ranges.increment();
  }

  // ---- leases

  void leaseGranted() {
    leasesGranted.increment();
  }

  void leaseRevoked() {
    leasesRevoked.increment();
  }

  /** A lease was renewed by this member, which leads. */
  void leaseRenewed() {
    leasesRenewed.increment();
  }

  /** This member, which leads, has seen a lease expire. */
  void leaseExpired() {
    leasesExpired.increment();
  }

  // ---- the disk

  /** The log took so long to reach the device. */
  void walSynced(long nanos) {
    walSync.observeNanos(nanos);
  }

  /** A commit of the store took so long to reach the device. */
  void committed(long nanos) {
    commit.observeNanos(nanos);
  }

  /** Compaction has removed its last row. */
  void compacted() {
    compactedSeconds = TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis());
  }

  /** The store is being replaced by a snapshot, or was. */
  void installing(boolean begins) {
    installing.addAndGet(begins ? 1 : -1);
  }

  /** Follows a defragmentation. */
  <T> CompletionStage<T> defragmenting(CompletionStage<T> stage) {
    defragmenting.incrementAndGet();
    stage.whenComplete((done, failure) -> defragmenting.decrementAndGet());
    return defragmentation.timing(stage);
  }

  /** Follows a hash of all there is, or of what there was at a revision. */
  <T> CompletionStage<T> hashing(boolean ofRevision, CompletionStage<T> stage) {
    return (ofRevision ? hashOfRevision : hash).timing(stage);
  }

  /** A client has got a snapshot of the store, in {@code nanos}. */
  public void snapshotSent(long nanos) {
    snapshot.observeNanos(nanos);
  }

  // ---- the page

  @Override
  public void writeTo(MetricsText page) {
    writeConsensus(page);
    writeDisk(page);
    writeStore(page);
    page.counter("etcd_debugging_lease_granted_total", "Leases granted.", leasesGranted)
        .counter("etcd_debugging_lease_revoked_total", "Leases revoked.", leasesRevoked)
        .counter("etcd_debugging_lease_renewed_total", "Renewals, at the leader.", leasesRenewed)
        .counter(
            "etcd_debugging_server_lease_expired_total",
            "Leases that expired, at the leader.",
            leasesExpired);
  }

  private void writeConsensus(MetricsText page) {
    page.counter("etcd_server_leader_changes_seen_total", "Leaders seen.", leaderChanges)
        .counter(
            "etcd_server_heartbeat_send_failures_total",
            "Heartbeats of this leader that left late.",
            heartbeatsLate)
        .gauge("etcd_server_proposals_pending", "Proposals under way.", proposals.size())
        .counter(
            "etcd_server_proposals_failed_total",
            "Proposals that failed, or of which nobody knows.",
            proposals.failures())
        .counter(
            "etcd_server_slow_read_indexes_total",
            "Confirmations of reads that came too late.",
            reads.slowRounds())
        // Reads that meet a change of leader ask the next one, so none fails by that.
        .counter("etcd_server_read_indexes_failed_total", "Confirmations that failed.", 0)
        .counter("etcd_server_slow_apply_total", "Batches that were slow to apply.", slowApplies)
        .counter("etcd_server_learner_promote_successes", "Learners promoted here.", promotions)
        .gauge(
            "etcd_server_snapshot_apply_in_progress_total",
            "Whether a snapshot replaces the store.",
            installing.get());
  }

  private void writeDisk(MetricsText page) {
    page.histogram("etcd_disk_wal_fsync_duration_seconds", "Syncs of the log.", walSync)
        .histogram("etcd_disk_backend_commit_duration_seconds", "Commits of the store.", commit)
        .histogram(
            "etcd_disk_backend_defrag_duration_seconds", "Defragmentations.", defragmentation)
        .gauge(
            "etcd_disk_defrag_inflight",
            "Whether the store is being defragmented.",
            Math.min(1, defragmenting.get()))
        .histogram(
            "etcd_disk_backend_snapshot_duration_seconds", "Snapshots sent to clients.", snapshot);
  }

  private void writeStore(MetricsText page) {
    page.counter("etcd_mvcc_range_total", "Ranges read by this member.", ranges)
        .counter("etcd_mvcc_put_total", "Puts applied by this member.", puts)
        .counter("etcd_mvcc_delete_total", "Deletions applied by this member.", deletes)
        .counter("etcd_mvcc_txn_total", "Transactions of several operations.", txns)
        .histogram("etcd_mvcc_hash_duration_seconds", "Hashes of the store.", hash)
        .histogram("etcd_mvcc_hash_rev_duration_seconds", "Hashes at a revision.", hashOfRevision)
        .gauge(
            "etcd_debugging_mvcc_total_put_size_in_bytes",
            "Keys and values put since the start, in bytes.",
            putBytes.value())
        .gauge(
            "etcd_debugging_mvcc_db_compaction_last",
            "When a compaction was finished last, in seconds since 1970; 0 since the start.",
            compactedSeconds);
  }
}
