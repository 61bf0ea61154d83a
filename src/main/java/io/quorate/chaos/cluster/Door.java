package io.quorate.chaos.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Where a member is reached through the network: a port of its own before one of the member's.
 * While it is shut nobody listens there, as at a member that is down. For the network's thread.
 */
final class Door {
  private static final int BACKLOG_MAX = 512;

  private final String to;
  private final boolean isForPeers;
  private final int port;
  private final InetSocketAddress target;
  private @Nullable ServerSocketChannel channel;

  /** A door that is shut. */
  Door(String to, boolean isForPeers, int port, int targetPort) {
    this.to = to;
    this.isForPeers = isForPeers;
    this.port = port;
    this.target = new InetSocketAddress(NetworkLoop.loopback(), targetPort);
  }

  /** Whose it is. */
  String to() {
    return to;
  }

  boolean isForPeers() {
    return isForPeers;
  }

  InetSocketAddress target() {
    return target;
  }

  boolean isOpen() {
    return channel != null;
  }

  void open(Selector selector) throws IOException {
    ServerSocketChannel opened = ServerSocketChannel.open();
    channel = opened;
    opened.bind(new InetSocketAddress(NetworkLoop.loopback(), port), BACKLOG_MAX);
    opened.configureBlocking(false);
    opened.register(selector, SelectionKey.OP_ACCEPT, this);
  }

  void shut() {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // Closed is closed.
      }
      channel = null;
    }
  }

  /** Who dialled next, if somebody did. */
  @Nullable SocketChannel accept() throws IOException {
    return channel == null ? null : channel.accept();
  }
}
