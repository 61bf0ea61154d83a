package io.quorate.server.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.quorate.base.EtcdError.Code;
import io.quorate.proto.health.HealthCheckRequest;
import io.quorate.proto.health.HealthCheckResponse;
import io.quorate.proto.health.HealthCheckResponse.ServingStatus;
import io.quorate.proto.health.HealthListRequest;
import io.quorate.proto.health.HealthListResponse;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * grpc.health.v1 for the server as a whole, which has the empty name; other names are unknown, as
 * they are to etcd. Safe for several threads.
 */
public final class HealthService {
  private static final String SERVICE = "grpc.health.v1.Health";

  private final Set<Watch> watches = new LinkedHashSet<>();
  private boolean serving;

  /** A service that answers NOT_SERVING until it is told otherwise. */
  public HealthService() {}

  /** Adds the calls of the service. */
  public void register(MethodTable.Builder methods) {
    methods
        .unary(SERVICE, "Check", this::check)
        .unary(SERVICE, "List", this::list)
        .serverStream(SERVICE, "Watch", (context, out) -> new Watch(out));
  }

  /** Says whether the server can serve; watchers are told if that is news. */
  public void setServing(boolean now) {
    synchronized (this) {
      if (serving != now) {
        serving = now;
        watches.forEach(watch -> watch.tell(status()));
      }
    }
  }

  private synchronized ServingStatus status() {
    return serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }

  private void check(RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    String name = HealthCheckRequest.parser().parseFrom(array, offset, length).getService();
    if (name.isEmpty()) {
      reply.ok(Framed.of(response(status())));
    } else {
      reply.fail(Code.NOT_FOUND, "unknown service");
    }
  }

  private void list(RequestContext context, byte[] array, int offset, int length, UnaryReply reply)
      throws InvalidProtocolBufferException {
    HealthListRequest.parser().parseFrom(array, offset, length);
    reply.ok(
        Framed.of(HealthListResponse.newBuilder().putStatuses("", response(status())).build()));
  }

  private static HealthCheckResponse response(ServingStatus status) {
    return HealthCheckResponse.newBuilder().setStatus(status).build();
  }

  private final class Watch implements StreamHandler {
    private final Outbound out;
    private @Nullable ServingStatus unsent;

    Watch(Outbound out) {
      this.out = out;
    }

    @Override
    public void onMessage(byte[] message) throws InvalidProtocolBufferException {
      if (!HealthCheckRequest.parseFrom(message).getService().isEmpty()) {
        out.offer(Framed.of(response(ServingStatus.SERVICE_UNKNOWN)));
        return;
      }
      synchronized (HealthService.this) {
        watches.add(this);
        tell(status());
      }
    }

    /** Only the newest status counts: one that finds the queue full replaces one that waits. */
    void tell(ServingStatus status) {
      if (!out.offer(Framed.of(response(status)))) {
        boolean waits = unsent != null;
        unsent = status;
        if (!waits) {
          out.onWritable(this::tellUnsent);
        }
      }
    }

    private void tellUnsent() {
      synchronized (HealthService.this) {
        ServingStatus status = unsent;
        unsent = null;
        if (status != null) {
          tell(status);
        }
      }
    }

    @Override
    public void onHalfClose() {}

    @Override
    public void onCancel() {
      synchronized (HealthService.this) {
        watches.remove(this);
      }
    }
  }
}
