package io.quorate.client;

import io.quorate.base.EtcdError;
import io.quorate.base.EtcdError.Code;
import io.quorate.client.flow.Emission;
import io.quorate.client.wire.Backoff;
import io.quorate.client.wire.Methods;
import io.quorate.client.wire.Stream;
import io.quorate.client.wire.Verdict;
import io.quorate.client.wire.Wire;
import io.quorate.proto.etcd.WatchProgressRequest;
import io.quorate.proto.etcd.WatchRequest;
import io.quorate.proto.etcd.WatchResponse;
import java.util.Optional;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A watch for one subscriber: lists if it has to, opens a stream of its own, and opens the next one
 * wherever a member is fit when that one ends. Only as much is read from the stream as the
 * subscriber asks for: who is slow holds back the member that sends, not the memory of this
 * process. Its state changes on the first thread of the client.
 */
final class WatchEmission extends Emission<WatchSignal> implements Wire.Closing {
  private static final Backoff REOPEN = new Backoff(10, 1_000);
  private static final WatchRequest PROGRESS =
      WatchRequest.newBuilder()
          .setProgressRequest(WatchProgressRequest.getDefaultInstance())
          .build();

  /** How etcd 3.7.3 begins some reasons why it cancels a watch: as Go prints a status. */
  private static final Pattern GO_STATUS = Pattern.compile("^rpc error: code = \\w+ desc = ");

  private final Wire wire;
  private final Watch watch;
  private final WatchCore core;
  private @Nullable Pager list;
  private boolean isFirstPage;
  private boolean isListing;
  private @Nullable Stream<WatchRequest, WatchResponse> stream;
  private boolean isReading;
  private int failures;
  private long heardNanos;
  private Optional<ScheduledFuture<?>> nextLook = Optional.empty();

  WatchEmission(Subscriber<? super WatchSignal> subscriber, Wire wire, Watch watch) {
    super(subscriber);
    this.wire = wire;
    this.watch = watch;
    this.core = new WatchCore(watch);
  }

  /** Begins to watch, whether anything is wanted yet or not. */
  void start() {
    // First, since it may be over before the other returns.
    wire.onClose(this);
    begin();
    wire.execute(
        () -> {
          if (!isHeard()) {
            return;
          }
          if (watch.begin() instanceof Watch.Begin.List) {
            relist();
          } else {
            open();
          }
          scheduleLook();
        });
  }

  @Override
  protected void onWanted() {
    wire.execute(this::goOn);
  }

  private void goOn() {
    if (!isHeard() || !isWanted()) {
      return;
    }
    if (list != null) {
      nextPage();
    } else {
      read();
    }
  }

  // The list.

  private void relist() {
    list = new Pager(wire, Range.of(watch.keys()));
    isFirstPage = true;
    goOn();
  }

  private void nextPage() {
    Pager from = list;
    if (from != null && !isListing) {
      isListing = true;
      from.next().whenComplete((page, failure) -> wire.execute(() -> listed(page, failure)));
    }
  }

  private void listed(Pager.@Nullable Page page, @Nullable Throwable failure) {
    isListing = false;
    if (!isHeard()) {
      return;
    }
    if (page != null) {
      failures = 0;
      if (page.isLast()) {
        list = null;
        core.listed(page.revision());
        open();
      }
      boolean isFirst = isFirstPage;
      isFirstPage = false;
      offer(new WatchSignal.Listing(page.revision(), page.kvs(), isFirst, page.isLast()));
    } else if (failure instanceof ClientException.Compacted
        || failure instanceof ClientException.Unavailable) {
      // The revision of the first part is gone, or nobody answers now: the list begins anew.
      later(this::relist);
    } else {
      fail(failure == null ? new ClientException.Closed() : failure);
    }
  }

  // The stream.

  private void open() {
    if (isHeard()) {
      Stream<WatchRequest, WatchResponse> opening = wire.stream(Methods.WATCH, new Receiver());
      stream = opening;
      wire.open(opening);
    }
  }

  private void later(Runnable work) {
    wire.later(
        REOPEN.millis(++failures, ThreadLocalRandom.current()),
        () -> {
          if (isHeard()) {
            work.run();
          }
        });
  }

  private void read() {
    Stream<WatchRequest, WatchResponse> from = stream;
    if (from != null && from.isOpen() && !isReading) {
      isReading = true;
      from.request(1);
    }
  }

  private final class Receiver extends Stream.Receiver<WatchRequest, WatchResponse> {
    @Override
    public void onOpen(Stream<WatchRequest, WatchResponse> opened) {
      if (opened == stream) {
        opened.send(WatchRequest.newBuilder().setCreateRequest(core.request()).build());
        // That it was created is read in any case: it says where now is.
        isReading = false;
        heardNanos = System.nanoTime();
        read();
      }
    }

    @Override
    public void onMessage(Stream<WatchRequest, WatchResponse> from, WatchResponse message) {
      if (from == stream) {
        isReading = false;
        heardNanos = System.nanoTime();
        heard(from, message);
      }
    }

    @Override
    public void onEnd(Stream<WatchRequest, WatchResponse> from, Code code, String text) {
      if (from == stream) {
        stream = null;
        ended(from, code, text);
      }
    }
  }

  private void heard(Stream<WatchRequest, WatchResponse> from, WatchResponse message) {
    if (message.getCanceled()) {
      cancelled(from, message);
      return;
    }
    failures = 0;
    core.take(message).ifPresent(this::offer);
    if (isWanted()) {
      read();
    }
  }

  private void cancelled(Stream<WatchRequest, WatchResponse> from, WatchResponse message) {
    drop("the watch was cancelled");
    if (message.getCompactRevision() > 0) {
      compacted(message.getCompactRevision());
      return;
    }
    String reason = GO_STATUS.matcher(message.getCancelReason()).replaceFirst("");
    // What was not created for a reason that nobody knows would not be created elsewhere either.
    Code unknown =
        message.getCreated() && !reason.isEmpty() ? Code.FAILED_PRECONDITION : Code.UNAVAILABLE;
    Code code = EtcdError.ofText(reason).map(EtcdError::code).orElse(unknown);
    ended(from, code, reason.isEmpty() ? "a member cancelled the watch" : reason);
  }

  private void compacted(long revision) {
    if (watch.begin() instanceof Watch.Begin.List) {
      offer(new WatchSignal.Resync(core.next() - 1, revision));
      relist();
    } else {
      fail(
          new ClientException.Compacted(
              EtcdError.COMPACTED.code(), EtcdError.COMPACTED.text(), revision));
    }
  }

  private void ended(Stream<WatchRequest, WatchResponse> from, Code code, String text) {
    if (!isHeard()) {
      return;
    }
    if (wire.isClosed()) {
      fail(new ClientException.Closed());
      return;
    }
    switch (Verdict.of(code, text, true, io.quorate.client.wire.Method.Repeat.HARMLESS).next()) {
      case REFUSED, AMBIGUOUS -> fail(new ClientException.Refused(code, text));
      case AUTHENTICATE -> {
        wire.renewToken(from);
        later(this::open);
      }
      case RETRY -> later(this::open);
    }
  }

  // Whether there is still somebody.

  private void scheduleLook() {
    nextLook =
        wire.later(
            watch.quiet().toMillis(),
            () -> {
              if (isHeard()) {
                look();
                scheduleLook();
              }
            });
  }

  private void look() {
    Stream<WatchRequest, WatchResponse> at = stream;
    boolean isQuiet = System.nanoTime() - heardNanos >= watch.quiet().toNanos();
    if (at != null && isReading && isQuiet && at.isReady()) {
      at.send(PROGRESS);
      at.ask();
    }
  }

  private void drop(String why) {
    Stream<WatchRequest, WatchResponse> dropped = stream;
    stream = null;
    isReading = false;
    if (dropped != null) {
      dropped.cancel(why);
    }
  }

  @Override
  public void wireClosed() {
    fail(new ClientException.Closed());
  }

  @Override
  protected void onOver() {
    wire.forget(this);
    wire.execute(
        () -> {
          nextLook.ifPresent(look -> look.cancel(false));
          drop("nobody watches any more");
        });
  }
}
