package io.quorate.client;

import io.quorate.base.Bytes;
import io.quorate.base.EtcdError.Code;
import io.quorate.client.flow.Emission;
import io.quorate.client.wire.Backoff;
import io.quorate.client.wire.Method.Repeat;
import io.quorate.client.wire.Methods;
import io.quorate.client.wire.Stream;
import io.quorate.client.wire.Verdict;
import io.quorate.client.wire.Wire;
import io.quorate.proto.etcd.SnapshotRequest;
import io.quorate.proto.etcd.SnapshotResponse;
import java.util.Optional;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a snapshot, as they are asked for, over one stream of one member. Until the first
 * part has come another member may be asked; after it there is none that could go on, so whatever
 * ends the stream ends this in an error. It is complete only when {@link SnapshotCore} says that it
 * is whole. Its state changes on the first thread of the client.
 */
final class SnapshotEmission extends Emission<Bytes> implements Wire.Closing {
  /** How often a stream is opened without a part of it before that is given up. */
  private static final int ATTEMPTS_MAX = 20;

  /** How often it is looked at whether a part is late; as often as a call ends, within these. */
  private static final long LOOK_MILLIS_MIN = 50;

  private static final long LOOK_MILLIS_MAX = 2_000;

  private static final Backoff REOPEN = new Backoff(20, 500);

  private final Wire wire;
  private final long lookMillis;
  private final SnapshotCore core = new SnapshotCore();
  private @Nullable Stream<SnapshotRequest, SnapshotResponse> stream;
  private boolean isBegun;
  private boolean isWaiting;
  private long waitingSinceNanos;
  private int attempts;
  private String lastSeen = "";
  private Optional<ScheduledFuture<?>> nextLook = Optional.empty();

  SnapshotEmission(Subscriber<? super Bytes> subscriber, Wire wire) {
    super(subscriber);
    this.wire = wire;
    this.lookMillis = Math.max(LOOK_MILLIS_MIN, Math.min(LOOK_MILLIS_MAX, wire.callMillis()));
  }

  void start() {
    // First, since it may be over before the other returns.
    wire.onClose(this);
    begin();
  }

  @Override
  protected void onWanted() {
    wire.execute(this::ask);
  }

  /** Nothing is opened before the first part is wanted: a member keeps its copy for a stream. */
  private void ask() {
    if (isWaiting || !isHeard() || !isWanted()) {
      return;
    }
    isWaiting = true;
    waitingSinceNanos = System.nanoTime();
    Stream<SnapshotRequest, SnapshotResponse> from = stream;
    if (from != null) {
      from.request(1);
    } else if (!isBegun) {
      isBegun = true;
      open();
      lookLater();
    }
  }

  private void open() {
    if (isHeard()) {
      Stream<SnapshotRequest, SnapshotResponse> opening =
          wire.stream(Methods.SNAPSHOT, new Receiver());
      stream = opening;
      wire.open(opening);
    }
  }

  private final class Receiver extends Stream.Receiver<SnapshotRequest, SnapshotResponse> {
    @Override
    public void onOpen(Stream<SnapshotRequest, SnapshotResponse> opened) {
      if (opened == stream) {
        opened.send(SnapshotRequest.getDefaultInstance());
        opened.finish();
        opened.request(1);
      }
    }

    @Override
    public void onMessage(
        Stream<SnapshotRequest, SnapshotResponse> from, SnapshotResponse message) {
      if (from == stream) {
        told(Answers.bytes(message.getBlob()), message.getRemainingBytes());
      }
    }

    @Override
    public void onEnd(Stream<SnapshotRequest, SnapshotResponse> from, Code code, String text) {
      if (from == stream) {
        stream = null;
        ended(from, code, text);
      }
    }
  }

  private void told(Bytes part, long remaining) {
    String trouble = core.take(part, remaining);
    if (trouble != null) {
      fail(new ClientException.Unavailable("the snapshot is damaged: " + trouble));
      return;
    }
    if (!part.isEmpty()) {
      offer(part);
    }
    // Only now: who is told a part asks for the next at once, and may so hear of the stream's end
    // before it is known that the part was the last.
    isWaiting = false;
    if (core.isWhole()) {
      complete();
    } else {
      ask();
    }
  }

  private void ended(Stream<SnapshotRequest, SnapshotResponse> from, Code code, String text) {
    if (!isHeard()) {
      return;
    }
    if (wire.isClosed()) {
      fail(new ClientException.Closed());
    } else if (!core.isEmpty()) {
      fail(
          new ClientException.Unavailable(
              "the snapshot broke off " + core.progress() + ": " + text));
    } else {
      switch (Verdict.of(code, text, true, Repeat.HARMLESS).next()) {
        case REFUSED, AMBIGUOUS -> fail(new ClientException.Refused(code, text));
        case AUTHENTICATE -> {
          wire.renewToken(from);
          again(text);
        }
        case RETRY -> again(text);
      }
    }
  }

  private void again(String text) {
    lastSeen = text;
    if (++attempts >= ATTEMPTS_MAX) {
      fail(new ClientException.Unavailable("no snapshot after " + attempts + " attempts: " + text));
    } else {
      wire.later(REOPEN.millis(attempts, ThreadLocalRandom.current()), this::open);
    }
  }

  private void lookLater() {
    nextLook =
        wire.later(
            lookMillis,
            () -> {
              if (isHeard()) {
                look();
                lookLater();
              }
            });
  }

  /** Is anybody at home? A part may take as long as a call. */
  private void look() {
    if (!isWaiting) {
      return;
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - waitingSinceNanos);
    Stream<SnapshotRequest, SnapshotResponse> at = stream;
    if (millis >= wire.callMillis()) {
      fail(
          new ClientException.Unavailable(
              "no part of the snapshot in " + millis + " ms: " + trouble(at)));
    } else if (at != null && millis >= lookMillis) {
      at.ask();
    }
  }

  private String trouble(@Nullable Stream<SnapshotRequest, SnapshotResponse> at) {
    if (!lastSeen.isEmpty()) {
      return lastSeen;
    }
    return at != null && at.isOpen() ? "the member is silent" : wire.troubles();
  }

  @Override
  protected void onOver() {
    wire.forget(this);
    wire.execute(
        () -> {
          nextLook.ifPresent(look -> look.cancel(false));
          Stream<SnapshotRequest, SnapshotResponse> dropped = stream;
          stream = null;
          if (dropped != null) {
            dropped.cancel("nobody reads any more");
          }
        });
  }

  @Override
  public void wireClosed() {
    fail(new ClientException.Closed());
  }
}
