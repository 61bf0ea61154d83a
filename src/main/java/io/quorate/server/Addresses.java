package io.quorate.server;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the machine says about addresses. */
final class Addresses {
  private static final Pattern IPV4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!$)|$)){4}");
  private static final Pattern IPV6_LETTERS = Pattern.compile("[0-9A-Fa-f:.]+");

  private Addresses() {}

  /** Whether {@code host} is an IPv4 or IPv6 address; asks no resolver. */
  static boolean isLiteral(String host) {
    if (IPV4.matcher(host).matches()) {
      return true;
    }
    if (!host.contains(":") || !IPV6_LETTERS.matcher(host).matches()) {
      return false;
    }
    try {
      return InetAddress.getByName(host) != null;
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /**
   * The address from which this machine reaches others: the source address of its default route.
   * Nothing is sent. Empty on a machine without such a route.
   */
  static Optional<String> defaultHost() {
    // The address is one for documentation (RFC 5737): connecting a datagram socket only asks
    // the routing table.
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(InetAddress.getByName("198.51.100.1"), 9));
      InetAddress local = socket.getLocalAddress();
      return local.isAnyLocalAddress() || local.isLoopbackAddress()
          ? Optional.empty()
          : Optional.of(local.getHostAddress());
    } catch (SocketException | UnknownHostException | java.io.UncheckedIOException e) {
      return Optional.empty();
    }
  }

  /** The first address of {@code host}, or {@code host} itself when nobody knows it. */
  static String resolve(String host) {
    if (host.equals("localhost") || isLiteral(host)) {
      return host;
    }
    try {
      return InetAddress.getByName(host).getHostAddress();
    } catch (UnknownHostException e) {
      return host;
    }
  }
}
