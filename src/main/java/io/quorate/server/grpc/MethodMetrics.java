package io.quorate.server.grpc;

import io.quorate.base.EtcdError.Code;
import io.quorate.metrics.Counter;
import io.quorate.metrics.Histogram;
import io.quorate.metrics.MetricsText;
import org.jspecify.annotations.Nullable;

/**
 * What is counted of the calls of one method. A call has it in its hand from the beginning, so
 * nothing is looked up or allocated when something happens. Any thread.
 */
final class MethodMetrics {
  private final String labels;
  private final Traffic traffic;
  private final Counter started = new Counter();
  private final Counter received = new Counter();
  private final Counter sent = new Counter();
  private final Counter[] handled = new Counter[Code.values().length];
  private final @Nullable Histogram handling;

  /**
   * The bytes of all methods: what messages are encoded in, without what gRPC and HTTP/2 add.
   *
   * @param received from clients
   * @param sent to clients
   */
  record Traffic(Counter received, Counter sent) {}

  /**
   * @param labels as {@link MetricsText#labels} gives them
   * @param handling how long calls take, where somebody wants to know
   */
  MethodMetrics(String labels, Traffic traffic, @Nullable Histogram handling) {
    this.labels = labels;
    this.traffic = traffic;
    this.handling = handling;
    for (int i = 0; i < handled.length; i++) {
      handled[i] = new Counter();
    }
  }

  /** A call has begun. */
  void started() {
    started.increment();
  }

  /** A message of {@code bytes} came from the client. */
  void received(int bytes) {
    received.increment();
    traffic.received().add(bytes);
  }

  /** A message of {@code bytes} goes to the client; of a refused unary call it is an empty one. */
  void sent(int bytes) {
    sent.increment();
    sentBytes(bytes);
  }

  /** A part of a message goes to the client. */
  void sentBytes(int bytes) {
    traffic.sent().add(bytes);
  }

  /**
   * A call that began at {@code startNanos} of {@link System#nanoTime} has ended; once for each.
   */
  void handled(Code code, long startNanos) {
    handled[code.number()].increment();
    if (handling != null) {
      handling.observeNanos(System.nanoTime() - startNanos);
    }
  }

  void writeStarted(MetricsText page) {
    page.sample(labels, started.value());
  }

  void writeReceived(MetricsText page) {
    page.sample(labels, received.value());
  }

  void writeSent(MetricsText page) {
    page.sample(labels, sent.value());
  }

  void writeHandled(MetricsText page, Code code, String label) {
    page.sample(label + "," + labels, handled[code.number()].value());
  }

  void writeHandling(MetricsText page) {
    if (handling != null) {
      page.samples(labels, handling);
    }
  }
}
