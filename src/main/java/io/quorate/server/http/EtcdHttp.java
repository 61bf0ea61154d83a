package io.quorate.server.http;

import io.quorate.fleet.FleetView;
import io.quorate.metrics.MetricsText;
import io.quorate.node.Node;
import io.quorate.server.grpc.CallMetrics;
import io.quorate.server.grpc.HttpRoutes;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The plain HTTP paths of etcd: {@code /version}, {@code /health}, {@code /livez}, {@code /readyz}
 * and {@code /metrics}; and {@code /fleet} of our own.
 */
public final class EtcdHttp implements HttpRoutes {
  /**
   * What a member says of itself.
   *
   * @param etcd the version of the protocol
   * @param storage the version of the storage as the protocol counts it
   * @param quorate our own
   */
  public record Versions(String etcd, String storage, String quorate) {}

  private final Supplier<FleetView> fleet;
  private final String versionBody;
  private final HealthPaths health;
  private final MetricsPage metrics;

  /**
   * The paths of one member.
   *
   * @param fleet what it knows of the others now
   * @param calls what is counted of calls
   */
  public EtcdHttp(Node node, Supplier<FleetView> fleet, CallMetrics calls, Versions versions) {
    this.fleet = fleet;
    this.health = new HealthPaths(new NodeHealth(node));
    this.metrics = new MetricsPage(node, fleet, versions, List.of(health, calls));
    this.versionBody =
        String.format(
            "{\"etcdserver\":\"%s\",\"etcdcluster\":\"%s\",\"storage\":\"%s\"}",
            versions.etcd(), versions.storage(), versions.storage());
  }

  /** Those of them that etcd serves at {@code --listen-metrics-urls}. */
  public HttpRoutes ofMetrics() {
    return this::findOfMetrics;
  }

  private @Nullable Handler findOfMetrics(String path) {
    return path.equals("/metrics") ? (call, reply) -> metrics(reply) : health.find(path);
  }

  @Override
  public @Nullable Handler find(String path) {
    return switch (path) {
      case "/version" ->
          (call, reply) ->
              Replies.get(call, reply, () -> Replies.send(reply, Replies.JSON, versionBody));
      case "/fleet" -> (call, reply) -> Replies.get(call, reply, () -> fleet(reply));
      default -> findOfMetrics(path);
    };
  }

  private void fleet(Reply reply) {
    Replies.send(reply, Replies.JSON, FleetPage.render(fleet.get(), System.nanoTime()));
  }

  /** Whatever the method, as there. */
  private void metrics(Reply reply) {
    metrics
        .render()
        .whenComplete(
            (page, failure) -> {
              if (failure == null) {
                Replies.send(reply, MetricsText.CONTENT_TYPE, page);
              } else {
                Replies.unavailable(reply, String.valueOf(failure.getMessage()));
              }
            });
  }
}
