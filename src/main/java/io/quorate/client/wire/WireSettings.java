package io.quorate.client.wire;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a client was told.
 *
 * @param endpoints where members are, at least one
 * @param tls how endpoints with {@code https} are spoken to
 * @param credentials who the client is, where users are known
 * @param timing how long things may take
 * @param syncsMembers whether the list of endpoints follows that of the members
 * @param ioThreads how many threads carry the calls
 */
public record WireSettings(
    List<Endpoint> endpoints,
    Tls tls,
    Optional<Credentials> credentials,
    Timing timing,
    boolean syncsMembers,
    int ioThreads) {
  /** The same, speaking TLS as {@code other} says. */
  public WireSettings with(Tls other) {
    return new WireSettings(endpoints, other, credentials, timing, syncsMembers, ioThreads);
  }

  /** The same, as a user. */
  public WireSettings with(Credentials who) {
    return new WireSettings(endpoints, tls, Optional.of(who), timing, syncsMembers, ioThreads);
  }

  /** The same, with other times. */
  public WireSettings with(Timing other) {
    return new WireSettings(endpoints, tls, credentials, other, syncsMembers, ioThreads);
  }

  /** The same, with only the endpoints that were given. */
  public WireSettings withoutSync() {
    return new WireSettings(endpoints, tls, credentials, timing, false, ioThreads);
  }

  /** The same, with {@code count} threads. */
  public WireSettings withThreads(int count) {
    return new WireSettings(endpoints, tls, credentials, timing, syncsMembers, count);
  }

  /** Name and password of a user. */
  public record Credentials(String user, String password) {
    /** Without the password. */
    @Override
    public String toString() {
      return "user " + user;
    }
  }

  /**
   * How long things may take.
   *
   * @param call a call, with all its attempts
   * @param attempt an attempt of a read, until another member is asked; of a write, until the
   *     member is asked how it is
   */
  public record Timing(Duration call, Duration attempt) {
    /** Above the seven seconds after which a member gives up by itself. */
    public static final Timing DEFAULT = new Timing(Duration.ofSeconds(10), Duration.ofSeconds(2));
  }
}
