package io.quorate.server.grpc;

import io.quorate.base.EtcdError;
import io.quorate.base.EtcdError.Code;
import io.quorate.base.EtcdException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.http.impl.engine.http2.Http2;
import org.apache.pekko.http.javadsl.model.MediaType;
import org.apache.pekko.http.scaladsl.model.AttributeKey;
import org.apache.pekko.http.scaladsl.model.ContentType;
import org.apache.pekko.http.scaladsl.model.HttpEntity;
import org.apache.pekko.http.scaladsl.model.HttpHeader;
import org.apache.pekko.http.scaladsl.model.HttpRequest;
import org.apache.pekko.http.scaladsl.model.HttpResponse;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.Iterator;
import scala.concurrent.Future;
import scala.runtime.AbstractFunction1;

/**
 * Gives every request of a port to its handler. A unary call whose message came in one frame, which
 * is nearly every one, costs no stream, no actor and no hop between threads; a body in several
 * frames is read by a {@link CallStage}. Refusals carry the codes and texts of grpc-go as etcd
 * 3.7.3 gives them.
 */
final class Dispatcher extends AbstractFunction1<HttpRequest, Future<HttpResponse>> {
  static final String DEADLINE_TEXT = "context deadline exceeded";
  static final EtcdError STOPPED = EtcdError.STOPPED;
  private static final String HTTP2 = "HTTP/2.0";

  /** Under which a request, and its response, say which stream of the connection they are of. */
  static final AttributeKey<Object> STREAM = Http2.streamId();

  /** What the calls of one port share. */
  static final class Shared {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    private final Limits limits;
    private final Outflow outflow;
    private final PendingCalls pending = new PendingCalls();
    private final Set<StreamCall> streams = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

    /**
     * @param outflow knows the connections
     */
    Shared(Limits limits, Outflow outflow) {
      this.limits = limits;
      this.outflow = outflow;
    }

    Limits limits() {
      return limits;
    }

    PendingCalls pending() {
      return pending;
    }

    /** The streams that are open. */
    Set<StreamCall> streams() {
      return streams;
    }

    /** What counts the answer to {@code request}; null if its stream is closed already. */
    @Nullable Flight flight(HttpRequest request, @Nullable Connection connection) {
      Integer stream = (Integer) request.getAttribute(STREAM).orElse(null);
      if (stream == null) {
        return Flight.UNCOUNTED;
      }
      return connection == null ? null : connection.flight(stream);
    }

    /** From now on every new call is refused. */
    void stopAccepting() {
      stopping = true;
    }

    boolean isStopping() {
      return stopping;
    }

    /** Ends every stream with a status. */
    void stopStreams() {
      streams.forEach(StreamCall::stop);
    }

    void logUnexpected(String path, Throwable error) {
      if (!(error instanceof com.google.protobuf.InvalidProtocolBufferException)) {
        LOG.warn("call failed unexpectedly: {}", path, error);
      }
    }
  }

  /** The two headers of a call that the transport itself needs. */
  private record CallHeaders(String encoding, String timeout) {}

  private final MethodTable methods;
  private final PlainHttp plain;
  private final Shared shared;
  private final Materializer materializer;

  Dispatcher(MethodTable methods, PlainHttp plain, Shared shared, Materializer materializer) {
    this.methods = methods;
    this.plain = plain;
    this.shared = shared;
    this.materializer = materializer;
  }

  Limits limits() {
    return shared.limits();
  }

  @Override
  public Future<HttpResponse> apply(HttpRequest request) {
    Connection connection = shared.outflow.connection(request);
    if (connection != null) {
      // Those that follow come by Reception.
      connection.introduce(this);
    }
    return apply(request, connection);
  }

  /** Gives a request of {@code connection}, null if nobody knows it, to its handler. */
  Future<HttpResponse> apply(HttpRequest request, @Nullable Connection connection) {
    MediaType media = request.entity().contentType().mediaType();
    boolean grpc =
        media.mainType().equals("application")
            && isGrpc(media.subType())
            && request.protocol().value().equals(HTTP2);
    Flight flight = shared.flight(request, connection);
    if (flight == null) {
      return refuse(request, 200, Code.UNAVAILABLE, "the stream is closed");
    }
    if (grpc) {
      return grpc(request, flight);
    }
    String path = request.uri().path().toString();
    int slash = path.lastIndexOf('/');
    if (slash > 0 && methods.hasService(path.substring(1, slash))) {
      // Pekko takes a missing content type for bytes.
      String type = media.toString().equals("application/octet-stream") ? "" : media.toString();
      return refuse(
          request,
          415,
          Code.INVALID_ARGUMENT,
          "invalid gRPC request content-type \"" + type + "\"");
    }
    return plain.handle(request, path, flight);
  }

  private static boolean isGrpc(String subType) {
    return subType.equals("grpc") || subType.startsWith("grpc+");
  }

  private Future<HttpResponse> grpc(HttpRequest request, Flight flight) {
    if (!request.method().value().equals("POST")) {
      return refuse(
          request,
          405,
          Code.INTERNAL,
          "Received a HEADERS frame with :method \""
              + request.method().value()
              + "\" which should be POST");
    }
    if (shared.isStopping()) {
      return refuse(request, 200, STOPPED.code(), STOPPED.text());
    }
    String path = request.uri().path().toString();
    MethodTable.Method method =
        request.uri().rawQueryString().isEmpty() ? methods.find(path) : null;
    if (method == null) {
      return refuse(request, 200, Code.UNIMPLEMENTED, unknown(request, path));
    }
    CallHeaders headers = headersOf(request);
    RequestContext context;
    try {
      context = new RequestContext(path, deadline(headers.timeout()), new HttpFacts(request));
    } catch (EtcdException e) {
      return refuse(request, 400, e.code(), e.text());
    }
    try {
      FrameDecoder.checkEncoding(headers.encoding());
    } catch (EtcdException e) {
      return refuse(request, Answers.refusedEncoding(answerType(request), e));
    }
    if (context.isLate(System.nanoTime())) {
      method.metrics().started();
      method.metrics().handled(Code.DEADLINE_EXCEEDED, System.nanoTime());
      return refuse(request, 200, Code.DEADLINE_EXCEEDED, DEADLINE_TEXT);
    }
    UnaryHandler unary = method.unary();
    if (unary != null) {
      UnaryCall call =
          new UnaryCall(shared, flight, context, answerType(request), method.metrics());
      return unary(request, call, headers.encoding(), unary);
    }
    return stream(request, flight, headers.encoding(), context, method);
  }

  private Future<HttpResponse> unary(
      HttpRequest request, UnaryCall call, String encoding, UnaryHandler handler) {
    UnaryBody body = new UnaryBody(call, handler, shared.limits().requestBytesMax(), encoding);
    if (!(request.entity() instanceof HttpEntity.Strict strict)) {
      OutboundQueue out = call.openBody();
      return Future.successful(
          Answers.streamed(answerType(request), 200, CallStage.of(request.entity(), body, out)));
    }
    byte[] data = strict.data().toArrayUnsafe();
    if (!body.isWhole(data)) {
      body.onBytes(data);
      body.onEnd();
    }
    return call.response();
  }

  private Future<HttpResponse> stream(
      HttpRequest request,
      Flight flight,
      String encoding,
      RequestContext context,
      MethodTable.Method method) {
    FrameDecoder decoder = new FrameDecoder(shared.limits().requestBytesMax(), encoding);
    StreamCall call = new StreamCall(shared, flight, context, method, decoder);
    return Future.successful(
        Answers.streamed(
            answerType(request), 200, CallStage.of(request.entity(), call, call.out())));
  }

  private Future<HttpResponse> refuse(HttpRequest request, int http, Code code, String text) {
    return refuse(request, Answers.refusal(answerType(request), http, code, text));
  }

  private Future<HttpResponse> refuse(HttpRequest request, HttpResponse response) {
    if (!(request.entity() instanceof HttpEntity.Strict)) {
      request
          .entity()
          .getDataBytes()
          .takeWithin(CallStage.DRAIN)
          .runWith(Sink.ignore(), materializer);
    }
    return Future.successful(response);
  }

  private String unknown(HttpRequest request, String path) {
    scala.Option<String> query = request.uri().rawQueryString();
    String whole = query.isEmpty() ? path : path + "?" + query.get();
    int slash = whole.lastIndexOf('/');
    if (slash <= 0) {
      return "malformed method name: \"" + whole + "\"";
    }
    String service = whole.substring(1, slash);
    return methods.hasService(service)
        ? "unknown method " + whole.substring(slash + 1) + " for service " + service
        : "unknown service " + service;
  }

  /** What the client sent, if it is gRPC: {@code +proto} is answered by the same. */
  private static ContentType answerType(HttpRequest request) {
    ContentType type = request.entity().contentType();
    return type.mediaType().subType().startsWith("grpc+") ? type : Answers.GRPC;
  }

  private static CallHeaders headersOf(HttpRequest request) {
    String encoding = "";
    String timeout = "";
    Iterator<HttpHeader> headers = request.headers().iterator();
    while (headers.hasNext()) {
      HttpHeader header = headers.next();
      if (header.is(GrpcHeaders.TIMEOUT)) {
        timeout = header.value();
      } else if (header.is(GrpcHeaders.ENCODING)) {
        encoding = header.value();
      }
    }
    return new CallHeaders(encoding, timeout);
  }

  private static long deadline(String timeout) {
    if (timeout.isEmpty()) {
      return RequestContext.NO_DEADLINE;
    }
    long at = System.nanoTime() + GrpcHeaders.timeoutNanos(timeout);
    return at == RequestContext.NO_DEADLINE ? at - 1 : at;
  }
}
