package io.quorate.server.http;

import io.quorate.apply.Alarm;
import io.quorate.fleet.FleetView;
import io.quorate.node.Node;
import io.quorate.server.grpc.HttpRoutes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The plain HTTP paths of etcd: {@code /version}, {@code /health}, {@code /metrics}; and {@code
 * /fleet} of our own.
 */
public final class EtcdHttp implements HttpRoutes {
  private static final String JSON = "application/json";
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final int OK = 200;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int UNAVAILABLE = 503;

  /**
   * What a member says of itself.
   *
   * @param etcd the version of the protocol
   * @param storage the version of the storage as the protocol counts it
   * @param quorate our own
   */
  public record Versions(String etcd, String storage, String quorate) {}

  private final Node node;
  private final Supplier<FleetView> fleet;
  private final String versionBody;
  private final MetricsPage metrics;

  /**
   * The paths of one member.
   *
   * @param fleet what it knows of the others now
   */
  public EtcdHttp(Node node, Supplier<FleetView> fleet, Versions versions) {
    this.node = node;
    this.fleet = fleet;
    this.metrics = new MetricsPage(node, fleet, versions.etcd());
    this.versionBody =
        String.format(
            "{\"etcdserver\":\"%s\",\"etcdcluster\":\"%s\",\"storage\":\"%s\",\"quorate\":\"%s\"}",
            versions.etcd(), versions.storage(), versions.storage(), versions.quorate());
  }

  @Override
  public @Nullable Handler find(String path) {
    return switch (path) {
      case "/version" ->
          (call, reply) -> get(call, reply, () -> send(reply, OK, JSON, versionBody));
      case "/health" -> (call, reply) -> get(call, reply, () -> health(call, reply));
      case "/fleet" -> (call, reply) -> get(call, reply, () -> fleet(reply));
      case "/metrics" -> (call, reply) -> get(call, reply, () -> metrics(reply));
      default -> null;
    };
  }

  private static void get(Call call, Reply reply, Runnable answer) {
    if (call.method().equals("GET")) {
      answer.run();
    } else {
      send(reply, METHOD_NOT_ALLOWED, TEXT, "Method Not Allowed\n");
    }
  }

  private void fleet(Reply reply) {
    send(reply, OK, JSON, FleetPage.render(fleet.get(), System.nanoTime()));
  }

  private void metrics(Reply reply) {
    send(reply, OK, "text/plain; version=0.0.4; charset=utf-8", metrics.render());
  }

  private void health(Call call, Reply reply) {
    List<String> excluded = call.queryAll("exclude");
    for (Alarm alarm : node.published().alarms()) {
      if (!excluded.contains(alarm.type().name())) {
        health(reply, "ALARM " + alarm.type());
        return;
      }
    }
    if (node.isQuarantined()) {
      health(reply, "STORE DAMAGED");
    } else if ("true".equals(call.query("serializable"))) {
      health(reply, "");
    } else if (!node.hasLeader()) {
      health(reply, "RAFT NO LEADER");
    } else {
      node.linearize()
          .whenComplete(
              (confirmed, failure) ->
                  health(reply, failure == null ? "" : "RANGE ERROR:" + failure.getMessage()));
    }
  }

  private static void health(Reply reply, String reason) {
    boolean healthy = reason.isEmpty();
    String body =
        String.format(
            "{\"health\":\"%s\",\"reason\":\"%s\"}", healthy, reason.replace("\"", "\\\""));
    if (healthy) {
      send(reply, OK, TEXT, body);
    } else {
      send(reply, UNAVAILABLE, TEXT, body + "\n");
    }
  }

  private static void send(Reply reply, int status, String type, String body) {
    reply.send(status, type, body.getBytes(StandardCharsets.UTF_8));
  }
}
