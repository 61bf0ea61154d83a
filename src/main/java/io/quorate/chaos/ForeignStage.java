package io.quorate.chaos;

import io.quorate.chaos.cluster.Hook;
import io.quorate.chaos.cluster.Seat;
import io.quorate.chaos.nemesis.ForeignSite;
import io.quorate.chaos.nemesis.Kind;
import io.quorate.chaos.nemesis.Site;
import io.quorate.client.Client;
import io.quorate.client.Maintenance;
import io.quorate.client.Range;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/** A cluster that somebody else runs. It must be new: what a run checks begins with revision 1. */
final class ForeignStage implements Stage {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

  private final Map<String, String> endpoints;
  private final Hook hook;
  private final List<Kind> kinds;

  /**
   * Asks the hook what it can do.
   *
   * @throws IOException if it fails
   */
  ForeignStage(Target.Foreign target, Options options, Consumer<String> says) throws IOException {
    this.endpoints = target.endpoints();
    this.hook = new Hook(target.hook());
    Set<Kind> possible =
        target.hook().isEmpty() ? ForeignSite.withoutHook() : ForeignSite.kinds(hook);
    EnumSet<Kind> missing = EnumSet.copyOf(options.faults());
    missing.removeAll(possible);
    if (!missing.isEmpty()) {
      says.accept(
          "without "
              + String.join(", ", missing.stream().map(Kind::label).toList())
              + ": the hook does not know them");
    }
    this.kinds = options.faults().stream().filter(possible::contains).toList();
    if (kinds.isEmpty()) {
      throw new IOException("none of the faults can be done with this hook");
    }
  }

  @Override
  public String title() {
    return "the cluster at " + String.join(", ", endpoints.values());
  }

  @Override
  public List<String> names() {
    return List.copyOf(endpoints.keySet());
  }

  @Override
  public List<Kind> kinds() {
    return kinds;
  }

  @Override
  public void open() throws IOException {
    for (Map.Entry<String, String> each : endpoints.entrySet()) {
      try (Client client =
          Client.at(each.getValue()).withoutMemberSync().callTimeout(ANSWER_WITHIN).open()) {
        Maintenance.Status unused = client.maintenance().status().toCompletableFuture().join();
        long revision = client.range(Range.of("nothing")).toCompletableFuture().join().revision();
        if (revision != 1) {
          throw new IOException(
              each.getKey() + " is at revision " + revision + "; a run needs a new cluster");
        }
      } catch (CompletionException | IllegalArgumentException e) {
        Throwable cause = e.getCause();
        throw new IOException(
            each.getKey()
                + " at "
                + each.getValue()
                + " is no member: "
                + (cause == null ? e : cause).getMessage(),
            e);
      }
    }
  }

  @Override
  public Map<String, String> endpoints() {
    return endpoints;
  }

  @Override
  public Site site() {
    List<Seat> seats =
        endpoints.entrySet().stream().map(it -> new Seat(it.getKey(), it.getValue())).toList();
    return new ForeignSite(seats, hook);
  }

  @Override
  public void close() {}
}
