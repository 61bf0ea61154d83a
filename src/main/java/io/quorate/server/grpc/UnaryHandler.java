package io.quorate.server.grpc;

/** One call of the API that takes one message and gives one. */
@FunctionalInterface
public interface UnaryHandler {
  /**
   * Called by the actor of the connection, whose other calls wait meanwhile, or, as the first of a
   * connection, on the default dispatcher; it must not block. Many connections call at a time. It
   * answers by {@code reply}, before it returns or later from any thread. The message is {@code
   * length} bytes of {@code array} from {@code offset}; the array belongs to the transport and is
   * only to be read, and only until this method returns. What it throws becomes the answer: an
   * {@link io.quorate.base.EtcdException} its own status, a protobuf parse error what grpc-go says
   * of one, anything else INTERNAL.
   */
  void call(RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws Exception;
}
