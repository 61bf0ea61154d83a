package io.quorate.server.grpc;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is known of a call besides its messages. Immutable. */
public final class RequestContext {
  /** The deadline of a call that has none. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  /** Looks a header up; the name is in lower case. */
  @FunctionalInterface
  interface Headers {
    @Nullable String first(String name);
  }

  /** Who calls: the address, and the subject of the client certificate that was verified. */
  public record Peer(String address, @Nullable String certificateSubject) {}

  private final String path;
  private final long deadlineNanos;
  private final Headers headers;
  private final Peer peer;

  RequestContext(String path, long deadlineNanos, Headers headers, Peer peer) {
    this.path = path;
    this.deadlineNanos = deadlineNanos;
    this.headers = headers;
    this.peer = peer;
  }

  /** A context without a connection: for the gateway, which calls services itself, and tests. */
  public static RequestContext of(String path, Map<String, String> metadata) {
    Map<String, String> byName = new TreeMap<>();
    metadata.forEach((name, value) -> byName.put(name.toLowerCase(Locale.ROOT), value));
    return new RequestContext(path, NO_DEADLINE, byName::get, new Peer("", null));
  }

  /** The path of the call, {@code /package.Service/Method}. */
  public String path() {
    return path;
  }

  /** The first value of a metadata entry, for instance {@code token}; names are in lower case. */
  public @Nullable String metadata(String name) {
    return headers.first(name);
  }

  /** When the caller stops waiting, on the clock of {@link System#nanoTime}, or NO_DEADLINE. */
  public long deadlineNanos() {
    return deadlineNanos;
  }

  /** Whether there is a deadline at all. */
  public boolean hasDeadline() {
    return deadlineNanos != NO_DEADLINE;
  }

  /** Who calls. */
  public Peer peer() {
    return peer;
  }
}
