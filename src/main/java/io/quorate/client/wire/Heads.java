package io.quorate.client.wire;

import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The headers of requests to one endpoint, made once for each method and token. On one thread.
 * Source: the gRPC protocol over HTTP/2, "Request-Headers".
 */
final class Heads {
  private static final AsciiString POST = AsciiString.cached("POST");

  private final AsciiString scheme;
  private final AsciiString authority;
  private final Map<Method<?, ?>, Http2Headers> made = new HashMap<>();
  private @Nullable String token;

  Heads(Endpoint endpoint) {
    this.scheme = AsciiString.of(endpoint.isTls() ? "https" : "http");
    this.authority = AsciiString.of(endpoint.host() + ":" + endpoint.port());
  }

  Http2Headers of(Method<?, ?> method, @Nullable String now) {
    if (!Objects.equals(token, now)) {
      token = now;
      made.clear();
    }
    return made.computeIfAbsent(method, this::make);
  }

  private Http2Headers make(Method<?, ?> method) {
    List<String> more =
        new ArrayList<>(
            List.of(
                "content-type",
                "application/grpc",
                "te",
                "trailers",
                "user-agent",
                "quorate-client"));
    if (method.needsLeader()) {
      more.addAll(List.of("hasleader", "true"));
    }
    if (token != null) {
      more.addAll(List.of("token", token));
    }
    return ReadOnlyHttp2Headers.clientHeaders(
        false,
        POST,
        AsciiString.of("/" + method.name()),
        scheme,
        authority,
        more.stream().map(AsciiString::of).toArray(AsciiString[]::new));
  }
}
