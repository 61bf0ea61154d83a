package io.quorate.server.grpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.lease.RenewReply;
import io.quorate.node.LeaseActor;
import io.quorate.node.MemberFacts;
import io.quorate.proto.etcd.LeaseKeepAliveRequest;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.function.LongFunction;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * One stream of renewals. One at a time is under way, as with etcd, so that the answers keep the
 * order of the requests; the stream is its own reply, since this is a hot path.
 */
final class KeepAliveStream implements StreamHandler, RenewReply {
  /** How many requests may wait before no more are read. */
  private static final int WAITING_MAX = 256;

  private final Outbound out;
  private final ActorRef<LeaseActor.Command> actor;
  private final MemberFacts facts;
  private final LongFunction<@Nullable EtcdError> guard;

  // Guarded by this.
  private final ArrayDeque<Long> waiting = new ArrayDeque<>();
  private boolean busy;
  private boolean held;
  private boolean halfClosed;

  // Of the renewal under way.
  private long id;
  private long revision;

  KeepAliveStream(
      Outbound out,
      ActorRef<LeaseActor.Command> actor,
      MemberFacts facts,
      LongFunction<@Nullable EtcdError> guard) {
    this.out = out;
    this.actor = actor;
    this.facts = facts;
    this.guard = guard;
  }

  @Override
  public void onMessage(byte[] message) throws InvalidProtocolBufferException {
    long next = LeaseKeepAliveRequest.parseFrom(message).getID();
    synchronized (this) {
      if (busy) {
        waiting.add(next);
        if (waiting.size() >= WAITING_MAX && !held) {
          held = true;
          out.holdRequests();
        }
        return;
      }
      busy = true;
    }
    renew(next);
  }

  @Override
  public void onHalfClose() {
    boolean done;
    synchronized (this) {
      halfClosed = true;
      done = !busy;
    }
    if (done) {
      out.close();
    }
  }

  @Override
  public void onCancel() {
    synchronized (this) {
      waiting.clear();
    }
  }

  private void renew(long next) {
    EtcdError refusal = guard.apply(next);
    if (refusal != null) {
      out.close(refusal);
      return;
    }
    id = next;
    // Before the renewal: a lease that a later revision ended must not seem renewed at that one.
    revision = facts.revision();
    actor.tell(new LeaseActor.Renew(next, true, this));
  }

  @Override
  public void renewed(long ttlSeconds) {
    send(response(ttlSeconds));
  }

  @Override
  public void failed(EtcdException error) {
    out.close(error.code(), error.text());
  }

  private void send(Framed message) {
    if (out.isOver()) {
      return;
    }
    if (!out.offer(message)) {
      out.onWritable(() -> send(message));
      return;
    }
    Long next;
    boolean resume;
    boolean done;
    synchronized (this) {
      next = waiting.poll();
      busy = next != null;
      done = !busy && halfClosed;
      resume = held && waiting.size() < WAITING_MAX / 2;
      held = held && !resume;
    }
    if (resume) {
      out.resumeRequests();
    }
    if (done) {
      out.close();
    } else if (next != null) {
      renew(next);
    }
  }

  private Framed response(long ttlSeconds) {
    long term = facts.term();
    int head = HeaderCodec.size(facts, revision, term);
    int size = head + HeaderCodec.size(2, id) + HeaderCodec.size(3, ttlSeconds);
    byte[] array = new byte[Framed.PREFIX_BYTES + size];
    CodedOutputStream stream = CodedOutputStream.newInstance(array, Framed.PREFIX_BYTES, size);
    try {
      HeaderCodec.write(stream, facts, revision, term);
      HeaderCodec.write(stream, 2, id);
      HeaderCodec.write(stream, 3, ttlSeconds);
      stream.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new IllegalStateException("response does not fit its size", e);
    }
    return Framed.ofEncoded(array, array.length);
  }
}
