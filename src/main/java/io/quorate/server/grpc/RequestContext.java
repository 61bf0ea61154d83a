package io.quorate.server.grpc;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is known of a call besides its messages. Immutable. */
public final class RequestContext {
  /** The deadline of a call that has none. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  /** Where the facts come from, so that only those that are asked for are looked up. */
  interface Source {
    /** The first value of a header; the name is in lower case. */
    @Nullable String header(String name);

    /** Who calls. */
    Peer peer();
  }

  /** Who calls, by address and port. */
  public record Peer(String address) {}

  private record Fixed(Map<String, String> headers, Peer peer) implements Source {
    @Override
    public @Nullable String header(String name) {
      return headers.get(name);
    }
  }

  private final String path;
  private final long deadlineNanos;
  private final Source source;

  RequestContext(String path, long deadlineNanos, Source source) {
    this.path = path;
    this.deadlineNanos = deadlineNanos;
    this.source = source;
  }

  /** A context without a connection: for the gateway, which calls services itself, and tests. */
  public static RequestContext of(String path, Map<String, String> metadata) {
    Map<String, String> byName = new TreeMap<>();
    metadata.forEach((name, value) -> byName.put(name.toLowerCase(Locale.ROOT), value));
    return new RequestContext(path, NO_DEADLINE, new Fixed(byName, new Peer("")));
  }

  /** The path of the call, {@code /package.Service/Method}. */
  public String path() {
    return path;
  }

  /** The first value of a metadata entry, for instance {@code token}; names are in lower case. */
  public @Nullable String metadata(String name) {
    return source.header(name);
  }

  /**
   * When the caller stops waiting, on the clock of {@link System#nanoTime}, or {@link
   * #NO_DEADLINE}; compare by subtraction, after {@link #hasDeadline}.
   */
  public long deadlineNanos() {
    return deadlineNanos;
  }

  /** Whether there is a deadline at all. */
  public boolean hasDeadline() {
    return deadlineNanos != NO_DEADLINE;
  }

  /** Whether the caller has stopped waiting at {@code nowNanos}. */
  boolean isLate(long nowNanos) {
    return hasDeadline() && nowNanos - deadlineNanos >= 0;
  }

  /** Who calls. */
  public Peer peer() {
    return source.peer();
  }
}
