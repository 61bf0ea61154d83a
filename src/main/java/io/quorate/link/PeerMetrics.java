package io.quorate.link;

import io.quorate.metrics.Counter;
import io.quorate.metrics.MetricsSource;
import io.quorate.metrics.MetricsText;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;

/**
 * What goes between this member and the others, under etcd's names. Who is not connected on purpose
 * is forgotten, so there are never more than members. Any thread.
 */
public final class PeerMetrics implements MetricsSource {
  private final String local;
  private final Map<Long, PeerTraffic> peers = new ConcurrentSkipListMap<>();

  PeerMetrics(long memberId) {
    this.local = Long.toHexString(memberId);
  }

  /** The counters for {@code member}; looked up once for each connection. */
  PeerTraffic of(long member) {
    return peers.computeIfAbsent(member, id -> new PeerTraffic());
  }

  void forget(long member) {
    peers.remove(member);
  }

  @Override
  public void writeTo(MetricsText page) {
    String sent = "etcd_network_peer_sent_bytes_total";
    write(page, sent, "Bytes sent to members.", "To", peer -> peer.sentBytes);
    String received = "etcd_network_peer_received_bytes_total";
    write(page, received, "Bytes received from members.", "From", peer -> peer.receivedBytes);
    write(
        page,
        "etcd_network_peer_sent_failures_total",
        "Messages that could not be sent.",
        "To",
        peer -> peer.sentFailures);
    write(
        page,
        "etcd_network_peer_received_failures_total",
        "Connections of members that ended with a failure.",
        "From",
        peer -> peer.receivedFailures);
    page.family(
        "etcd_network_active_peers",
        MetricsText.Type.GAUGE,
        "Whether the link to a member is open.");
    peers.forEach((id, peer) -> page.sample(pair(id), peer.isOpen() ? 1 : 0));
    page.family(
        "etcd_network_disconnected_peers_total", MetricsText.Type.COUNTER, "Links that broke.");
    peers.forEach((id, peer) -> page.sample(pair(id), peer.disconnects.value()));
    page.family(
        "etcd_network_peer_round_trip_time_seconds",
        MetricsText.Type.HISTOGRAM,
        "From a heartbeat of this leader to its answer.");
    peers.forEach((id, peer) -> page.samples(label("To", id), peer.roundTrip));
    writeSnapshots(page, "send", "To", peer -> peer.sending);
    writeSnapshots(page, "receive", "From", peer -> peer.receiving);
  }

  private void write(
      MetricsText page,
      String name,
      String help,
      String label,
      Function<PeerTraffic, Counter> counter) {
    page.family(name, MetricsText.Type.COUNTER, help);
    peers.forEach((id, peer) -> page.sample(label(label, id), counter.apply(peer).value()));
  }

  private void writeSnapshots(
      MetricsText page,
      String verb,
      String label,
      Function<PeerTraffic, PeerTraffic.Transfers> transfers) {
    String prefix = "etcd_network_snapshot_" + verb;
    write(
        page,
        prefix + "_success",
        "Snapshots that arrived.",
        label,
        peer -> transfers.apply(peer).arrived);
    write(
        page,
        prefix + "_failures",
        "Snapshots that did not arrive whole.",
        label,
        peer -> transfers.apply(peer).failed);
    page.family(prefix + "_inflights_total", MetricsText.Type.GAUGE, "Snapshots on their way.");
    peers.forEach(
        (id, peer) -> page.sample(label(label, id), transfers.apply(peer).underWay.get()));
    page.family(
        prefix + "_total_duration_seconds",
        MetricsText.Type.HISTOGRAM,
        "How long snapshots were on their way.");
    peers.forEach((id, peer) -> page.samples(label(label, id), transfers.apply(peer).took));
  }

  private String pair(long remote) {
    return MetricsText.labels("Local", local, "Remote", Long.toHexString(remote));
  }

  private static String label(String name, long member) {
    return MetricsText.labels(name, Long.toHexString(member));
  }
}
