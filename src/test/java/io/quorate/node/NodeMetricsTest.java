package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.apply.Answer;
import io.quorate.apply.Command;
import io.quorate.apply.StateMachine;
import io.quorate.base.Bytes;
import io.quorate.metrics.MetricsSource;
import io.quorate.metrics.MetricsText;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.OpResult;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What members count within. */
class NodeMetricsTest extends Members {
  private static final Duration WAIT = Duration.ofSeconds(20);

  private static String page(MetricsSource source) {
    MetricsText page = new MetricsText();
    source.writeTo(page);
    return page.toString();
  }

  /** The number of the sample that is called {@code name}, labels included. */
  private static double of(MetricsSource source, String name) {
    return page(source)
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name));
  }

  private static StateMachine.Applied written(OpResult result) {
    return new StateMachine.Applied(1, new Answer.Written(result), null, List.of());
  }

  private NodeMetrics counted() {
    return new NodeMetrics(
        new Proposals(1, 1, 1, 1, again -> {}), new ReadQueue(Runnable::run, 1, 1));
  }

  @Test
  void countsTheOperationsOfATransactionAndATransactionOfSeveral() {
    NodeMetrics metrics = counted();
    OpResult put = new OpResult.Put(2, null);
    OpResult delete = new OpResult.DeleteRange(2, 7, List.of());
    OpResult range = new OpResult.Range(2, List.of(), false, 0);
    OpResult nested = new OpResult.Txn(2, true, List.of(put, range));
    metrics.applied(
        List.of(
            written(put),
            written(new OpResult.Txn(2, true, List.of(put))),
            written(new OpResult.Txn(2, true, List.of(delete, nested)))),
        0);
    metrics.rangeRead();
    assertThat(of(metrics, "etcd_mvcc_put_total")).isEqualTo(3);
    assertThat(of(metrics, "etcd_mvcc_delete_total")).isEqualTo(1);
    assertThat(of(metrics, "etcd_mvcc_range_total")).isEqualTo(2);
    assertThat(of(metrics, "etcd_mvcc_txn_total")).isEqualTo(1);
  }

  @Test
  void aBatchIsSlowBeyondATenthOfASecond() {
    NodeMetrics metrics = counted();
    metrics.applied(List.of(), Duration.ofMillis(100).toNanos());
    assertThat(of(metrics, "etcd_server_slow_apply_total")).isZero();
    metrics.applied(List.of(), Duration.ofMillis(101).toNanos());
    assertThat(of(metrics, "etcd_server_slow_apply_total")).isEqualTo(1);
  }

  @Test
  void countsLeadersThatComeAndNotThoseThatGo() {
    NodeMetrics metrics = counted();
    for (long leader : new long[] {0, 1, 1, 0, 1, 2, 0}) {
      metrics.leader(leader);
    }
    assertThat(of(metrics, "etcd_server_leader_changes_seen_total")).isEqualTo(3);
  }

  @Test
  void countsWhatTheLogRefusesAndWhatIsForgotten() {
    Proposals proposals = new Proposals(1, 1, 10, 100, again -> {});
    NodeMetrics metrics = new NodeMetrics(proposals, new ReadQueue(Runnable::run, 1, 1));
    for (long id = 1; id <= 3; id++) {
      RaftInbox.Proposal one = RaftInbox.Proposal.command(id, Bytes.utf8("x"));
      proposals.add(one, Node.toFuture(new java.util.concurrent.CompletableFuture<>()), 0);
    }
    assertThat(of(metrics, "etcd_server_proposals_pending")).isEqualTo(3);
    proposals.done(1, new Answer.Done(1));
    proposals.fail(2, io.quorate.base.EtcdError.NO_LEADER.exception());
    proposals.expire(11, java.util.Set::of);
    assertThat(of(metrics, "etcd_server_proposals_pending")).isZero();
    assertThat(of(metrics, "etcd_server_proposals_failed_total")).isEqualTo(2);
  }

  @Test
  void aMemberCountsItsDiskAndItsStore() throws IOException {
    found(1);
    Node node = leader();
    double syncs = of(node.metrics(), "etcd_disk_wal_fsync_duration_seconds_count");
    put(node, "k", "value");
    assertThat(of(node.metrics(), "etcd_disk_wal_fsync_duration_seconds_count"))
        .isGreaterThan(syncs);
    double commits = of(node.metrics(), "etcd_disk_backend_commit_duration_seconds_count");
    join(node.checkpoint());
    assertThat(of(node.metrics(), "etcd_disk_backend_commit_duration_seconds_count"))
        .isGreaterThan(commits);
    join(
        node.propose(
            new Command.Write(new Op.DeleteRange(KeyRange.single(Bytes.utf8("k")), false))));
    join(node.propose(new Command.LeaseGrant(7, 60)));
    join(node.propose(new Command.LeaseRevoke(7)));
    join(node.hash(0));
    join(node.hash(2));
    join(node.defragment());
    NodeMetrics metrics = node.metrics();
    assertThat(of(metrics, "etcd_mvcc_put_total")).isEqualTo(1);
    assertThat(of(metrics, "etcd_mvcc_delete_total")).isEqualTo(1);
    assertThat(of(metrics, "etcd_debugging_mvcc_total_put_size_in_bytes")).isEqualTo(6);
    assertThat(of(metrics, "etcd_debugging_lease_granted_total")).isEqualTo(1);
    assertThat(of(metrics, "etcd_debugging_lease_revoked_total")).isEqualTo(1);
    assertThat(of(metrics, "etcd_mvcc_hash_duration_seconds_count")).isEqualTo(1);
    assertThat(of(metrics, "etcd_mvcc_hash_rev_duration_seconds_count")).isEqualTo(1);
    assertThat(of(metrics, "etcd_disk_backend_defrag_duration_seconds_count")).isEqualTo(1);
    assertThat(of(metrics, "etcd_disk_defrag_inflight")).isZero();
    assertThat(of(metrics, "etcd_server_leader_changes_seen_total")).isEqualTo(1);
    assertThat(of(metrics, "etcd_debugging_mvcc_db_compaction_last")).isZero();
    join(node.propose(new Command.Compact(2)));
    join(node.compactionSettled());
    await()
        .atMost(WAIT)
        .until(() -> of(metrics, "etcd_debugging_mvcc_db_compaction_last") > 1_600_000_000);
  }

  @Test
  void membersCountWhatGoesBetweenThem() throws IOException {
    found(3);
    Node leader = leader();
    put(leader, "k", "v");
    Node follower = follower();
    String to = "{To=\"" + Long.toHexString(follower.memberId()) + "\"}";
    String from = "{From=\"" + Long.toHexString(leader.memberId()) + "\"}";
    MetricsSource atLeader = leader.cluster().traffic();
    MetricsSource atFollower = follower.cluster().traffic();
    await()
        .atMost(WAIT)
        .until(() -> of(atLeader, "etcd_network_peer_round_trip_time_seconds_count" + to) > 0);
    assertThat(of(atLeader, "etcd_network_peer_sent_bytes_total" + to)).isGreaterThan(10);
    assertThat(of(atFollower, "etcd_network_peer_received_bytes_total" + from)).isGreaterThan(10);
    String link =
        String.format("{Local=\"%x\",Remote=\"%x\"}", leader.memberId(), follower.memberId());
    assertThat(of(atLeader, "etcd_network_active_peers" + link)).isEqualTo(1);
    stop(follower.memberId());
    await()
        .atMost(WAIT)
        .until(() -> of(atLeader, "etcd_network_peer_sent_failures_total" + to) > 0);
    assertThat(of(atLeader, "etcd_network_active_peers" + link)).isZero();
    assertThat(of(atLeader, "etcd_network_disconnected_peers_total" + link)).isEqualTo(1);
  }
}
