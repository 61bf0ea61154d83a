package io.quorate.chaos.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for members and their doors, which are listened at again and again: they are not among
 * those that the kernel gives to whoever dials, so that nobody has one while its member is down.
 */
final class Ports {
  /** Linux gives those from 32768 on, unless somebody has changed that. */
  private static final int FIRST = 12_000;

  private static final int LAST = 32_000;
  private static final int TRIES_MAX = 1000;

  private Ports() {}

  /** Ports of 127.0.0.1 on which nobody listens now, none of them twice. */
  static List<Integer> free(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int left = TRIES_MAX; sockets.size() < count; left--) {
        if (left == 0) {
          throw new IOException("no free ports between " + FIRST + " and " + LAST);
        }
        // Several of us at once are to take different ones: that is not for a seed to decide.
        int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
        ServerSocket socket = new ServerSocket();
        try {
          socket.bind(new InetSocketAddress(NetworkLoop.loopback(), port), 1);
          sockets.add(socket);
        } catch (IOException taken) {
          socket.close();
        }
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }
}
