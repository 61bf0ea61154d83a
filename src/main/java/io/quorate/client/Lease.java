package io.quorate.client;

import io.quorate.client.flow.Emission;
import io.quorate.client.wire.Answer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A lease that the client keeps alive: renewed at a third of its time to live, until it is revoked,
 * given up or lost. Keys that were written with its {@link #id()} end with it.
 *
 * <p>Whoever acts because of it asks {@link #isHeld()} first: it looks at the clock, so it is right
 * even in a process that was stopped for a while and has not been told {@link LeaseState.Lost} yet.
 */
public final class Lease {
  private final long id;
  private final LeaseKeeper keeper;
  private final Answer<LeaseState.Lost> lost = new Answer<>();
  private volatile Told state;
  private final Set<States> watchers = ConcurrentHashMap.newKeySet();
  private volatile long lostAtNanos;

  /** The states one after the other, counted from 1. */
  private record Told(long number, LeaseState state) {}

  Lease(long id, Duration ttl, long lostAtNanos, LeaseKeeper keeper) {
    this.id = id;
    this.keeper = keeper;
    this.lostAtNanos = lostAtNanos;
    this.state = new Told(1, new LeaseState.Held(ttl));
  }

  /** What keys name it by. */
  public long id() {
    return id;
  }

  /** Whether no member can have let it expire by now. Never waits. */
  public boolean isHeld() {
    return state.state() instanceof LeaseState.Held && System.nanoTime() - lostAtNanos < 0;
  }

  /** Completes when the lease is lost, on a thread of the client; never fails. */
  public CompletionStage<LeaseState.Lost> lost() {
    return lost.copy();
  }

  /**
   * What becomes of it: now, then each renewal, and last that it is lost. Who is slow is told only
   * the newest.
   */
  public Flow.Publisher<LeaseState> states() {
    return subscriber -> {
      States states = new States(subscriber);
      watchers.add(states);
      states.begin();
    };
  }

  /**
   * Ends the lease and the keys that were written with it. It counts as lost at once.
   *
   * @return completes when a member did it, or says that it is gone
   */
  public CompletionStage<Void> revoke() {
    return keeper.revoke(this);
  }

  /** Lets it expire: it is not renewed any more, and counts as lost at once. */
  public void abandon() {
    keeper.release(this, new LeaseState.Lost(LeaseState.Reason.RELEASED, "it was given up"));
  }

  void renewed(Duration ttl, long until) {
    lostAtNanos = until;
    change(new LeaseState.Held(ttl));
  }

  void lose(LeaseState.Lost how) {
    if (change(how)) {
      lost.complete(how);
    }
  }

  private boolean change(LeaseState next) {
    if (!isChanged(next)) {
      return false;
    }
    watchers.forEach(States::tell);
    return true;
  }

  /** What is lost stays lost. */
  private synchronized boolean isChanged(LeaseState next) {
    if (state.state() instanceof LeaseState.Lost) {
      return false;
    }
    state = new Told(state.number() + 1, next);
    return true;
  }

  /** Tells one subscriber; knows what it told last, so that nothing waits but the newest. */
  private final class States extends Emission<LeaseState> {
    private final AtomicLong told = new AtomicLong();

    States(Subscriber<? super LeaseState> subscriber) {
      super(subscriber);
    }

    @Override
    protected void onWanted() {
      tell();
    }

    private void tell() {
      Told now = state;
      long before = told.get();
      if (now.number() > before && isWanted() && told.compareAndSet(before, now.number())) {
        offer(now.state());
        if (now.state() instanceof LeaseState.Lost) {
          complete();
        }
      }
    }

    @Override
    protected void onOver() {
      watchers.remove(this);
    }
  }
}
