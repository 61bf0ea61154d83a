package io.quorate.server.http;

import io.quorate.apply.Member;
import io.quorate.fleet.FleetView;
import io.quorate.metrics.Counter;
import io.quorate.metrics.MetricsSource;
import io.quorate.metrics.MetricsText;
import io.quorate.node.Node;
import io.quorate.node.RaftStatus;
import io.quorate.node.WatchActor;
import io.quorate.raft.RoleKind;
import io.quorate.watch.WatchStats;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /metrics} answers: all that is counted, and what is computed when it is asked for,
 * under etcd's names. Any thread.
 */
final class MetricsPage {
  /** How long the owner of the watches may take; its numbers are left out then. */
  private static final Duration WATCHES_WITHIN = Duration.ofSeconds(1);

  /** Codes that etcd shows from the beginning, and this page never answers. */
  private static final List<String> OTHER_CODES = List.of("500", "503");

  private final Node node;
  private final Supplier<FleetView> fleet;
  private final EtcdHttp.Versions versions;
  private final List<MetricsSource> counted;
  private final Counter answers = new Counter();
  private final AtomicInteger answering = new AtomicInteger();

  /**
   * The page of one member.
   *
   * @param counted what the edges count
   */
  MetricsPage(
      Node node,
      Supplier<FleetView> fleet,
      EtcdHttp.Versions versions,
      List<MetricsSource> counted) {
    this.node = node;
    this.fleet = fleet;
    this.versions = versions;
    this.counted = List.copyOf(counted);
  }

  /** Completes with the page as it is now. */
  CompletionStage<String> render() {
    answering.incrementAndGet();
    return AskPattern.ask(
            node.watches(), WatchActor.GetStats::new, WATCHES_WITHIN, node.system().scheduler())
        .handle((stats, late) -> late == null ? render(stats) : render(null))
        .whenComplete(
            (page, failure) -> {
              answering.decrementAndGet();
              answers.increment();
            });
  }

  private String render(@Nullable WatchStats watches) {
    MetricsText page = new MetricsText();
    writeServer(page);
    writeStore(page);
    if (watches != null) {
      writeWatches(page, watches);
    }
    node.metrics().writeTo(page);
    node.cluster().traffic().writeTo(page);
    counted.forEach(source -> source.writeTo(page));
    new ProcessMetrics(Path.of("/proc")).writeTo(page);
    writeOwn(page);
    return page.toString();
  }

  private void writeServer(MetricsText page) {
    RaftStatus raft = node.status();
    boolean leads = raft.role() == RoleKind.LEADER;
    String etcd = versions.etcd();
    one(page, "etcd_server_version", "Which version it is.", "server_version", etcd);
    one(
        page,
        "etcd_cluster_version",
        "Which version the cluster is.",
        "cluster_version",
        etcd.substring(0, etcd.lastIndexOf('.')));
    one(page, "etcd_server_id", "Which member it is.", "server_id", hex(node.memberId()));
    page.gauge("etcd_server_has_leader", "Whether a leader exists.", node.hasLeader() ? 1 : 0)
        .gauge("etcd_server_is_leader", "Whether this member leads.", leads ? 1 : 0)
        .gauge("etcd_server_is_learner", "Whether it has no vote.", node.isLearner() ? 1 : 0)
        .gauge(
            "etcd_server_proposals_committed_total", "The highest committed index.", raft.commit())
        .gauge(
            "etcd_server_proposals_applied_total",
            "The highest applied index.",
            node.published().appliedIndex())
        .gauge("etcd_server_quota_backend_bytes", "The quota in bytes.", node.quotaBytes());
    page.family("etcd_network_known_peers", MetricsText.Type.GAUGE, "The members.");
    for (Member member : node.published().members()) {
      String peers = MetricsText.labels("Local", hex(node.memberId()), "Remote", hex(member.id()));
      page.sample(peers, 1);
    }
  }

  private void writeStore(MetricsText page) {
    long inUse = node.published().countedBytes();
    page.gauge(
            "etcd_mvcc_db_total_size_in_bytes",
            "Bytes of the store's file.",
            Math.max(node.fileBytes(), inUse))
        .gauge(
            "etcd_mvcc_db_total_size_in_use_in_bytes",
            "Bytes of all revisions not yet compacted.",
            inUse)
        .gauge("etcd_debugging_mvcc_current_revision", "The newest revision.", node.revision())
        .gauge(
            "etcd_debugging_mvcc_compact_revision",
            "The last compacted revision.",
            node.store().compacted());
  }

  private static void writeWatches(MetricsText page, WatchStats watches) {
    page.gauge("etcd_debugging_mvcc_watch_stream_total", "Watch streams.", watches.streams())
        .gauge("etcd_debugging_mvcc_watcher_total", "Watches.", watches.watchers())
        .gauge("etcd_debugging_mvcc_slow_watcher_total", "Watches behind.", watches.slow())
        .counter("etcd_debugging_mvcc_events_total", "Events told to watches.", watches.events());
  }

  private void writeOwn(MetricsText page) {
    page.family(
        "promhttp_metric_handler_requests_total",
        MetricsText.Type.COUNTER,
        "Answers of this page, by status.");
    page.sample(MetricsText.labels("code", "200"), answers.value());
    OTHER_CODES.forEach(code -> page.sample(MetricsText.labels("code", code), 0));
    page.gauge(
        "promhttp_metric_handler_requests_in_flight",
        "Requests for this page under way.",
        answering.get());
    FleetView members = fleet.get();
    page.gauge("quorate_fleet_members", "Members in the fleet of this one.", members.size())
        .gauge(
            "quorate_fleet_unreachable",
            "Members in the fleet that do not answer.",
            members.unreachable());
    one(page, "quorate_version", "Which Quorate it is.", "version", versions.quorate());
  }

  private static void one(MetricsText page, String name, String help, String label, String value) {
    page.family(name, MetricsText.Type.GAUGE, help).sample(MetricsText.labels(label, value), 1);
  }

  private static String hex(long id) {
    return Long.toHexString(id);
  }
}
