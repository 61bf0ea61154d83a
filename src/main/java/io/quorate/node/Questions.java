package io.quorate.node;

import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.Coded;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.lease.RenewReply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What members ask each other beside consensus, and the answers: a byte that says whether it was
 * refused, then the refusal's code and text, or the answer. Any thread.
 */
final class Questions {
  /** What is asked; the code is what goes over the wire and never changes. */
  enum Kind implements Coded {
    /** Who belongs to the cluster; whoever wants to join asks, too. */
    MEMBERS(1),
    /** Renew a lease: of the leader. */
    RENEW(2),
    /** The times of a lease: of the leader. */
    TIME_TO_LIVE(3),
    /** Promote a learner: of the leader, who knows how far it is. */
    PROMOTE(4),
    /** Whether a member that remembers nothing may take part: {@link Freshness}. */
    FRESH(5),
    /** Replace a member whose disk is lost; who lost it asks, and is no member any more. */
    REPLACE(6),
    /** The digest of the state at an index: {@link Integrity}. */
    DIGEST(7),
    /** That is not what a majority has. */
    QUARANTINE(8),
    /** Send a snapshot to a member whose store is damaged: of the leader. */
    REPAIR(9),
    /** What is left here of a snapshot that was cut. */
    HELD(10),
    /** The digest of the rows of a range of revisions: {@link RangeDigests}. */
    RANGE_DIGEST(11),
    /** Where its fleet listens, which is no matter of consensus. */
    FLEET(12),
    /** Add a member; who is to be that asks, see {@link MemberChanges#join}. */
    JOIN(13);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    @Override
    public int code() {
      return code;
    }
  }

  private final Node node;

  Questions(Node node) {
    this.node = node;
  }

  /** Whether somebody who is no member may ask so. */
  static boolean isForStrangers(int kind) {
    return kind == Kind.MEMBERS.code() || kind == Kind.REPLACE.code() || kind == Kind.JOIN.code();
  }

  /** The answer to a question of member {@code from}, 0 for somebody who is none. */
  CompletionStage<Bytes> answer(long from, int kind, Bytes request) {
    CompletionStage<Bytes> answer;
    try {
      answer =
          switch (Coded.pick(Kind.values(), kind)) {
            case MEMBERS -> CompletableFuture.completedFuture(roster().encode());
            case RENEW -> renew(request.longAt(0));
            case TIME_TO_LIVE -> timeToLive(request.longAt(0), request.at(Long.BYTES) != 0);
            case PROMOTE ->
                node.cluster().changes().promoteHere(request.longAt(0)).thenApply(done -> done);
            case FRESH -> node.cluster().freshness().answer(request.longAt(0));
            case DIGEST -> node.integrity().answerDigest(request.longAt(0));
            case QUARANTINE -> node.integrity().answerQuarantine(request);
            case REPAIR -> node.integrity().answerRepair(request.longAt(0));
            case RANGE_DIGEST -> node.integrity().ranges().answer(request);
            case HELD -> node.cluster().held();
            case FLEET -> CompletableFuture.completedFuture(fleetPort());
            case REPLACE -> node.cluster().changes().replace(request, from != 0);
            case JOIN -> node.cluster().changes().join(request, from != 0);
          };
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    // A question that nobody can answer now must not count as open for ever.
    Duration within = node.settings().requestTimeout();
    return answer
        .toCompletableFuture()
        .orTimeout(within.toMillis(), TimeUnit.MILLISECONDS)
        .handle(
            (bytes, failure) -> {
              ByteWriter out = new ByteWriter(64);
              if (failure == null) {
                return out.put(0).putRaw(bytes).toBytes();
              }
              EtcdException refusal = Refusals.of(failure);
              return out.put(1).putVar(refusal.code().number()).putText(refusal.text()).toBytes();
            });
  }

  /** What {@link #answer} gave; throws what it refused with. */
  static Bytes open(Bytes answer) {
    ByteReader in = new ByteReader(answer);
    if (in.get() == 0) {
      return answer.slice(1, answer.size());
    }
    throw new EtcdException(EtcdError.Code.of(in.getVarInt()), in.getText());
  }

  private Bytes fleetPort() {
    return new ByteWriter(4).putVar(node.cluster().fleetPort()).toBytes();
  }

  private Roster roster() {
    Published published = node.published();
    return new Roster(node.clusterId(), published.members(), published.removed());
  }

  private CompletionStage<Bytes> renew(long id) {
    CompletableFuture<Bytes> answer = new CompletableFuture<>();
    ActorRef<LeaseActor.Command> leases = node.leases();
    leases.tell(
        new LeaseActor.Renew(
            id,
            false,
            new RenewReply() {
              @Override
              public void renewed(long ttlSeconds) {
                answer.complete(Bytes.ofLong(ttlSeconds));
              }

              @Override
              public void failed(EtcdException error) {
                answer.completeExceptionally(error);
              }
            }));
    return answer;
  }

  private CompletionStage<Bytes> timeToLive(long id, boolean keys) {
    CompletableFuture<LeaseView> answer = new CompletableFuture<>();
    node.leases().tell(new LeaseActor.TimeToLive(id, keys, false, answer));
    return answer.thenApply(Questions::encode);
  }

  private static Bytes encode(LeaseView view) {
    ByteWriter out = new ByteWriter(64).putLong(view.id()).putLong(view.grantedSeconds());
    out.putLong(view.remainingSeconds()).putVar(view.keys().size());
    view.keys().forEach(out::putBytes);
    return out.toBytes();
  }

  /** The times of a lease as another member answered them. */
  static LeaseView leaseView(Bytes bytes) {
    ByteReader in = new ByteReader(bytes);
    long id = in.getLong();
    long granted = in.getLong();
    long remaining = in.getLong();
    List<Bytes> keys = new ArrayList<>();
    for (int left = in.getVarInt(); left > 0; left--) {
      keys.add(in.getBytes());
    }
    return new LeaseView(id, granted, remaining, keys);
  }
}
