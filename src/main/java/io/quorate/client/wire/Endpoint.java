package io.quorate.client.wire;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where a member serves clients.
 *
 * @param isTls whether it speaks TLS there
 * @param host its name or address; one of IPv6 in brackets
 * @param port its port, 1 to 65535
 */
public record Endpoint(boolean isTls, String host, int port) {
  private static final int PORT_MAX = 65_535;

  /**
   * Reads {@code http://host:port}, {@code https://host:port} or {@code host:port}, which is the
   * first of them.
   *
   * @throws IllegalArgumentException saying what is wrong with {@code text}
   */
  public static Endpoint parse(String text) {
    String url = text.contains("://") ? text : "http://" + text;
    try {
      URI uri = new URI(url);
      String scheme = uri.getScheme();
      if (scheme == null) {
        throw refused(text, "it has no scheme");
      }
      if (!scheme.equals("http") && !scheme.equals("https")) {
        throw refused(text, "its scheme is " + scheme + ", not http or https");
      }
      if (uri.getHost() == null || uri.getPort() <= 0 || uri.getPort() > PORT_MAX) {
        throw refused(text, "it needs a host and a port");
      }
      if (uri.getPath() != null && uri.getPath().length() > 1) {
        throw refused(text, "it has a path: " + uri.getPath());
      }
      return new Endpoint(scheme.equals("https"), uri.getHost(), uri.getPort());
    } catch (URISyntaxException e) {
      throw refused(text, e.getReason());
    }
  }

  private static IllegalArgumentException refused(String text, String why) {
    return new IllegalArgumentException("cannot use endpoint " + text + ": " + why);
  }

  /** As a URL. */
  @Override
  public String toString() {
    return (isTls ? "https://" : "http://") + host + ":" + port;
  }
}
