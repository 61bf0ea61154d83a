package io.quorate.server.http;

import io.quorate.metrics.Counter;
import io.quorate.metrics.MetricsText;
import io.quorate.server.grpc.HttpRoutes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The checks below one path, as {@code /readyz}: all of them there, each of them alone below it.
 * Which fail is always told, which pass only if {@code verbose} is in the query; {@code exclude}
 * leaves checks out, and names that there are not are no mistake. Any thread.
 */
final class HealthChecks {
  /** What a check says: completes with why it fails, or with the empty string. */
  interface Check extends Supplier<CompletionStage<String>> {}

  /** A check, and what it said so far. */
  private static final class Named {
    private final String name;
    private final Check check;
    private final Counter passed = new Counter();
    private final Counter failed = new Counter();
    private volatile boolean passing;

    Named(String name, Check check) {
      this.name = name;
      this.check = check;
    }

    /** Runs it; completes with its line in the report. */
    CompletionStage<Line> run() {
      return check
          .get()
          .thenApply(
              why -> {
                boolean passes = why.isEmpty();
                passing = passes;
                (passes ? passed : failed).increment();
                String text = passes ? "[+]" + name + " ok\n" : "[-]" + name + " failed: " + why;
                return new Line(passes, passes ? text : text + "\n");
              });
    }

    boolean hasRun() {
      return passed.value() + failed.value() > 0;
    }
  }

  private record Line(boolean passes, String text) {}

  private final String type;
  private final Map<String, Named> checks = new LinkedHashMap<>();

  /**
   * Checks that are still to be added.
   *
   * @param type the path without its slash
   */
  HealthChecks(String type) {
    this.type = type;
  }

  /** Adds a check; they run, and are told, in this order. Not while any runs. */
  HealthChecks with(String name, Check check) {
    checks.put(name, new Named(name, check));
    return this;
  }

  /** The handler of {@code path}; null if there are no checks. */
  HttpRoutes.@Nullable Handler find(String path) {
    String root = "/" + type;
    if (path.equals(root)) {
      return (call, reply) -> Replies.get(call, reply, () -> run(asked(call), call, reply));
    }
    Named one = path.startsWith(root + "/") ? checks.get(path.substring(root.length() + 1)) : null;
    return one == null
        ? null
        : (call, reply) -> Replies.get(call, reply, () -> run(List.of(one), call, reply));
  }

  private List<Named> asked(HttpRoutes.Call call) {
    List<String> excluded = call.queryAll("exclude");
    return checks.values().stream().filter(check -> !excluded.contains(check.name)).toList();
  }

  private static void run(List<Named> checks, HttpRoutes.Call call, HttpRoutes.Reply reply) {
    List<CompletableFuture<Line>> lines = new ArrayList<>();
    checks.forEach(check -> lines.add(check.run().toCompletableFuture()));
    CompletionStage<Void> all = CompletableFuture.allOf(lines.toArray(CompletableFuture[]::new));
    all.thenRun(
        () ->
            answer(
                lines.stream().map(CompletableFuture::join).toList(),
                call.query("verbose") != null,
                reply));
  }

  private static void answer(List<Line> lines, boolean verbose, HttpRoutes.Reply reply) {
    StringBuilder report = new StringBuilder();
    lines.forEach(line -> report.append(line.text()));
    if (lines.stream().allMatch(Line::passes)) {
      Replies.text(reply, (verbose ? report : "") + "ok\n");
    } else {
      Replies.unavailable(reply, report.toString());
    }
  }

  /** The samples of a gauge: whether each check that ran passed the last time. */
  void writeLast(MetricsText page) {
    for (Named check : checks.values()) {
      if (check.hasRun()) {
        page.sample(MetricsText.labels("name", check.name, "type", type), check.passing ? 1 : 0);
      }
    }
  }

  /** The samples of a counter: how each check ended, how often. */
  void writeAll(MetricsText page) {
    for (Named check : checks.values()) {
      write(page, check, "error", check.failed);
      write(page, check, "success", check.passed);
    }
  }

  private void write(MetricsText page, Named check, String status, Counter counter) {
    if (counter.value() > 0) {
      page.sample(
          MetricsText.labels("name", check.name, "status", status, "type", type), counter.value());
    }
  }
}
