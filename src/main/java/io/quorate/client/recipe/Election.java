package io.quorate.client.recipe;

import io.quorate.base.Bytes;
import io.quorate.client.Client;
import io.quorate.client.Compare;
import io.quorate.client.KeyValue;
import io.quorate.client.LeaseState;
import io.quorate.client.Put;
import io.quorate.client.Txn;
import io.quorate.client.Watch;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Publisher;

/**
 * A choice of one among all programs that name it the same, for as long as that one lives and
 * wants, and a word of the chosen one that all can read. Compatible with {@code Election} of etcd's
 * {@code client/v3/concurrency} and with {@code etcdctl elect}: the key of a candidate is the name,
 * a slash and its lease in hexadecimal, the value is its word, and who came first leads.
 *
 * <p>For leading holds what is said of holding in {@link Mutex}: what must not be done by two is
 * done with {@link Leadership#guard()} or {@link Leadership#fence()}.
 */
public final class Election {
  private final Line line;

  /**
   * Who leads.
   *
   * @param key the key of the candidate
   * @param value what it says
   * @param revision when it said so
   * @param fence when it became a candidate, which tells it from any other: of two leaders, the
   *     later one has the greater fence
   */
  public record Leader(Bytes key, Bytes value, long revision, long fence) {
    static Leader of(KeyValue kv) {
      return new Leader(kv.key(), kv.value(), kv.modRevision(), kv.createRevision());
    }

    /** What it says, as text. */
    public String valueText() {
      return value.utf8();
    }
  }

  private Election(Line line) {
    this.line = line;
  }

  /**
   * The election of that name. Nothing is asked for yet.
   *
   * @param name not empty, in UTF-8
   * @param ttl how long a leader or candidate that died stays one; rounded up to seconds
   */
  public static Election of(Client client, String name, Duration ttl) {
    return new Election(new Line(client, name, ttl));
  }

  /**
   * Becomes a candidate, and waits until it leads. To cancel the stage is to withdraw.
   *
   * @param value what is said as leader, from the first moment
   * @return fails as {@link Mutex#acquire()} does
   */
  public CompletionStage<Leadership> campaign(Bytes value) {
    return line.enter(value, place -> new Leadership(line.client(), place));
  }

  /** As {@link #campaign(Bytes)}, in UTF-8. */
  public CompletionStage<Leadership> campaign(String value) {
    return campaign(Bytes.utf8(value));
  }

  /** As {@link #campaign(Bytes)}, but fails with {@link RecipeException.TimedOut}. */
  public CompletionStage<Leadership> campaign(Bytes value, Duration within) {
    return line.enter(value, place -> new Leadership(line.client(), place))
        .failAfter(within, () -> new RecipeException.TimedOut("to lead " + line.name(), within));
  }

  /** Who leads now, if somebody does. */
  public CompletionStage<Optional<Leader>> leader() {
    return Promise.of(line.client().range(line.first()), found -> found.first().map(Leader::of));
  }

  /**
   * Who leads now, and then each other leader and each other word of one, in order and once,
   * whatever becomes of members and connections. Who comes to lead after what happened is compacted
   * is told the leader of then. That nobody leads is not told. Ends only by a refusal of a member
   * or with the client, with a {@link io.quorate.client.ClientException}; each subscriber has a
   * watch of its own, which is read as it asks.
   */
  public Publisher<Leader> observe() {
    return subscriber ->
        new Observation(subscriber).start(line.client(), Watch.of(line.keys()).withList());
  }

  /** That one leads, or did. */
  public static final class Leadership {
    private final Client client;
    private final Place place;

    Leadership(Client client, Place place) {
      this.client = client;
      this.place = place;
    }

    /** The key of the leader. */
    public Bytes key() {
      return place.key();
    }

    /** The create revision of the key: greater than that of each leader before. */
    public long fence() {
      return place.fence();
    }

    /** Holds in a transaction only as long as this one leads. */
    public Compare guard() {
      return place.guard();
    }

    /** As {@link Mutex.Held#isHeld()}. */
    public boolean isHeld() {
      return place.lease().isHeld();
    }

    /** As {@link Mutex.Held#lost()}. */
    public CompletionStage<LeaseState.Lost> lost() {
      return place.lease().lost();
    }

    /**
     * Says something else as leader.
     *
     * @return the revision at which it was said; fails with {@link RecipeException.Lost} if this
     *     one does not lead any more, and with {@link io.quorate.client.ClientException.Ambiguous}
     *     if nobody knows whether it was said: it is not said twice
     */
    public CompletionStage<Long> proclaim(Bytes value) {
      Put said = Put.of(place.key(), value).withLease(place.lease().id());
      return Promise.of(
          client.txn(Txn.when(place.guard()).then(said)),
          answer -> {
            if (!answer.succeeded()) {
              throw Entry.gone("the key " + place.key() + " is gone");
            }
            return answer.revision();
          });
    }

    /** As {@link #proclaim(Bytes)}, in UTF-8. */
    public CompletionStage<Long> proclaim(String value) {
      return proclaim(Bytes.utf8(value));
    }

    /** Leads no more; as {@link Mutex.Held#release()}. */
    public CompletionStage<Void> resign() {
      return place.lease().revoke();
    }
  }
}
