package io.quorate.server.grpc;

/** One call of the API that streams its answers, and perhaps its requests. */
@FunctionalInterface
public interface StreamMethod {
  /**
   * Opens a stream. Called by the actor of the connection; it must not block. To refuse, throw an
   * {@link io.quorate.base.EtcdException} or close {@code out} with a status. The handler is told
   * of the client's messages one at a time.
   */
  StreamHandler open(RequestContext context, Outbound out);
}
