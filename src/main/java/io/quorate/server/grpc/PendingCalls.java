package io.quorate.server.grpc;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls that wait for something, so that none waits for ever: every {@link #SWEEP_MILLIS} each
 * is shown the time. Calls that are answered before their handler returns never get here. Lists
 * under striped locks: adding and removing costs tens of nanoseconds, a sweep is linear in the
 * calls that wait.
 */
final class PendingCalls {
  static final long SWEEP_MILLIS = 50;

  private static final Logger LOG = LoggerFactory.getLogger(PendingCalls.class);
  private static final int STRIPES = 16;

  /** A call in the list. */
  abstract static class Entry {
    private final int stripe = (int) Thread.currentThread().getId() & (STRIPES - 1);
    private @Nullable Entry before;
    private @Nullable Entry after;
    private boolean linked;

    /** Whether it waits no more; then it is not linked either. */
    abstract boolean isSettled();

    /** Is shown the time of {@link System#nanoTime}; may settle itself. Called without locks. */
    abstract void look(long nowNanos);

    /** The server stops: settle with a status. */
    abstract void stop();
  }

  private static final class Stripe {
    private @Nullable Entry head;
  }

  private final Stripe[] stripes = new Stripe[STRIPES];

  PendingCalls() {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe();
    }
  }

  /** Links a call, unless it has settled meanwhile. */
  void add(Entry entry) {
    Stripe stripe = stripes[entry.stripe];
    synchronized (stripe) {
      if (entry.linked || entry.isSettled()) {
        return;
      }
      entry.linked = true;
      entry.after = stripe.head;
      if (stripe.head != null) {
        stripe.head.before = entry;
      }
      stripe.head = entry;
    }
  }

  /** Unlinks a call; it settles first, so that an {@link #add} under way sees it. */
  void remove(Entry entry) {
    Stripe stripe = stripes[entry.stripe];
    synchronized (stripe) {
      if (!entry.linked) {
        return;
      }
      entry.linked = false;
      if (entry.before != null) {
        entry.before.after = entry.after;
      } else {
        stripe.head = entry.after;
      }
      if (entry.after != null) {
        entry.after.before = entry.before;
      }
      entry.before = null;
      entry.after = null;
    }
  }

  /** Shows every call the time. One that fails does not keep it from the others. */
  void sweep(long nowNanos) {
    for (Entry entry : all()) {
      try {
        entry.look(nowNanos);
      } catch (RuntimeException e) {
        LOG.warn("a call failed to look at the time", e);
      }
    }
  }

  /** Settles every call, because the server stops. */
  void stop() {
    for (Entry entry : all()) {
      entry.stop();
    }
  }

  /** How many calls wait. */
  int size() {
    return all().size();
  }

  private List<Entry> all() {
    List<Entry> entries = new ArrayList<>();
    for (Stripe stripe : stripes) {
      synchronized (stripe) {
        for (Entry e = stripe.head; e != null; e = e.after) {
          entries.add(e);
        }
      }
    }
    return entries;
  }
}
