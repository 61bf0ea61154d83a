package io.quorate.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Ports for members that somebody starts in this JVM. */
public final class FreePorts {
  private FreePorts() {}

  /**
   * Ports of 127.0.0.1 that nobody listens on now, none of them twice; somebody else may take one
   * before it is used.
   */
  public static List<Integer> find(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        // By its number: the loopback address of the JDK may be the one of IPv6.
        sockets.add(new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1})));
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }
}
