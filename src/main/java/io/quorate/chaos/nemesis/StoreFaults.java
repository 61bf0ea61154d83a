package io.quorate.chaos.nemesis;

import io.quorate.base.Bytes;
import io.quorate.chaos.cluster.Member;
import io.quorate.chaos.cluster.Seat;
import io.quorate.chaos.nemesis.Fault.Evidence;
import io.quorate.chaos.nemesis.Fault.Working;
import io.quorate.client.Client;
import io.quorate.client.ClientException;
import io.quorate.client.Cluster;
import io.quorate.client.Range;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** What operators do to a cluster while it works. */
final class StoreFaults {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(20);

  /** How long a new member may take to start, and then to be as far as the others. */
  private static final Duration JOINS_WITHIN = Duration.ofSeconds(60);

  /** How many revisions are left when the others are compacted: enough for watches that lag. */
  private static final long REVISIONS_KEPT = 2_000;

  private StoreFaults() {}

  static Working transfer(Ground ground, Random luck, Duration lasts) throws InterruptedException {
    List<String> said = new ArrayList<>();
    List<String> targets = new ArrayList<>();
    // Who leads may have changed since it was last looked at.
    boolean isDone =
        ground.await(
            ANSWER_WITHIN,
            () -> {
              Seat leader = ground.leaderSeat(luck);
              Seat next = ground.followerSeat(luck);
              said.clear();
              said.add(ask(ground, leader, next));
              targets.clear();
              targets.addAll(List.of(leader.name(), next.name()));
              return said.get(0).isEmpty();
            });
    return new Working(
        targets,
        () ->
            Evidence.of(
                isDone,
                isDone ? targets.get(0) + " handed over to " + targets.get(1) : said.get(0)));
  }

  private static String ask(Ground ground, Seat leader, Seat next) {
    try (Client client = alone(leader)) {
      long id = ground.leaders().id(next.name()).orElse(0L);
      client.maintenance().moveLeader(id).toCompletableFuture().join();
      return "";
    } catch (CompletionException e) {
      return String.valueOf(e.getCause());
    }
  }

  /** A client of one member, past all faults of the network. */
  static Client alone(Seat member) {
    return Client.at(member.endpoint()).withoutMemberSync().callTimeout(ANSWER_WITHIN).open();
  }

  static Working compact(Ground ground, Random luck, Duration lasts) throws IOException {
    Seat member = ground.anySeat(luck);
    long newest = wait(ground.client().range(Range.of("nothing"))).revision();
    long to = newest - REVISIONS_KEPT;
    String said = "";
    if (to > 1) {
      try {
        wait(ground.client().compact(to, luck.nextBoolean()));
      } catch (IOException e) {
        said = e.getMessage();
      }
    }
    try (Client client = alone(member)) {
      wait(client.maintenance().defragment());
    }
    String what =
        (to > 1 ? "compacted to " + to + said + ", " : "too young to compact, ")
            + member.name()
            + " defragmented";
    return new Working(ground.names(), () -> Evidence.of(true, what));
  }

  static Working snapshot(Ground ground, Random luck, Duration lasts) {
    Seat member = ground.anySeat(luck);
    Client client = alone(member);
    Sum sum = new Sum();
    client.maintenance().snapshot().subscribe(sum);
    return new Working(
        List.of(member.name()),
        () -> {
          try (client) {
            long bytes = wait(sum.whole);
            return Evidence.of(bytes > 0, bytes + " bytes");
          } catch (IOException e) {
            return Evidence.of(false, String.valueOf(e.getMessage()));
          }
        });
  }

  /** How many bytes there are. */
  private static final class Sum implements Flow.Subscriber<Bytes> {
    private final CompletableFuture<Long> whole = new CompletableFuture<>();
    private long bytes;

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Bytes part) {
      bytes += part.size();
    }

    @Override
    public void onError(Throwable failure) {
      whole.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      whole.complete(bytes);
    }
  }

  /** Adds a member as a learner, promotes it, and removes it in the end. */
  static Working members(Ground ground, Random luck, Duration lasts)
      throws IOException, InterruptedException {
    Member added = ground.cluster().add();
    List<String> seen = new ArrayList<>();
    AtomicLong id = new AtomicLong();
    // A member that was away a moment ago counts as unhealthy for some seconds: then none is added.
    if (!ground.await(ANSWER_WITHIN, () -> adds(ground, added, id))) {
      ground.cluster().forget(added);
      return new Working(List.of(added.name()), () -> Evidence.of(false, "not added"));
    }
    seen.add("added as " + Long.toHexString(id.get()));
    // On a busy machine nobody may answer in time what it asks at its start: then it is started
    // again, as whoever runs members would.
    if (!ground.await(JOINS_WITHIN, () -> isStarted(ground, added))) {
      throw new IOException(added.name() + " did not start: " + added.logEnd());
    }
    List<String> refusals = new ArrayList<>();
    boolean isPromoted = ground.await(JOINS_WITHIN, () -> promotes(ground, id.get(), refusals));
    seen.add(isPromoted ? "promoted" : "not promoted: " + refusals);
    return new Working(
        List.of(added.name()),
        () -> {
          wait(ground.client().cluster().remove(id.get()));
          ground.cluster().forget(added);
          seen.add("removed");
          return Evidence.of(isPromoted, String.join(", ", seen));
        });
  }

  private static boolean isStarted(Ground ground, Member added) {
    try {
      ground.start(List.of(added));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean adds(Ground ground, Member added, AtomicLong id) {
    try {
      List<Cluster.Member> known = wait(ground.client().cluster().members());
      Optional<Cluster.Member> there =
          known.stream().filter(each -> each.peerUrls().contains(added.peerUrl())).findFirst();
      // One whose addition was not answered may be there all the same.
      id.set(
          there.isPresent()
              ? there.get().id()
              : wait(ground.client().cluster().add(List.of(added.peerUrl()), true)).id());
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  /** Leaves what was said last in {@code refusals}. */
  private static boolean promotes(Ground ground, long id, List<String> refusals) {
    refusals.clear();
    try {
      // One whose promotion was not answered may be promoted all the same.
      return votes(wait(ground.client().cluster().members()), id)
          || votes(wait(ground.client().cluster().promote(id)), id);
    } catch (IOException notYet) {
      refusals.add(String.valueOf(notYet.getMessage()));
      return false;
    }
  }

  private static boolean votes(List<Cluster.Member> members, long id) {
    return members.stream().anyMatch(member -> member.id() == id && !member.isLearner());
  }

  /** The answer, which comes within some seconds. */
  static <T> T wait(CompletionStage<T> stage) throws IOException {
    try {
      return stage.toCompletableFuture().get(ANSWER_WITHIN.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException(
          e.getCause() instanceof ClientException ? e.getCause().getMessage() : "failed",
          e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("no answer within " + ANSWER_WITHIN, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
