package io.quorate.chaos.workload;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Fact.LeaseChange;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Step;
import io.quorate.client.ClientException;
import io.quorate.client.Lease;
import io.quorate.client.LeaseState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.random.RandomGenerator;

/**
 * Keys that end with leases. Some leases are kept, some given up so that they expire, some revoked.
 */
final class LeaseWorkload implements Workload {
  private static final int LEASES_MAX = 8;
  private static final int TTL_SECONDS_MIN = 3;
  private static final int TTL_SECONDS_MORE = 6;

  private final Caller caller;
  private final RandomGenerator luck;
  private final List<Holding> held = new ArrayList<>();
  private long count;

  private record Holding(Lease lease, String key) {}

  LeaseWorkload(Caller caller, RandomGenerator luck) {
    this.caller = caller;
    this.luck = luck;
  }

  @Override
  public void step() {
    held.removeIf(each -> !each.lease().isHeld());
    if (held.isEmpty() || (held.size() < LEASES_MAX && luck.nextInt(3) == 0)) {
      begin();
    } else if (luck.nextInt(4) == 0) {
      end(held.remove(luck.nextInt(held.size())));
    } else {
      Holding holding = held.get(luck.nextInt(held.size()));
      caller.ask(Request.of(new Step.Read(holding.key())));
    }
  }

  private void begin() {
    Duration ttl = Duration.ofSeconds(TTL_SECONDS_MIN + luck.nextInt(TTL_SECONDS_MORE));
    String key = "lease/" + caller.name() + "." + count++;
    long askedAt = caller.recorder().now();
    try {
      Lease lease = caller.client().lease(ttl).toCompletableFuture().join();
      tell(lease, key, LeaseChange.GRANTED, sure(ttl, askedAt));
      lease.states().subscribe(new Told(lease, key, askedAt));
      held.add(new Holding(lease, key));
      caller.ask(Request.of(new Step.Write(key, key, lease.id())));
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof ClientException)) {
        throw e;
      }
    }
  }

  /** How long it is sure to live from now on, where its time began after {@code since}. */
  private long sure(Duration ttl, long since) {
    return Math.max(0, ttl.toNanos() - (caller.recorder().now() - since));
  }

  private void end(Holding holding) {
    tell(holding.lease(), holding.key(), LeaseChange.ABANDONED, 0);
    if (luck.nextBoolean()) {
      holding.lease().abandon();
    } else {
      // What becomes of it does not matter: at the latest it expires.
      var unused = holding.lease().revoke();
    }
  }

  @Override
  public void close() {
    held.forEach(this::end);
    held.clear();
  }

  private void tell(Lease lease, String key, LeaseChange what, long sureNanos) {
    Recorder recorder = caller.recorder();
    recorder.tell(new Fact.LeaseTold(recorder.now(), lease.id(), key, what, sureNanos));
  }

  /** Writes down renewals and the loss, as the client tells them. */
  private final class Told implements Flow.Subscriber<LeaseState> {
    private final Lease lease;
    private final String key;

    /** Before the request for what is told next was sent. */
    private long askedAfter;

    Told(Lease lease, String key, long askedAt) {
      this.lease = lease;
      this.key = key;
      this.askedAfter = askedAt;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(LeaseState state) {
      if (state instanceof LeaseState.Held renewed) {
        // The first that is told is the grant; a renewal is asked for after the one before was
        // told.
        tell(lease, key, LeaseChange.RENEWED, sure(renewed.ttl(), askedAfter));
        askedAfter = caller.recorder().now();
      } else {
        tell(lease, key, LeaseChange.LOST, 0);
      }
    }

    @Override
    public void onError(Throwable failure) {
      throw new IllegalStateException("states of a lease never fail", failure);
    }

    @Override
    public void onComplete() {}
  }
}
