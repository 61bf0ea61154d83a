package io.quorate.server.grpc;

import io.quorate.base.Check;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The calls that a server knows, by path. Immutable. */
public final class MethodTable {
  /** A call: exactly one of the two handlers is there. */
  record Method(
      @Nullable UnaryHandler unary,
      @Nullable StreamMethod stream,
      boolean oneRequest,
      MethodMetrics metrics) {}

  private final Map<String, Method> methods;
  private final Set<String> services;

  private MethodTable(Map<String, Method> methods, Set<String> services) {
    this.methods = methods;
    this.services = services;
  }

  /** A table to be filled, whose calls nobody asks the numbers of. */
  public static Builder builder() {
    return builder(new CallMetrics(false));
  }

  /** A table to be filled, whose calls are counted in {@code metrics}. */
  public static Builder builder(CallMetrics metrics) {
    return new Builder(metrics);
  }

  @Nullable Method find(String path) {
    return methods.get(path);
  }

  boolean hasService(String service) {
    return services.contains(service);
  }

  /** Collects the calls of a table; not for several threads. */
  public static final class Builder {
    private final Map<String, Method> methods = new HashMap<>();
    private final Set<String> services = new HashSet<>();
    private final CallMetrics metrics;

    private Builder(CallMetrics metrics) {
      this.metrics = metrics;
    }

    /** Adds a call of one message each way; {@code service} is the full name. */
    public Builder unary(String service, String method, UnaryHandler handler) {
      MethodMetrics counted = metrics.method(service, method, CallMetrics.Shape.UNARY);
      return add(service, method, new Method(handler, null, true, counted));
    }

    /** Adds a call of one request and a stream of answers. */
    public Builder serverStream(String service, String method, StreamMethod handler) {
      MethodMetrics counted = metrics.method(service, method, CallMetrics.Shape.SERVER_STREAM);
      return add(service, method, new Method(null, handler, true, counted));
    }

    /** Adds a call that streams both ways. */
    public Builder bidiStream(String service, String method, StreamMethod handler) {
      MethodMetrics counted = metrics.method(service, method, CallMetrics.Shape.BIDI_STREAM);
      return add(service, method, new Method(null, handler, false, counted));
    }

    private Builder add(String service, String name, Method method) {
      String path = "/" + service + "/" + name;
      Check.that(methods.putIfAbsent(path, method) == null, "two handlers for %s", path);
      services.add(service);
      return this;
    }

    /** Puts a guard before every call that was added. */
    Builder guardAll(MemberGuard guard) {
      methods.replaceAll(guard::guard);
      return this;
    }

    /** The table. */
    public MethodTable build() {
      return new MethodTable(Map.copyOf(methods), Set.copyOf(services));
    }
  }
}
