package io.quorate.server.grpc;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** One call of a grpc-java client, with messages as plain bytes. */
final class TestCall extends ClientCall.Listener<byte[]> {
  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private final ClientCall<byte[], byte[]> call;
  private final List<byte[]> messages = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Status> status = new CompletableFuture<>();

  TestCall(ManagedChannel channel, String path, MethodType type, CallOptions options, Metadata md) {
    MethodDescriptor<byte[], byte[]> method =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(type)
            .setFullMethodName(path)
            .setRequestMarshaller(BYTES)
            .setResponseMarshaller(BYTES)
            .build();
    call = channel.newCall(method, options);
    call.start(this, md);
  }

  static TestCall unary(ManagedChannel channel, String path, byte[] request) {
    return unary(channel, path, request, CallOptions.DEFAULT);
  }

  static TestCall unary(ManagedChannel channel, String path, byte[] request, CallOptions options) {
    TestCall call = new TestCall(channel, path, MethodType.UNARY, options, new Metadata());
    return call.read(2).send(request).end();
  }

  static TestCall stream(ManagedChannel channel, String path) {
    return new TestCall(
        channel, path, MethodType.BIDI_STREAMING, CallOptions.DEFAULT, new Metadata());
  }

  TestCall read(int count) {
    call.request(count);
    return this;
  }

  TestCall send(byte[] message) {
    call.sendMessage(message);
    return this;
  }

  TestCall end() {
    call.halfClose();
    return this;
  }

  void cancel() {
    call.cancel("test", null);
  }

  boolean isReady() {
    return call.isReady();
  }

  List<byte[]> messages() {
    return messages;
  }

  boolean isOver() {
    return status.isDone();
  }

  Status status() {
    return status.orTimeout(30, TimeUnit.SECONDS).join();
  }

  /** The one message of a call that succeeded. */
  byte[] only() {
    Status end = status();
    if (!end.isOk() || messages.size() != 1) {
      throw new AssertionError(end + " after " + messages.size() + " messages");
    }
    return messages.get(0);
  }

  @Override
  public void onMessage(byte[] message) {
    messages.add(message);
  }

  @Override
  public void onClose(Status end, Metadata trailers) {
    status.complete(end);
  }
}
