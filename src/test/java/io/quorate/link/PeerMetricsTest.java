package io.quorate.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.base.Bytes;
import io.quorate.metrics.MetricsText;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What links count. */
class PeerMetricsTest {
  private static ActorSystem system;

  @BeforeAll
  static void start() {
    system = ActorSystem.create("counted");
  }

  @AfterAll
  static void stop() {
    system.terminate();
  }

  private static String page(PeerMetrics metrics) {
    MetricsText page = new MetricsText();
    metrics.writeTo(page);
    return page.toString();
  }

  @Test
  void measuresAHeartbeatOnceUntilItIsAnswered() {
    PeerTraffic traffic = new PeerTraffic();
    traffic.answered(5);
    assertThat(traffic.roundTrip.count()).isZero();
    traffic.asked(1_000_000);
    traffic.asked(900_000_000);
    traffic.answered(3_000_000);
    traffic.answered(950_000_000);
    MetricsText page = new MetricsText();
    page.histogram("h", "H.", traffic.roundTrip);
    assertThat(page.toString()).contains("h_sum 0.002\n", "h_count 1\n");
  }

  @Test
  void aBreakEndsTheMeasure() {
    PeerTraffic traffic = new PeerTraffic();
    traffic.opened();
    traffic.asked(1);
    traffic.closed();
    traffic.opened();
    traffic.answered(1_000_000_000);
    assertThat(traffic.roundTrip.count()).isZero();
    assertThat(traffic.disconnects.value()).isEqualTo(1);
  }

  @Test
  void forgetsWhomNobodyWantsToBeConnectedWith() {
    PeerMetrics metrics = new PeerMetrics(1);
    metrics.of(0xab).sentBytes.add(7);
    assertThat(page(metrics)).contains("etcd_network_peer_sent_bytes_total{To=\"ab\"} 7\n");
    metrics.forget(0xab);
    assertThat(page(metrics)).doesNotContain("\"ab\"");
  }

  @Test
  void countsSnapshotsAtBothEnds() {
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2)) {
      a.connect(b);
      b.receive =
          transfer ->
              transfer.chunks().runWith(Sink.ignore(), system).thenApply(done -> Bytes.EMPTY);
      Bytes chunk = Bytes.wrap(new byte[10_000]);
      a.links.transfer(2, Bytes.EMPTY, Source.repeat(chunk).take(3)).toCompletableFuture().join();
      b.receive = transfer -> CompletableFuture.failedFuture(new IllegalStateException("no"));
      CompletableFuture<Throwable> failed = new CompletableFuture<>();
      a.links
          .transfer(2, Bytes.EMPTY, Source.single(chunk))
          .whenComplete((verdict, failure) -> failed.complete(failure));
      assertThat(failed.join()).isInstanceOf(LinkException.class);
      await()
          .atMost(TestMember.PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(page(a.links.metrics()))
                    .contains(
                        "etcd_network_snapshot_send_success{To=\"2\"} 1\n",
                        "etcd_network_snapshot_send_failures{To=\"2\"} 1\n",
                        "etcd_network_snapshot_send_inflights_total{To=\"2\"} 0\n",
                        "etcd_network_snapshot_send_total_duration_seconds_count{To=\"2\"} 2\n");
                assertThat(page(b.links.metrics()))
                    .contains(
                        "etcd_network_snapshot_receive_success{From=\"1\"} 1\n",
                        "etcd_network_snapshot_receive_failures{From=\"1\"} 1\n",
                        "etcd_network_snapshot_receive_inflights_total{From=\"1\"} 0\n");
              });
      assertThat(b.links.metrics().of(1).receivedBytes.value()).isGreaterThan(30_000);
      assertThat(a.links.metrics().of(2).sentBytes.value()).isGreaterThanOrEqualTo(30_000);
    }
  }
}
