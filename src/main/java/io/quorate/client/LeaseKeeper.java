package io.quorate.client;

import io.quorate.base.EtcdError;
import io.quorate.base.EtcdError.Code;
import io.quorate.client.wire.Answer;
import io.quorate.client.wire.Backoff;
import io.quorate.client.wire.Method.Repeat;
import io.quorate.client.wire.Methods;
import io.quorate.client.wire.Stream;
import io.quorate.client.wire.Verdict;
import io.quorate.client.wire.Wire;
import io.quorate.proto.etcd.LeaseGrantRequest;
import io.quorate.proto.etcd.LeaseKeepAliveRequest;
import io.quorate.proto.etcd.LeaseKeepAliveResponse;
import io.quorate.proto.etcd.LeaseRevokeRequest;
import io.quorate.proto.etcd.LeaseRevokeResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the leases of a client alive over one stream to one member, and over the next one where
 * that ends or is silent. {@link LeaseBook} says what is to be done when. Its state changes on the
 * first thread of the client.
 */
final class LeaseKeeper implements Wire.Closing {
  /** How often the book is looked into while there are leases: at least, and at most. */
  private static final long LOOK_MILLIS_MAX = 100;

  private static final long LOOK_MILLIS_MIN = 5;

  /** How many answers are under way at most, and how many renewals go out in one look. */
  private static final int ANSWERS_MAX = 1_024;

  private static final Backoff REOPEN = new Backoff(20, 500);

  private final Wire wire;
  private final LeaseBook book = new LeaseBook(ThreadLocalRandom.current());
  private final Map<Long, Lease> leases = new HashMap<>();
  private @Nullable Stream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> stream;
  private boolean isLooking;
  private boolean isWaiting;
  private int failures;

  LeaseKeeper(Wire wire) {
    this.wire = wire;
    wire.onClose(this);
  }

  /** Asks for a lease, and keeps it. */
  CompletionStage<Lease> grant(Duration ttl) {
    LeaseGrantRequest request = LeaseGrantRequest.newBuilder().setTTL(Leases.seconds(ttl)).build();
    long askedAt = System.nanoTime();
    // A second copy makes a lease that nobody renews: it is gone in no time.
    return wire.call(
        Methods.LEASE_GRANT.with(Repeat.HARMLESS),
        request,
        answer -> keep(answer.getID(), Duration.ofSeconds(answer.getTTL()), askedAt));
  }

  private Lease keep(long id, Duration ttl, long askedAt) {
    Lease lease = new Lease(id, ttl, askedAt + ttl.toNanos(), this);
    wire.execute(
        () -> {
          leases.put(id, lease);
          lease.renewed(ttl, book.granted(id, ttl.toNanos(), askedAt));
          if (wire.isClosed()) {
            lose();
          } else if (!isLooking) {
            isLooking = true;
            look();
          }
        });
    if (wire.isClosed()) {
      // Closed before it was entered: nobody else would tell.
      lease.lose(closed());
    }
    return lease;
  }

  /** {@code lease} is not kept any more. */
  void release(Lease lease, LeaseState.Lost how) {
    lease.lose(how);
    wire.execute(
        () -> {
          book.remove(lease.id());
          leases.remove(lease.id());
        });
  }

  CompletionStage<Void> revoke(Lease lease) {
    release(lease, new LeaseState.Lost(LeaseState.Reason.RELEASED, "it was revoked here"));
    return revoke(lease.id());
  }

  /** Ends a lease; one that is gone is ended. */
  CompletionStage<Void> revoke(long id) {
    Answer<Void> ended = new Answer<>();
    CompletionStage<LeaseRevokeResponse> called =
        wire.call(
            Methods.LEASE_REVOKE.with(Repeat.HARMLESS),
            LeaseRevokeRequest.newBuilder().setID(id).build(),
            Function.identity());
    called.whenComplete(
        (answer, failure) -> {
          if (failure == null || isGone(failure)) {
            ended.complete(null);
          } else {
            ended.completeExceptionally(failure);
          }
        });
    return ended;
  }

  private static boolean isGone(Throwable failure) {
    return failure instanceof ClientException.Refused refused
        && refused.error().filter(EtcdError.LEASE_NOT_FOUND::equals).isPresent();
  }

  private void look() {
    if (leases.isEmpty()) {
      isLooking = false;
      drop("no lease is left");
      return;
    }
    Stream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> at = stream;
    boolean isReady = at != null && at.isReady();
    LeaseBook.Work work = book.work(System.nanoTime(), isReady ? ANSWERS_MAX : 0);
    work.lost().forEach(this::unrenewed);
    if (at == null) {
      open();
    } else if (isReady) {
      work.renew().forEach(id -> at.send(LeaseKeepAliveRequest.newBuilder().setID(id).build()));
    }
    if (work.isStalled() && at != null) {
      at.suspect("a renewal had no answer in time");
      at.cancel("a renewal had no answer in time");
    }
    wire.later(book.millisToNext(System.nanoTime(), LOOK_MILLIS_MIN, LOOK_MILLIS_MAX), this::look);
  }

  private void unrenewed(long id) {
    Lease lease = leases.remove(id);
    if (lease != null) {
      lease.lose(
          new LeaseState.Lost(
              LeaseState.Reason.UNRENEWED, "no member renewed it in time: " + wire.troubles()));
    }
  }

  private void open() {
    if (!isWaiting) {
      Stream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> opening =
          wire.stream(Methods.LEASE_KEEP_ALIVE, new Receiver());
      stream = opening;
      wire.open(opening);
    }
  }

  private void drop(String why) {
    Stream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> dropped = stream;
    stream = null;
    if (dropped != null) {
      dropped.cancel(why);
    }
  }

  private final class Receiver
      extends Stream.Receiver<LeaseKeepAliveRequest, LeaseKeepAliveResponse> {
    @Override
    public void onOpen(Stream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> opened) {
      opened.request(ANSWERS_MAX);
    }

    @Override
    public void onMessage(
        Stream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> from,
        LeaseKeepAliveResponse message) {
      from.request(1);
      if (from == stream) {
        failures = 0;
        answered(message.getID(), message.getTTL());
      }
    }

    @Override
    public void onEnd(
        Stream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> from, Code code, String text) {
      if (from == stream) {
        stream = null;
        ended(from, code, text);
      }
    }
  }

  private void answered(long id, long ttlSeconds) {
    Lease lease = leases.get(id);
    if (lease == null) {
      return;
    }
    if (ttlSeconds <= 0) {
      book.remove(id);
      leases.remove(id);
      lease.lose(
          new LeaseState.Lost(LeaseState.Reason.GONE, "a member says that it does not exist"));
    } else {
      Duration ttl = Duration.ofSeconds(ttlSeconds);
      lease.renewed(ttl, book.renewed(id, ttl.toNanos()));
    }
  }

  private void ended(
      Stream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> from, Code code, String text) {
    book.disconnected(System.nanoTime());
    Verdict verdict = Verdict.of(code, text, true, Repeat.HARMLESS);
    if (verdict.next() == Verdict.Next.AUTHENTICATE) {
      wire.renewToken(from);
    }
    if (verdict.isSick()) {
      from.suspect(text);
    }
    isWaiting = true;
    wire.later(REOPEN.millis(++failures, ThreadLocalRandom.current()), () -> isWaiting = false);
  }

  @Override
  public void wireClosed() {
    wire.execute(this::lose);
  }

  private static LeaseState.Lost closed() {
    return new LeaseState.Lost(LeaseState.Reason.CLOSED, "the client was closed");
  }

  private void lose() {
    for (Lease lease : List.copyOf(leases.values())) {
      lease.lose(closed());
    }
    leases.clear();
  }
}
