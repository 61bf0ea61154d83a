package io.quorate.server.grpc;

import io.quorate.base.EtcdError.Code;
import io.quorate.metrics.Counter;
import io.quorate.metrics.Histogram;
import io.quorate.metrics.MetricsSource;
import io.quorate.metrics.MetricsText;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What is counted of all calls, under the names of grpc-go's interceptors for Prometheus, and under
 * etcd's. Every method shows every code from the beginning, as there. Any thread.
 */
public final class CallMetrics implements MetricsSource {
  /** How a method's messages go, as its label says it. */
  enum Shape {
    UNARY("unary"),
    SERVER_STREAM("server_stream"),
    BIDI_STREAM("bidi_stream");

    private final String word;

    Shape(String word) {
      this.word = word;
    }
  }

  private final boolean extensive;
  private final MethodMetrics.Traffic traffic =
      new MethodMetrics.Traffic(new Counter(), new Counter());
  private final Map<String, MethodMetrics> methods = new ConcurrentSkipListMap<>();

  /**
   * Of no call yet.
   *
   * @param extensive whether it is counted how long calls take, too: etcd's {@code
   *     --metrics=extensive}
   */
  public CallMetrics(boolean extensive) {
    this.extensive = extensive;
  }

  /** Those of a method; to be asked for once, by whoever serves it. */
  MethodMetrics method(String service, String method, Shape shape) {
    return methods.computeIfAbsent(
        service + "/" + method,
        path ->
            new MethodMetrics(
                MetricsText.labels(
                    "grpc_method", method, "grpc_service", service, "grpc_type", shape.word),
                traffic,
                extensive
                    ? new Histogram(.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10)
                    : null));
  }

  @Override
  public void writeTo(MetricsText page) {
    page.family("grpc_server_started_total", MetricsText.Type.COUNTER, "Calls that have begun.");
    methods.values().forEach(method -> method.writeStarted(page));
    page.family(
        "grpc_server_handled_total", MetricsText.Type.COUNTER, "Calls that have ended, by status.");
    for (Code code : Code.values()) {
      String label = MetricsText.labels("grpc_code", nameOf(code));
      methods.values().forEach(method -> method.writeHandled(page, code, label));
    }
    if (extensive) {
      page.family(
          "grpc_server_handling_seconds", MetricsText.Type.HISTOGRAM, "How long calls took.");
      methods.values().forEach(method -> method.writeHandling(page));
    }
    page.family("grpc_server_msg_received_total", MetricsText.Type.COUNTER, "Messages of clients.");
    methods.values().forEach(method -> method.writeReceived(page));
    page.family("grpc_server_msg_sent_total", MetricsText.Type.COUNTER, "Messages to clients.");
    methods.values().forEach(method -> method.writeSent(page));
    page.counter(
        "etcd_network_client_grpc_received_bytes_total",
        "Bytes of the messages of clients.",
        traffic.received());
    page.counter(
        "etcd_network_client_grpc_sent_bytes_total",
        "Bytes of the messages to clients.",
        traffic.sent());
  }

  /** As grpc-go writes a code. */
  private static String nameOf(Code code) {
    return switch (code) {
      case OK -> "OK";
      case CANCELLED -> "Canceled";
      case UNKNOWN -> "Unknown";
      case INVALID_ARGUMENT -> "InvalidArgument";
      case DEADLINE_EXCEEDED -> "DeadlineExceeded";
      case NOT_FOUND -> "NotFound";
      case ALREADY_EXISTS -> "AlreadyExists";
      case PERMISSION_DENIED -> "PermissionDenied";
      case RESOURCE_EXHAUSTED -> "ResourceExhausted";
      case FAILED_PRECONDITION -> "FailedPrecondition";
      case ABORTED -> "Aborted";
      case OUT_OF_RANGE -> "OutOfRange";
      case UNIMPLEMENTED -> "Unimplemented";
      case INTERNAL -> "Internal";
      case UNAVAILABLE -> "Unavailable";
      case DATA_LOSS -> "DataLoss";
      case UNAUTHENTICATED -> "Unauthenticated";
    };
  }
}
