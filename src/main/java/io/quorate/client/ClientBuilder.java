package io.quorate.client;

import io.quorate.client.wire.Endpoint;
import io.quorate.client.wire.Tls;
import io.quorate.client.wire.Wire;
import io.quorate.client.wire.WireSettings;
import io.quorate.client.wire.WireSettings.Credentials;
import io.quorate.client.wire.WireSettings.Timing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How a client is to be. Never changes: each method returns another one, so that a part of it can
 * be shared.
 */
public final class ClientBuilder {
  /** The most threads that a client can have. */
  public static final int IO_THREADS_MAX = 64;

  /** The longest time-out that there is. */
  public static final Duration TIMEOUT_MAX = Duration.ofDays(1);

  private final WireSettings settings;

  private ClientBuilder(WireSettings settings) {
    this.settings = settings;
  }

  static ClientBuilder at(List<String> endpoints) {
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("a client needs at least one endpoint");
    }
    List<Endpoint> parsed = endpoints.stream().map(Endpoint::parse).distinct().toList();
    return new ClientBuilder(
        new WireSettings(parsed, Tls.DEFAULT, Optional.empty(), Timing.DEFAULT, true, 1));
  }

  /** Trusts the authorities in {@code pem} where an endpoint begins with {@code https}. */
  public ClientBuilder trusting(Path pem) {
    Tls tls = settings.tls();
    return withTls(new Tls(Optional.of(pem), tls.identity(), tls.serverName()));
  }

  /**
   * Shows a certificate to members that ask for one.
   *
   * @param certificate its chain, PEM
   * @param key its key, PEM, PKCS #8, not encrypted
   */
  public ClientBuilder showing(Path certificate, Path key) {
    Tls tls = settings.tls();
    return withTls(
        new Tls(tls.trusted(), Optional.of(new Tls.Identity(certificate, key)), tls.serverName()));
  }

  /** Expects the certificates of members to carry {@code name}, whatever the endpoint says. */
  public ClientBuilder expecting(String name) {
    Tls tls = settings.tls();
    return withTls(new Tls(tls.trusted(), tls.identity(), Optional.of(name)));
  }

  private ClientBuilder withTls(Tls tls) {
    return new ClientBuilder(settings.with(tls));
  }

  /** Speaks as a user. The token is renewed whenever a member does not take it any more. */
  public ClientBuilder user(String name, String password) {
    return new ClientBuilder(settings.with(new Credentials(name, password)));
  }

  /**
   * What a call may take, with all its attempts: 10 s unless said otherwise. Members give up after
   * 7 s; with less than that, more writes end as {@link ClientException.Ambiguous}.
   */
  public ClientBuilder callTimeout(Duration most) {
    return withTiming(new Timing(positive(most), settings.timing().attempt()));
  }

  /** After what time without an answer a read is asked of another member: 2 s unless said. */
  public ClientBuilder attemptTimeout(Duration most) {
    return withTiming(new Timing(settings.timing().call(), positive(most)));
  }

  private static Duration positive(Duration duration) {
    if (duration.isNegative() || duration.isZero() || duration.compareTo(TIMEOUT_MAX) > 0) {
      throw new IllegalArgumentException(
          "a time-out is above 0 and at most " + TIMEOUT_MAX + ", not " + duration);
    }
    return duration;
  }

  private ClientBuilder withTiming(Timing timing) {
    return new ClientBuilder(settings.with(timing));
  }

  /** Uses only the endpoints that were given, not those that members tell of. */
  public ClientBuilder withoutMemberSync() {
    return new ClientBuilder(settings.withoutSync());
  }

  /** How many threads carry the calls, at most {@link #IO_THREADS_MAX}: 1 unless said otherwise. */
  public ClientBuilder ioThreads(int count) {
    if (count < 1 || count > IO_THREADS_MAX) {
      throw new IllegalArgumentException("1 to " + IO_THREADS_MAX + " threads, not " + count);
    }
    return new ClientBuilder(settings.withThreads(count));
  }

  /**
   * A client. Returns at once: members are connected to in the background, and calls wait for that.
   *
   * @throws IllegalArgumentException if the files of TLS are of no use
   */
  public Client open() {
    return new Client(Wire.open(settings));
  }

  static ClientBuilder at(String... endpoints) {
    return at(Arrays.asList(endpoints));
  }
}
