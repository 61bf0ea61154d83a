package io.quorate.server.http;

import io.quorate.fleet.FleetView;
import io.quorate.node.Node;
import io.quorate.node.RaftStatus;
import io.quorate.raft.RoleKind;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * The metrics that alert rules for etcd look at first, under etcd's names, in the text format of
 * Prometheus. Computed when asked for.
 */
final class MetricsPage {
  private final Node node;
  private final Supplier<FleetView> fleet;
  private final String etcdVersion;

  MetricsPage(Node node, Supplier<FleetView> fleet, String etcdVersion) {
    this.node = node;
    this.fleet = fleet;
    this.etcdVersion = etcdVersion;
  }

  String render() {
    StringBuilder page = new StringBuilder(2048);
    RaftStatus raft = node.status();
    long inUse = node.published().countedBytes();
    boolean leads = raft.role() == RoleKind.LEADER;
    gauge(page, "etcd_server_has_leader", "Whether a leader exists.", node.hasLeader() ? 1 : 0);
    gauge(page, "etcd_server_is_leader", "Whether this member leads.", leads ? 1 : 0);
    gauge(
        page,
        "etcd_server_proposals_committed_total",
        "The highest committed index.",
        raft.commit());
    gauge(
        page,
        "etcd_server_proposals_applied_total",
        "The highest applied index.",
        node.published().appliedIndex());
    gauge(page, "etcd_server_quota_backend_bytes", "The space quota in bytes.", node.quotaBytes());
    gauge(
        page,
        "etcd_mvcc_db_total_size_in_bytes",
        "Bytes of the store's file.",
        Math.max(node.fileBytes(), inUse));
    gauge(
        page,
        "etcd_mvcc_db_total_size_in_use_in_bytes",
        "Bytes of all revisions not yet compacted.",
        inUse);
    gauge(page, "etcd_debugging_mvcc_current_revision", "The newest revision.", node.revision());
    gauge(
        page,
        "etcd_debugging_mvcc_compact_revision",
        "The last compacted revision.",
        node.store().compacted());
    FleetView members = fleet.get();
    gauge(page, "quorate_fleet_members", "Members in the fleet of this one.", members.size());
    gauge(
        page,
        "quorate_fleet_unreachable",
        "Members in the fleet that do not answer.",
        members.unreachable());
    page.append("# HELP etcd_server_version Which version is running.\n");
    page.append("# TYPE etcd_server_version gauge\n");
    page.append(
        String.format(Locale.ROOT, "etcd_server_version{server_version=\"%s\"} 1\n", etcdVersion));
    page.append("# HELP etcd_cluster_version Which version the cluster runs.\n");
    page.append("# TYPE etcd_cluster_version gauge\n");
    page.append(
        String.format(
            Locale.ROOT,
            "etcd_cluster_version{cluster_version=\"%s\"} 1\n",
            etcdVersion.substring(0, etcdVersion.lastIndexOf('.'))));
    return page.toString();
  }

  private static void gauge(StringBuilder page, String name, String help, long value) {
    page.append("# HELP ").append(name).append(' ').append(help).append('\n');
    page.append("# TYPE ").append(name).append(" gauge\n");
    page.append(name).append(' ').append(value).append('\n');
  }
}
