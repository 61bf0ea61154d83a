package io.quorate.server.http;

import io.quorate.apply.Alarm;
import io.quorate.base.EtcdException;
import io.quorate.metrics.Counter;
import io.quorate.metrics.MetricsSource;
import io.quorate.metrics.MetricsText;
import io.quorate.node.QuarantinedException;
import io.quorate.server.grpc.HttpRoutes;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * {@code /livez}, {@code /readyz} and {@code /health}, by etcd 3.7.3's rules. A member whose store
 * is damaged, which etcd does not have, lives: whoever ended its process would end its repair. It
 * is neither ready nor healthy. Any thread.
 */
final class HealthPaths implements HttpRoutes, MetricsSource {
  private final HealthFacts facts;
  private final HealthChecks livez;
  private final HealthChecks readyz;
  private final Counter healthy = new Counter();
  private final Counter unhealthy = new Counter();

  HealthPaths(HealthFacts facts) {
    this.facts = facts;
    this.livez =
        new HealthChecks("livez")
            .with("serializable_read", () -> facts.isQuarantined() ? says("") : reads(true));
    this.readyz =
        new HealthChecks("readyz")
            .with("data_corruption", this::corruption)
            .with("serializable_read", () -> reads(true))
            .with("linearizable_read", () -> reads(false))
            .with("non_learner", () -> says(facts.isLearner() ? "not supported for learner" : ""));
  }

  private CompletionStage<String> corruption() {
    boolean raised = facts.alarms().stream().anyMatch(a -> a.type() == Alarm.Type.CORRUPT);
    if (raised) {
      return says("alarm activated: " + Alarm.Type.CORRUPT);
    }
    return says(facts.isQuarantined() ? QuarantinedException.REFUSAL : "");
  }

  private CompletionStage<String> reads(boolean serializable) {
    if (facts.isQuarantined()) {
      return says(QuarantinedException.REFUSAL);
    }
    return outcome(facts.read(serializable));
  }

  /** Completes with why {@code read} failed, or with the empty string. */
  private static CompletionStage<String> outcome(CompletionStage<?> read) {
    return read.handle((done, failure) -> failure == null ? "" : textOf(failure));
  }

  private static String textOf(Throwable failure) {
    Throwable cause = failure.getCause();
    Throwable said = failure instanceof CompletionException && cause != null ? cause : failure;
    return said instanceof EtcdException known ? known.text() : String.valueOf(said.getMessage());
  }

  private static CompletionStage<String> says(String why) {
    return CompletableFuture.completedFuture(why);
  }

  @Override
  public @Nullable Handler find(String path) {
    if (path.equals("/health")) {
      return (call, reply) -> Replies.get(call, reply, () -> health(call, reply));
    }
    Handler live = livez.find(path);
    return live != null ? live : readyz.find(path);
  }

  private void health(Call call, Reply reply) {
    boolean serializable = "true".equals(call.query("serializable"));
    List<String> excluded = call.queryAll("exclude");
    for (Alarm alarm : facts.alarms()) {
      if (!excluded.contains(alarm.type().name())) {
        health(reply, "ALARM " + alarm.type());
        return;
      }
    }
    if (facts.isQuarantined()) {
      health(reply, "STORE DAMAGED");
    } else if (!serializable && !facts.hasLeader()) {
      health(reply, "RAFT NO LEADER");
    } else {
      outcome(facts.read(serializable))
          .thenAccept(why -> health(reply, why.isEmpty() ? "" : "RANGE ERROR:" + why));
    }
  }

  private void health(Reply reply, String reason) {
    boolean passes = reason.isEmpty();
    (passes ? healthy : unhealthy).increment();
    String escaped = reason.replace("\\", "\\\\").replace("\"", "\\\"");
    String body = "{\"health\":\"" + passes + "\",\"reason\":\"" + escaped + "\"}";
    if (passes) {
      Replies.send(reply, Replies.TEXT, body);
    } else {
      Replies.unavailable(reply, body);
    }
  }

  @Override
  public void writeTo(MetricsText page) {
    page.counter("etcd_server_health_success", "Answers of /health that were true.", healthy)
        .counter("etcd_server_health_failures", "Answers of /health that were false.", unhealthy);
    page.family(
        "etcd_server_healthcheck",
        MetricsText.Type.GAUGE,
        "Whether a check passed when it ran last.");
    livez.writeLast(page);
    readyz.writeLast(page);
    page.family(
        "etcd_server_healthchecks_total", MetricsText.Type.COUNTER, "Checks that ran, by outcome.");
    livez.writeAll(page);
    readyz.writeAll(page);
  }
}
