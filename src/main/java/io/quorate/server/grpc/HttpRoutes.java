package io.quorate.server.grpc;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the port serves besides gRPC, over HTTP/1.1 and HTTP/2. */
@FunctionalInterface
public interface HttpRoutes {
  /** Every path answers 404, as Go's multiplexer words it. */
  HttpRoutes NONE = path -> null;

  /** The handler of {@code path} (decoded, without the query), or null for a 404. */
  @Nullable Handler find(String path);

  /** One route; called on the default dispatcher, it must not block. */
  @FunctionalInterface
  interface Handler {
    /** Answers by {@code reply}, before it returns or later from any thread. */
    void handle(Call call, Reply reply) throws Exception;
  }

  /** What was asked. */
  interface Call {
    /** GET, POST and so on, in capitals. */
    String method();

    /** The decoded path. */
    String path();

    /** The first value of a query parameter; the empty string for one without a value. */
    @Nullable String query(String name);

    /** All values of a query parameter, in order. */
    List<String> queryAll(String name);

    /**
     * The body, at most {@link Limits#httpBodyBytesMax} bytes; the array belongs to the handler.
     */
    byte[] body();

    /** Headers, deadline and peer, as for a call of gRPC. */
    RequestContext context();
  }

  /** Where the answer goes; the first one counts. Safe from any thread. */
  interface Reply {
    /** Answers with a whole body. */
    default void send(int status, String contentType, byte[] body) {
      send(status, contentType, Map.of(), body);
    }

    /** Answers with a whole body, and with further headers by their names. */
    void send(int status, String contentType, Map<String, String> headers, byte[] body);

    /**
     * Answers with a body that is streamed: {@link Framed#raw} parts, until {@link
     * Outbound#close()}. {@code onCancel} runs when the client goes away before that.
     */
    Outbound stream(int status, String contentType, Runnable onCancel);
  }
}
