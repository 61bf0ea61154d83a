package io.quorate.client;

import io.quorate.client.wire.Wire;
import java.util.concurrent.Flow.Subscriber;
import org.jspecify.annotations.Nullable;

/** The keys of a range, one by one; the next part is asked for when the last one was taken. */
final class RangeEmission extends Emission<KeyValue> implements Wire.Closing {
  private final Wire wire;
  private final Pager pager;
  private boolean isAsking;

  RangeEmission(Subscriber<? super KeyValue> subscriber, Wire wire, Range range) {
    super(subscriber);
    this.wire = wire;
    this.pager = new Pager(wire, range);
  }

  void start() {
    begin();
    wire.onClose(this);
  }

  @Override
  void onWanted() {
    wire.execute(this::ask);
  }

  private void ask() {
    if (!isAsking && isHeard() && isWanted()) {
      isAsking = true;
      pager.next().whenComplete((page, failure) -> wire.execute(() -> told(page, failure)));
    }
  }

  private void told(Pager.@Nullable Page page, @Nullable Throwable failure) {
    isAsking = false;
    if (page == null) {
      fail(failure == null ? new ClientException.Closed() : failure);
      return;
    }
    page.kvs().forEach(this::offer);
    if (page.isLast()) {
      complete();
    } else {
      ask();
    }
  }

  @Override
  void onOver() {
    wire.forget(this);
  }

  @Override
  public void wireClosed() {
    fail(new ClientException.Closed());
  }
}
