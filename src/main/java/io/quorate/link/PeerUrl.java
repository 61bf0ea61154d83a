package io.quorate.link;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;

/**
 * Where a member listens for others, as {@code http://host:port} or {@code https://host:port}.
 *
 * @param tls whether it speaks TLS there
 * @param host a name or an address, IPv6 without brackets
 * @param port from 1 to 65535
 */
public record PeerUrl(boolean tls, String host, int port) {
  /** Reads {@code url}; throws {@link IllegalArgumentException} if it is of another form. */
  static PeerUrl of(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("malformed peer URL " + url, e);
    }
    String host = uri.getHost();
    if (host == null || uri.getPort() <= 0 || uri.getPort() > 0xffff) {
      throw new IllegalArgumentException("peer URL without host and port: " + url);
    }
    boolean tls = "https".equals(uri.getScheme());
    if (!tls && !"http".equals(uri.getScheme())) {
      throw new IllegalArgumentException("peer URL is neither http nor https: " + url);
    }
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    return new PeerUrl(tls, bracketed ? host.substring(1, host.length() - 1) : host, uri.getPort());
  }

  /** Whether members can be reached at {@code url}: it has a host and a port, and no path. */
  public static boolean isValid(String url) {
    try {
      return of(url).toString().equals(url);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  static List<PeerUrl> of(List<String> urls) {
    return urls.stream().map(PeerUrl::of).toList();
  }

  /** The address, which is looked up anew for each connection. */
  InetSocketAddress address() {
    return InetSocketAddress.createUnresolved(host, port);
  }

  @Override
  public String toString() {
    return (tls ? "https://" : "http://")
        + (host.contains(":") ? "[" + host + "]" : host)
        + ":"
        + port;
  }
}
