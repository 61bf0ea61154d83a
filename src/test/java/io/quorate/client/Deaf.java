package io.quorate.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Somebody behind a port who is no member. */
final class Deaf implements AutoCloseable {
  private final ServerSocket server = new ServerSocket();
  private final int port;
  private final Manner manner;
  private final AtomicInteger dials = new AtomicInteger();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  /** What it does with whoever comes. */
  enum Manner {
    /** The connection stands, and nothing is ever said. */
    SAYS_NOTHING,
    CLOSES_AT_ONCE,
    SPEAKS_HTTP_1,
    SPEAKS_NONSENSE,
    /** Nobody listens. */
    REFUSES
  }

  Deaf(Manner manner) throws IOException {
    this.manner = manner;
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    this.port = server.getLocalPort();
    if (manner == Manner.REFUSES) {
      server.close();
      return;
    }
    Thread thread = new Thread(this::accept, "deaf");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        dials.incrementAndGet();
        sockets.add(socket);
        speak(socket);
      } catch (IOException e) {
        // The client went, or the test is over.
      }
    }
  }

  private void speak(Socket socket) throws IOException {
    OutputStream out = socket.getOutputStream();
    switch (manner) {
      case CLOSES_AT_ONCE -> socket.close();
      case SPEAKS_HTTP_1 -> {
        InputStream in = socket.getInputStream();
        if (in.read() >= 0) {
          String answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
          out.write(answer.getBytes(StandardCharsets.US_ASCII));
        }
      }
      case SPEAKS_NONSENSE -> {
        byte[] nonsense = new byte[4_096];
        new Random(dials.get()).nextBytes(nonsense);
        out.write(nonsense);
      }
      default -> {}
    }
  }

  String endpoint() {
    return "127.0.0.1:" + port;
  }

  /** How often somebody came. */
  int dials() {
    return dials.get();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
