package io.quorate.client.wire;

import com.google.protobuf.MessageLite;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/**
 * A call of the API, and what may be done when its answer does not come.
 *
 * @param descriptor its name and how its messages travel
 * @param repeat whether it may be sent again without knowing what became of it
 * @param <Q> the request
 * @param <A> the answer
 */
public record Method<Q extends MessageLite, A extends MessageLite>(
    MethodDescriptor<Q, A> descriptor, Repeat repeat) {

  /** What a second copy of a request would do. */
  public enum Repeat {
    /** Nothing: it reads. Each member may answer. */
    HARMLESS,
    /** Nothing: it reads, and any member may answer from what it has, with or without a leader. */
    ANYWHERE,
    /** Perhaps the same thing twice. */
    UNSAFE
  }

  /** A call with one request and one answer. */
  public static <Q extends MessageLite, A extends MessageLite> Method<Q, A> unary(
      String name, Repeat repeat, Q request, A answer) {
    return new Method<>(descriptor(MethodType.UNARY, name, request, answer), repeat);
  }

  /** A call with many requests or answers; whoever uses it opens it anew. */
  public static <Q extends MessageLite, A extends MessageLite> Method<Q, A> stream(
      MethodType type, String name, Q request, A answer) {
    return new Method<>(descriptor(type, name, request, answer), Repeat.HARMLESS);
  }

  /** The same, which {@code other} says may be repeated. */
  public Method<Q, A> with(Repeat other) {
    return new Method<>(descriptor, other);
  }

  private static <Q extends MessageLite, A extends MessageLite> MethodDescriptor<Q, A> descriptor(
      MethodType type, String name, Q request, A answer) {
    return MethodDescriptor.<Q, A>newBuilder(new Proto<>(request), new Proto<>(answer))
        .setType(type)
        .setFullMethodName(name)
        .setSchemaDescriptor(null)
        .build();
  }

  /** Messages as bytes. What is read is aliased and not copied: values copy what they keep. */
  private record Proto<T extends MessageLite>(T instance)
      implements MethodDescriptor.Marshaller<T> {
    @Override
    public InputStream stream(T message) {
      return new Outgoing(message);
    }

    @Override
    @SuppressWarnings("unchecked")
    public T parse(InputStream stream) {
      try {
        return (T) instance.getParserForType().parseFrom(stream);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** A message that writes itself where it is sent, without an array between. */
  private static final class Outgoing extends InputStream implements Drainable, KnownLength {
    private final MessageLite message;
    private InputStream rest = InputStream.nullInputStream();
    private boolean isRead;

    Outgoing(MessageLite message) {
      this.message = message;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      message.writeTo(target);
      return message.getSerializedSize();
    }

    @Override
    public int available() throws IOException {
      return isRead ? rest.available() : message.getSerializedSize();
    }

    @Override
    public int read() throws IOException {
      return rest().read();
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
      return rest().read(target, from, length);
    }

    /** For whoever reads it instead of letting it write itself. */
    private InputStream rest() {
      if (!isRead) {
        isRead = true;
        rest = new ByteArrayInputStream(message.toByteArray());
      }
      return rest;
    }
  }
}
