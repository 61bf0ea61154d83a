package io.quorate.client;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.quorate.client.wire.Methods;
import io.quorate.proto.health.HealthCheckRequest;
import io.quorate.proto.health.HealthCheckResponse;
import io.quorate.proto.health.HealthCheckResponse.ServingStatus;
import java.util.ArrayList;
import java.util.List;

/** Whether a fake member says that it serves. */
final class FakeHealth {
  private final List<ServerCall<HealthCheckRequest, HealthCheckResponse>> streams =
      new ArrayList<>();
  private boolean serves = true;

  ServerServiceDefinition service() {
    return ServerServiceDefinition.builder("grpc.health.v1.Health")
        .addMethod(
            Descriptors.of(
                Methods.HEALTH, MethodType.SERVER_STREAMING, HealthCheckRequest.parser()),
            (call, headers) -> {
              call.sendHeaders(new Metadata());
              call.request(2);
              return new ServerCall.Listener<HealthCheckRequest>() {
                @Override
                public void onHalfClose() {
                  open(call);
                }

                @Override
                public void onCancel() {
                  over(call);
                }
              };
            })
        .build();
  }

  private synchronized void open(ServerCall<HealthCheckRequest, HealthCheckResponse> call) {
    streams.add(call);
    call.sendMessage(message());
  }

  private synchronized void over(ServerCall<HealthCheckRequest, HealthCheckResponse> call) {
    streams.remove(call);
  }

  private HealthCheckResponse message() {
    return HealthCheckResponse.newBuilder()
        .setStatus(serves ? ServingStatus.SERVING : ServingStatus.NOT_SERVING)
        .build();
  }

  /** Says it to whoever asked. */
  synchronized void serves(boolean now) {
    serves = now;
    streams.forEach(stream -> stream.sendMessage(message()));
  }

  /** How many ask. */
  synchronized int listeners() {
    return streams.size();
  }
}
