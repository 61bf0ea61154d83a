package io.quorate.client.wire;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How endpoints with {@code https} are spoken to. Files are PEM and read when the client is opened.
 *
 * @param trusted the authorities that are trusted; those of the JVM if there is none
 * @param identity who this client is, for members that ask
 * @param serverName the name that the certificates of members have to carry; that of the endpoint
 *     if there is none
 */
public record Tls(
    Optional<Path> trusted, Optional<Identity> identity, Optional<String> serverName) {
  /** The trust of the JVM, no identity. */
  public static final Tls DEFAULT = new Tls(Optional.empty(), Optional.empty(), Optional.empty());

  /**
   * Who a client is.
   *
   * @param certificate its chain
   * @param key its key, PKCS #8, not encrypted
   */
  public record Identity(Path certificate, Path key) {}
}
