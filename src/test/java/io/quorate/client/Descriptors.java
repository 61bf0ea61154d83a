package io.quorate.client;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.quorate.client.wire.Method;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The methods of the client as grpc-java knows methods, for the members that tests make. */
final class Descriptors {
  private Descriptors() {}

  /** As a method of one request and one answer. */
  static <Q extends MessageLite, A extends MessageLite> MethodDescriptor<Q, A> unary(
      Method<Q, A> method, Parser<Q> requests) {
    return of(method, MethodType.UNARY, requests);
  }

  /** As a method of {@code type}. */
  static <Q extends MessageLite, A extends MessageLite> MethodDescriptor<Q, A> of(
      Method<Q, A> method, MethodType type, Parser<Q> requests) {
    return MethodDescriptor.<Q, A>newBuilder(
            new Messages<>(requests), new Messages<>(method.answers()))
        .setType(type)
        .setFullMethodName(method.name())
        .build();
  }

  private record Messages<T extends MessageLite>(Parser<T> parser)
      implements MethodDescriptor.Marshaller<T> {
    @Override
    public InputStream stream(T message) {
      return new ByteArrayInputStream(message.toByteArray());
    }

    @Override
    public T parse(InputStream stream) {
      try {
        return parser.parseFrom(stream);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
