package io.quorate.server;

import io.quorate.apply.Member;
import io.quorate.base.EtcdException;
import io.quorate.node.Roster;
import io.quorate.server.discovery.DiscoveryException;
import io.quorate.server.discovery.StatefulSetApi;
import io.quorate.tls.Tls;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a pod whose volume is empty comes to be a member. It asks the other pods, until one of these
 * holds:
 *
 * <ul>
 *   <li>There is a cluster that does not know it: it asks to be added, as a learner.
 *   <li>There is one in which it has lived before: it asks to be replaced by itself, see {@link
 *       Joining}. If it is expected there and has never lived, it is whom they expect.
 *   <li>Others are about to found a cluster with it: it founds it with them.
 *   <li>Nobody knows of anything, and it is pod 0: then it founds a cluster of as many pods as
 *       Kubernetes wants. No other pod begins one, so that those who read another number of pods,
 *       or do not reach each other, cannot found two.
 * </ul>
 *
 * Blocks; confined to one thread.
 */
final class Assembly {
  /** The pause between two rounds of questions. */
  private static final Duration EVERY = Duration.ofSeconds(1);

  /** After this the process ends, and whoever watches over it may start it again. */
  private static final Duration WITHIN = Duration.ofMinutes(5);

  private static final Logger LOG = LoggerFactory.getLogger(Assembly.class);

  /** What it comes to be. */
  sealed interface Settled permits Founder, Joining.Joined {}

  /**
   * One of those who found a cluster.
   *
   * @param owner what its directory is to say
   */
  record Founder(DataDir.Owner owner) implements Settled {}

  private final PodSet pods;
  private final String token;
  private final StatefulSetApi api;
  private final Roster.Way way;
  private final CompletionStage<?> stop;
  private String waitsFor = "";

  /**
   * The assembly of one pod.
   *
   * @param api says how many pods there are
   * @param tls what is used where others speak TLS
   * @param stop completes when the pod is not wanted any more
   */
  Assembly(Begin.Pod begin, StatefulSetApi api, Tls tls, CompletionStage<?> stop) {
    this.pods = begin.pods();
    this.token = begin.token();
    this.api = api;
    this.way = new Roster.Way(tls, Joining.ANSWER_WITHIN);
    this.stop = stop;
  }

  /**
   * Waits until it is settled what this pod is.
   *
   * @throws ConfigException when it could not be settled in time, with what it has waited for
   * @throws CancellationException when the pod is not wanted any more
   */
  Settled settle() throws ConfigException {
    long deadline = System.nanoTime() + WITHIN.toNanos();
    while (System.nanoTime() - deadline < 0) {
      Optional<Settled> settled = tryToSettle();
      if (settled.isPresent()) {
        return settled.get();
      }
      pause();
    }
    throw ConfigException.start(
        "pod " + pods.pod(pods.ordinal()) + " is no member after " + WITHIN + ": " + waitsFor);
  }

  private Optional<Settled> tryToSettle() {
    try {
      int size = replicas();
      if (pods.ordinal() >= size) {
        return waiting("StatefulSet " + pods.name() + " is to have " + size + " pods");
      }
      List<String> others = pods.others(size).stream().filter(Joining::isListening).toList();
      List<Roster> rosters = others.isEmpty() ? List.of() : Roster.fetchAll(others, way);
      Optional<Roster> living = rosters.stream().filter(Assembly::isLiving).findFirst();
      if (living.isPresent()) {
        return Optional.of(join(living.get(), others));
      }
      return found(size, rosters);
    } catch (DiscoveryException | EtcdException e) {
      return waiting(String.valueOf(e.getMessage()));
    }
  }

  private int replicas() throws DiscoveryException {
    try {
      return api.replicas().toCompletableFuture().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof DiscoveryException refused) {
        throw refused;
      }
      throw e;
    }
  }

  /** Whether anybody has ever served there. */
  static boolean isLiving(Roster roster) {
    return roster.members().stream().anyMatch(member -> !member.clientUrls().isEmpty());
  }

  private Joining.Joined join(Roster roster, List<String> others) {
    Optional<Member> known = roster.at(ownUrls());
    Roster after = roster;
    if (known.isEmpty()) {
      LOG.atInfo()
          .addKeyValue("cluster-id", MemberIdentity.hex(roster.id()))
          .log("asking to become a member");
      after = Roster.join(others, ownUrls(), way);
    } else if (!known.get().clientUrls().isEmpty()) {
      LOG.atInfo()
          .addKeyValue("member-id", MemberIdentity.hex(known.get().id()))
          .log("asking to be replaced: the data is lost");
      after = Roster.replace(others, known.get(), way);
    }
    Member self =
        after
            .at(ownUrls())
            .orElseThrow(() -> new IllegalStateException("the cluster has added nobody"));
    String name = pods.pod(pods.ordinal());
    return new Joining.Joined(new MemberIdentity(after.id(), self.id(), name), after.members());
  }

  private Optional<Settled> found(int size, List<Roster> rosters) {
    for (Roster roster : rosters) {
      if (roster.at(ownUrls()).isPresent()) {
        Optional<DataDir.Owner> owner = founding(roster);
        if (owner.isPresent()) {
          return owner.map(Founder::new);
        }
      }
    }
    if (!rosters.isEmpty()) {
      return waiting("other pods found a cluster without this one");
    }
    if (pods.ordinal() != 0) {
      return waiting(pods.pod(0) + " does not answer, which founds the cluster");
    }
    return pods.founding(size, token).map(Founder::new);
  }

  /** What the directory says of one who founds the cluster of {@code roster} with its members. */
  private Optional<DataDir.Owner> founding(Roster roster) {
    Optional<DataDir.Owner> owner = pods.founding(roster.members().size(), token);
    boolean same = owner.isPresent() && owner.get().identity().clusterId() == roster.id();
    return same ? owner : Optional.empty();
  }

  private List<String> ownUrls() {
    return EtcdUrl.texts(pods.urls(pods.ordinal()));
  }

  /** Says once what is waited for. */
  private Optional<Settled> waiting(String reason) {
    if (!reason.equals(waitsFor)) {
      waitsFor = reason;
      LOG.atInfo().addKeyValue("reason", reason).log("waiting to become a member");
    }
    return Optional.empty();
  }

  private void pause() {
    try {
      stop.toCompletableFuture().get(EVERY.toMillis(), TimeUnit.MILLISECONDS);
      throw new CancellationException("the pod is not wanted any more");
    } catch (TimeoutException goOn) {
      // Still wanted.
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    }
  }
}
