package io.quorate.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class SocketsTest {
  private static final String TABLE =
      """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt  uid timeout inode
         0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000    0       0 11 1
         1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 02:000A7214 00000000    0       0 22 2
         2: 0100007F:1F90 0100007F:C350 01 00000000:00000000 02:000A7214 00000000    0       0 33 2
         3: 0100007F:C351 0100007F:1F90 06 00000000:00000000 03:000A7214 00000000    0       0 0 3
      """;

  private static final Map<String, Long> ME = Map.of("me", ProcessHandle.current().pid());

  @Test
  void findsTheDiallersEndOfAConnection() {
    assertThat(Sockets.inode(TABLE, 50000, 8080)).hasValue(22);
    assertThat(Sockets.inode(TABLE, 8080, 50000)).hasValue(33);
  }

  @Test
  void whatBelongsToNobodyAnyMoreIsNotThere() {
    assertThat(Sockets.inode(TABLE, 50001, 8080)).isEmpty();
    assertThat(Sockets.inode(TABLE, 50002, 8080)).isEmpty();
  }

  @Test
  void knowsWhereSomebodyListens() throws Exception {
    assertThat(Sockets.listening(TABLE)).containsExactly(8080);
    int port;
    try (ServerSocket server = new ServerSocket(0)) {
      port = server.getLocalPort();
      assertThat(Sockets.listening()).contains(port);
    }
    assertThat(Sockets.listening()).doesNotContain(port);
  }

  @Test
  void findsTheProcessThatDialledByAnyKindOfSocket() throws Exception {
    try (ServerSocketChannel server =
            ServerSocketChannel.open().bind(new InetSocketAddress(NetworkLoop.loopback(), 0));
        Socket plain = new Socket(NetworkLoop.loopback(), server.socket().getLocalPort());
        SocketChannel channel = SocketChannel.open(server.getLocalAddress())) {
      InetSocketAddress at = (InetSocketAddress) server.getLocalAddress();
      Sockets sockets = new Sockets(() -> ME);
      assertThat(sockets.find((InetSocketAddress) plain.getLocalSocketAddress(), at))
          .hasValue("me");
      assertThat(sockets.find((InetSocketAddress) channel.getLocalAddress(), at)).hasValue("me");
    }
  }

  @Test
  void whoIsNoMemberIsAClient() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, NetworkLoop.loopback());
        Socket socket = new Socket(NetworkLoop.loopback(), server.getLocalPort())) {
      // The process of this test is none of the members.
      Process other = new ProcessBuilder("sh", "-c", "read line").start();
      try {
        Sockets sockets = new Sockets(() -> Map.of("other", other.pid()));
        assertThat(
                sockets.find(
                    (InetSocketAddress) socket.getLocalSocketAddress(),
                    (InetSocketAddress) server.getLocalSocketAddress()))
            .hasValue(Way.CLIENT);
      } finally {
        other.destroyForcibly();
      }
    }
  }

  @Test
  void whoHasGoneIsNobody() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, NetworkLoop.loopback())) {
      InetSocketAddress from;
      try (Socket socket = new Socket(NetworkLoop.loopback(), server.getLocalPort())) {
        from = (InetSocketAddress) socket.getLocalSocketAddress();
      }
      Sockets sockets = new Sockets(() -> ME);
      Awaitility.await()
          .until(
              () -> sockets.find(from, (InetSocketAddress) server.getLocalSocketAddress()),
              found -> found.isEmpty());
    }
  }
}
