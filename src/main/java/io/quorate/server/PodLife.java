package io.quorate.server;

import io.quorate.apply.Member;
import io.quorate.node.MemberGoneException;
import io.quorate.node.Node;
import io.quorate.node.RaftStatus;
import io.quorate.node.Refusals;
import io.quorate.node.Roster;
import io.quorate.server.discovery.StatefulSetApi;
import io.quorate.tls.Tls;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a member does because it is a pod of a StatefulSet, beside serving: it leaves the cluster
 * when it is stopped and Kubernetes wants fewer pods; as the leader it removes those that were to
 * leave and could not; and while it has no leader it looks whether the other pods belong to a
 * cluster that is not its own. Any thread.
 */
final class PodLife {
  /** How often it is looked. */
  private static final Duration LOOK_EVERY = Duration.ofSeconds(5);

  /** How long a pod that is not wanted any more must have been away before it is removed. */
  private static final Duration GONE_FOR = Duration.ofSeconds(30);

  /** How long a member tries to leave; Kubernetes gives it a little more to stop. */
  private static final Duration LEAVE_WITHIN = Duration.ofSeconds(45);

  /** The pause after a refusal to let it leave. */
  private static final Duration RETRY = Duration.ofMillis(500);

  private static final Logger LOG = LoggerFactory.getLogger(PodLife.class);

  private final PodSet pods;
  private final StatefulSetApi api;
  private final Node node;
  private final Roster.Way way;
  private final CompletableFuture<Throwable> elsewhere = new CompletableFuture<>();

  /** Since when members that are not wanted any more have been away, by id. */
  private final Map<Long, Long> awaySince = new HashMap<>();

  /**
   * Beside {@code node}.
   *
   * @param tls what is used where others speak TLS
   */
  PodLife(PodSet pods, StatefulSetApi api, Node node, Tls tls) {
    this.pods = pods;
    this.api = api;
    this.node = node;
    this.way = new Roster.Way(tls, Joining.ANSWER_WITHIN);
  }

  /** Looks, from now on, as long as the member lives. */
  void begin() {
    node.system()
        .scheduler()
        .scheduleWithFixedDelay(
            LOOK_EVERY, LOOK_EVERY, this::look, node.system().executionContext());
  }

  /** Completes with the reason when the member cannot be of the cluster of the other pods. */
  CompletionStage<Throwable> failed() {
    return elsewhere;
  }

  private void look() {
    if (!node.hasLeader()) {
      lookElsewhere();
    } else if (node.isLeader()) {
      api.replicas()
          .thenAccept(this::removeAway)
          .exceptionally(
              failure -> {
                LOG.debug("no look for members beyond the replicas", failure);
                return null;
              });
    }
  }

  private void lookElsewhere() {
    List<String> urls =
        node.published().members().stream()
            .filter(member -> member.id() != node.memberId())
            .flatMap(member -> member.peerUrls().stream())
            .toList();
    Roster.ask(Adapter.toClassic(node.system()), way, urls)
        .thenAccept(rosters -> rosters.forEach(this::learn));
  }

  private void learn(Roster roster) {
    if (roster.id() == node.clusterId() || !Assembly.isLiving(roster)) {
      return;
    }
    // Only one that has done nothing yet may begin again: whatever else it has stays as it is.
    boolean fresh = node.status().condition() == RaftStatus.Condition.FRESH;
    elsewhere.complete(
        fresh
            ? MemberGoneException.elsewhere(roster.id())
            : new IllegalStateException(
                "the data directory belongs to cluster "
                    + MemberIdentity.hex(node.clusterId())
                    + ", but the other members to cluster "
                    + MemberIdentity.hex(roster.id())));
  }

  private synchronized void removeAway(int size) {
    long now = System.nanoTime();
    for (Member member : node.published().members()) {
      OptionalInt ordinal = pods.ordinalOf(member.peerUrls());
      boolean unwanted = size > 0 && ordinal.isPresent() && ordinal.getAsInt() >= size;
      boolean away =
          member.id() != node.memberId() && node.cluster().connectedFor(member.id()).isZero();
      if (!unwanted || !away) {
        awaySince.remove(member.id());
      } else if (now - awaySince.computeIfAbsent(member.id(), id -> now) >= GONE_FOR.toNanos()) {
        LOG.atInfo()
            .addKeyValue("member-id", MemberIdentity.hex(member.id()))
            .addKeyValue("replicas", size)
            .log("removing a member that is gone and not wanted any more");
        node.cluster().changes().remove(member.id());
      }
    }
  }

  /** Leaves if it is to; see {@link RunningMember#leave}. */
  CompletionStage<Void> leave() {
    return api.replicas()
        .exceptionally(
            failure -> {
              LOG.atWarn().addKeyValue("reason", failure.getMessage()).log("stays a member");
              return Integer.MAX_VALUE;
            })
        .thenCompose(size -> size > 0 && pods.ordinal() >= size ? leave(size) : done());
  }

  private static CompletionStage<Void> done() {
    return CompletableFuture.completedFuture(null);
  }

  private CompletionStage<Void> leave(int size) {
    LOG.atInfo().addKeyValue("replicas", size).log("leaving the cluster: it is to be smaller");
    CompletableFuture<Boolean> left = new CompletableFuture<>();
    AtomicReference<@Nullable String> refusal = new AtomicReference<>("no answer");
    node.failed().thenAccept(cause -> left.complete(true));
    node.cluster().handOver().thenAccept(heir -> tryToLeave(left, refusal));
    return left.completeOnTimeout(false, LEAVE_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .thenAccept(
            told -> {
              String reason = refusal.get();
              if (!told && reason != null) {
                LOG.atWarn()
                    .addKeyValue("reason", reason)
                    .log("stops without having left; the leader removes this member later");
              }
            });
  }

  private void tryToLeave(
      CompletableFuture<Boolean> left, AtomicReference<@Nullable String> refusal) {
    node.cluster()
        .changes()
        .remove(node.memberId())
        .whenComplete(
            (answer, refused) -> {
              if (refused == null) {
                // It goes on until it is told so, a moment later: the one that stays of two may
                // need its voice to learn that it is alone.
                LOG.info("left the cluster");
                refusal.set(null);
              } else if (!left.isDone()) {
                refusal.set(String.valueOf(Refusals.of(refused).getMessage()));
                node.system()
                    .scheduler()
                    .scheduleOnce(
                        RETRY, () -> tryToLeave(left, refusal), node.system().executionContext());
              }
            });
  }
}
