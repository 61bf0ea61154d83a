package io.quorate.server.discovery;

/**
 * A member that was found.
 *
 * @param name its name
 * @param url its peer URL
 */
public record Peer(String name, String url) {
  @Override
  public String toString() {
    return name + "=" + url;
  }

  /** Host and port as URLs have them. */
  static String authority(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
