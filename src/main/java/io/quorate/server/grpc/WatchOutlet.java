package io.quorate.server.grpc;

import io.quorate.node.MemberFacts;
import io.quorate.proto.etcd.WatchResponse;
import io.quorate.watch.Delivery;
import io.quorate.watch.Outlet;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;

/**
 * What a hub sends on one stream: encodes it and puts it into the stream's queue, and into a small
 * one of its own what that refuses. While the stream is full it reads no requests. The hub's thread
 * and the connection's meet here, under a lock held for moments.
 */
final class WatchOutlet implements Outlet {
  private final Outbound out;
  private final WatchEncoder encoder;
  private final MemberFacts facts;
  private final LongSupplier budgetBytes;
  private final LongSupplier responseBytes;
  private final Runnable writable;
  private final ArrayDeque<Framed> refused = new ArrayDeque<>();
  private boolean waiting;

  /**
   * The outlet of the stream behind {@code out}.
   *
   * @param budgetBytes how much may wait in the stream's queue at present
   * @param responseBytes {@link #responseBytes} at present
   * @param writable to be run, from any thread, when the stream was full and is so no more
   */
  WatchOutlet(
      Outbound out,
      WatchEncoder encoder,
      MemberFacts facts,
      LongSupplier budgetBytes,
      LongSupplier responseBytes,
      Runnable writable) {
    this.out = out;
    this.encoder = encoder;
    this.facts = facts;
    this.budgetBytes = budgetBytes;
    this.responseBytes = responseBytes;
    this.writable = writable;
  }

  @Override
  public long roomBytes() {
    if (out.isOver()) {
      // What is sent goes nowhere; the hub will be told that the stream is closed.
      return Long.MAX_VALUE;
    }
    boolean wait;
    long budget = budgetBytes.getAsLong();
    synchronized (this) {
      long room = refused.isEmpty() ? budget - out.queuedBytes() : 0;
      if (room > 0) {
        return room;
      }
      wait = !waiting;
      waiting = true;
    }
    if (wait) {
      out.holdRequests();
      out.onWritable(budget / 2, this::onWritable);
    }
    return 0;
  }

  @Override
  public long responseBytes() {
    return responseBytes.getAsLong();
  }

  @Override
  public void send(Delivery delivery) {
    if (delivery instanceof Delivery.Events events) {
      encoder.encode(events, this::offer);
    } else {
      offer(Framed.of(response(delivery)));
    }
  }

  private void offer(Framed message) {
    boolean wait = false;
    synchronized (this) {
      if (!refused.isEmpty() || !out.offer(message)) {
        if (out.isOver()) {
          return;
        }
        refused.add(message);
        wait = !waiting;
        waiting = true;
      }
    }
    if (wait) {
      out.holdRequests();
      out.onWritable(budgetBytes.getAsLong() / 2, this::onWritable);
    }
  }

  private void onWritable() {
    boolean again;
    synchronized (this) {
      Framed next = refused.peek();
      while (next != null && out.offer(next)) {
        refused.remove();
        next = refused.peek();
      }
      again = next != null;
      waiting = again;
      if (out.isOver()) {
        return;
      }
    }
    if (again) {
      out.onWritable(budgetBytes.getAsLong() / 2, this::onWritable);
    } else {
      out.resumeRequests();
      writable.run();
    }
  }

  private WatchResponse response(Delivery delivery) {
    WatchResponse.Builder response = WatchResponse.newBuilder();
    long revision = 0;
    if (delivery instanceof Delivery.Created created) {
      revision = created.revision();
      response.setWatchId(created.watchId()).setCreated(true);
    } else if (delivery instanceof Delivery.Refused refusal) {
      revision = refusal.revision();
      response.setWatchId(Delivery.NO_ID).setCreated(true).setCanceled(true);
      response.setCancelReason(refusal.reason());
    } else if (delivery instanceof Delivery.Canceled canceled) {
      revision = canceled.revision();
      response.setWatchId(canceled.watchId()).setCanceled(true);
    } else if (delivery instanceof Delivery.Compacted compacted) {
      response.setWatchId(compacted.watchId()).setCanceled(true);
      response.setCompactRevision(compacted.compactRevision());
    } else if (delivery instanceof Delivery.Progress progress) {
      revision = progress.revision();
      response.setWatchId(progress.watchId());
    }
    return response.setHeader(HeaderCodec.message(facts, revision)).build();
  }
}
