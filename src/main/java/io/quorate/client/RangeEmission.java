package io.quorate.client;

import io.quorate.base.EtcdError;
import io.quorate.base.EtcdError.Code;
import io.quorate.client.flow.Emission;
import io.quorate.client.wire.Backoff;
import io.quorate.client.wire.Method.Repeat;
import io.quorate.client.wire.Methods;
import io.quorate.client.wire.Stream;
import io.quorate.client.wire.Verdict;
import io.quorate.client.wire.Wire;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.RangeStreamResponse;
import java.util.List;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a range, one by one, as they are asked for. The first part is a call, which says the
 * revision that all of it is told at; the rest is one stream of the member where it has that, and
 * more calls where it does not. What is cut goes on behind the last key. Its state changes on the
 * first thread of the client.
 */
final class RangeEmission extends Emission<KeyValue> implements Wire.Closing {
  /** How often a stream is opened without a key of it before that is given up. */
  private static final int FRUITLESS_MAX = 20;

  /** After what silence of a stream the member is asked whether it is there. */
  private static final long SILENT_MILLIS = 2_000;

  private static final Backoff REOPEN = new Backoff(20, 500);

  private final Wire wire;
  private final Range range;
  private final Pager pager;
  private @Nullable Stream<RangeRequest, RangeStreamResponse> stream;
  private Way way = Way.FIRST;
  private boolean isAsking;
  private int fruitless;

  /** How the next keys come. */
  private enum Way {
    /** By the first call. */
    FIRST,
    /** By a stream. */
    STREAM,
    /** By further calls. */
    CALLS
  }

  RangeEmission(Subscriber<? super KeyValue> subscriber, Wire wire, Range range) {
    super(subscriber);
    this.wire = wire;
    this.range = range;
    this.pager = new Pager(wire, range);
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

  private void ask() {
    if (isAsking || !isHeard() || !isWanted()) {
      return;
    }
    Stream<RangeRequest, RangeStreamResponse> from = stream;
    if (way != Way.STREAM) {
      isAsking = true;
      pager.next().whenComplete((page, failure) -> wire.execute(() -> told(page, failure)));
    } else if (from != null && from.isOpen()) {
      isAsking = true;
      from.request(1);
    }
  }

  private void told(Pager.@Nullable Page page, @Nullable Throwable failure) {
    if (page == null) {
      isAsking = false;
      if (failure instanceof ClientException.Refused refused && isTooEarly(refused.getMessage())) {
        again(refused.getMessage(), this::ask);
      } else {
        fail(failure == null ? new ClientException.Closed() : failure);
      }
      return;
    }
    fruitless = 0;
    tell(page.kvs());
    if (page.isLast()) {
      complete();
    } else if (way == Way.FIRST && range.bounds().equals(Range.Bounds.NONE)) {
      way = Way.STREAM;
      open();
    } else {
      way = Way.CALLS;
      ask();
    }
  }

  private void open() {
    if (isHeard()) {
      isAsking = false;
      Stream<RangeRequest, RangeStreamResponse> opening =
          wire.stream(Methods.RANGE_STREAM, new Receiver());
      stream = opening;
      wire.open(opening);
    }
  }

  private final class Receiver extends Stream.Receiver<RangeRequest, RangeStreamResponse> {
    private boolean isAlive = true;

    @Override
    public void onOpen(Stream<RangeRequest, RangeStreamResponse> opened) {
      if (opened == stream) {
        opened.send(Requests.range(pager.rest()));
        opened.finish();
        look(opened);
        ask();
      }
    }

    @Override
    public void onMessage(
        Stream<RangeRequest, RangeStreamResponse> from, RangeStreamResponse message) {
      isAlive = true;
      if (from == stream) {
        streamed(Answers.keyValues(message.getRangeResponse().getKvsList()));
      }
    }

    @Override
    public void onEnd(Stream<RangeRequest, RangeStreamResponse> from, Code code, String text) {
      if (from == stream) {
        stream = null;
        isAsking = false;
        ended(from, code, text);
      }
    }

    /** Is anybody at home? If not, the stream is cut, and goes on elsewhere. */
    private void look(Stream<RangeRequest, RangeStreamResponse> at) {
      wire.later(
          SILENT_MILLIS,
          () -> {
            if (at == stream) {
              if (isAsking && !isAlive) {
                at.ask();
              }
              isAlive = false;
              look(at);
            }
          });
    }
  }

  private void streamed(List<KeyValue> kvs) {
    if (!kvs.isEmpty()) {
      fruitless = 0;
      pager.told(kvs);
    }
    tell(kvs);
    ask();
  }

  /** Nothing is asked for before all is told: what comes at once would come in between. */
  private void tell(List<KeyValue> kvs) {
    kvs.forEach(this::offer);
    isAsking = false;
  }

  private void ended(Stream<RangeRequest, RangeStreamResponse> from, Code code, String text) {
    if (!isHeard()) {
      return;
    }
    if (wire.isClosed()) {
      fail(new ClientException.Closed());
    } else if (code == Code.OK) {
      complete();
    } else if (code == Code.UNIMPLEMENTED) {
      way = Way.CALLS;
      ask();
    } else if (text.equals(EtcdError.COMPACTED.text())) {
      fail(new ClientException.Compacted(code, text, 0));
    } else if (isTooEarly(text)) {
      again(text, this::open);
    } else {
      switch (Verdict.of(code, text, true, Repeat.HARMLESS).next()) {
        case REFUSED, AMBIGUOUS -> fail(new ClientException.Refused(code, text));
        case AUTHENTICATE -> {
          wire.renewToken(from);
          again(text, this::open);
        }
        case RETRY -> again(text, this::open);
      }
    }
  }

  /**
   * Whether a member does not know yet what another one has told already: one that is asked for
   * what it has may lag.
   */
  private boolean isTooEarly(@Nullable String text) {
    return EtcdError.FUTURE_REV.text().equals(text) && range.revision() == 0;
  }

  private void again(@Nullable String text, Runnable work) {
    if (++fruitless > FRUITLESS_MAX) {
      fail(new ClientException.Unavailable("no key after " + fruitless + " attempts: " + text));
    } else {
      wire.later(REOPEN.millis(fruitless, ThreadLocalRandom.current()), work);
    }
  }

  @Override
  protected void onOver() {
    wire.forget(this);
    wire.execute(
        () -> {
          Stream<RangeRequest, RangeStreamResponse> dropped = stream;
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
