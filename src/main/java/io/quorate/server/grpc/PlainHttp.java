package io.quorate.server.grpc;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.pekko.http.javadsl.model.Query;
import org.apache.pekko.http.scaladsl.model.ContentType;
import org.apache.pekko.http.scaladsl.model.HttpEntity;
import org.apache.pekko.http.scaladsl.model.HttpRequest;
import org.apache.pekko.http.scaladsl.model.HttpResponse;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.concurrent.Future;

/** Gives plain HTTP requests to {@link HttpRoutes}. */
final class PlainHttp {
  private static final Logger LOG = LoggerFactory.getLogger(PlainHttp.class);
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final Duration BODY_TIMEOUT = Duration.ofSeconds(30);

  private record Asked(HttpRequest request, String path, ByteString bytes, RequestContext context)
      implements HttpRoutes.Call {
    @Override
    public byte[] body() {
      return bytes.toArray();
    }

    @Override
    public String method() {
      return request.method().value();
    }

    @Override
    public @Nullable String query(String name) {
      return parameters().get(name).orElse(null);
    }

    @Override
    public List<String> queryAll(String name) {
      List<String> values = new ArrayList<>();
      for (Pair<String, String> pair : parameters().toList()) {
        if (pair.first().equals(name)) {
          values.add(pair.second());
        }
      }
      return values;
    }

    private Query parameters() {
      return request
          .getUri()
          .query(StandardCharsets.UTF_8, org.apache.pekko.http.javadsl.model.Uri.RELAXED);
    }
  }

  private static final class Answer implements HttpRoutes.Reply {
    private final Dispatcher.Shared shared;
    private final Flight flight;
    private final ReplyFuture<HttpResponse> response = new ReplyFuture<>();

    Answer(Dispatcher.Shared shared, Flight flight) {
      this.shared = shared;
      this.flight = flight;
    }

    @Override
    public void send(int status, String contentType, Map<String, String> headers, byte[] body) {
      if (!flight.whole(body.length)) {
        send(503, TEXT, utf8("too many answers are not read\n"));
        return;
      }
      response.success(
          Answers.response(
              status,
              headers.entrySet().stream()
                  .map(header -> Answers.header(header.getKey(), header.getValue()))
                  .toList(),
              Answers.strict(type(contentType), ByteString.fromArrayUnsafe(body))));
    }

    @Override
    public Outbound stream(int status, String contentType, Runnable onCancel) {
      OutboundQueue queue = new OutboundQueue(shared.limits(), flight, onCancel::run);
      boolean first =
          response.success(Answers.streamed(type(contentType), status, CallStage.of(queue, false)));
      if (!first) {
        queue.gone();
      }
      return queue;
    }

    private static ContentType type(String value) {
      return Answers.contentType(value);
    }
  }

  /**
   * A body that comes in parts. One that is too large is read to its end and dropped: to close the
   * connection upon a client that still writes would take the answer from it.
   */
  private static final class Body {
    private final int bytesMax;
    private ByteString bytes = ByteString.emptyByteString();
    private boolean tooLarge;

    Body(int bytesMax) {
      this.bytesMax = bytesMax;
    }

    Body add(ByteString more) {
      tooLarge |= bytes.size() + more.size() > bytesMax;
      bytes = tooLarge ? ByteString.emptyByteString() : bytes.concat(more);
      return this;
    }

    boolean isTooLarge() {
      return tooLarge;
    }

    ByteString bytes() {
      return bytes;
    }
  }

  private final HttpRoutes routes;
  private final Dispatcher.Shared shared;
  private final Materializer materializer;

  PlainHttp(HttpRoutes routes, Dispatcher.Shared shared, Materializer materializer) {
    this.routes = routes;
    this.shared = shared;
    this.materializer = materializer;
  }

  Future<HttpResponse> handle(HttpRequest request, String path, Flight flight) {
    Answer answer = new Answer(shared, flight);
    if (request.entity() instanceof HttpEntity.Strict strict) {
      handle(request, path, strict.data(), answer);
    } else {
      request
          .entity()
          .getDataBytes()
          .completionTimeout(BODY_TIMEOUT)
          .runFold(new Body(shared.limits().httpBodyBytesMax()), Body::add, materializer)
          .whenCompleteAsync(
              (body, failure) -> {
                if (failure == null && !body.isTooLarge()) {
                  handle(request, path, body.bytes(), answer);
                } else {
                  answer.send(413, TEXT, utf8("http: request body too large\n"));
                }
              },
              // With a hop: an answer from within the parser would come before the request's end.
              materializer.executionContext());
    }
    return answer.response;
  }

  private void handle(HttpRequest request, String path, ByteString body, Answer answer) {
    HttpRoutes.Handler route = routes.find(path);
    if (route == null) {
      Map<String, String> asIs = Map.of("X-Content-Type-Options", "nosniff");
      answer.send(404, TEXT, asIs, utf8("404 page not found\n"));
      return;
    }
    if (body.size() > shared.limits().httpBodyBytesMax()) {
      answer.send(413, TEXT, utf8("http: request body too large\n"));
      return;
    }
    RequestContext context =
        new RequestContext(path, RequestContext.NO_DEADLINE, new HttpFacts(request));
    try {
      route.handle(new Asked(request, path, body, context), answer);
    } catch (Exception e) {
      LOG.warn("request failed unexpectedly: {}", path, e);
      answer.send(500, TEXT, utf8("Internal Server Error\n"));
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
