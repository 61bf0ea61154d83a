package io.quorate.link;

import io.quorate.base.Bytes;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;

/** Sockets that speak by hand. */
final class Raw {
  private Raw() {}

  static Socket open(TestMember member) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), member.port());
    socket.setSoTimeout((int) TestMember.PATIENCE.toMillis());
    return socket;
  }

  /** A connection that {@code member} has accepted. */
  static Socket open(TestMember member, Preface preface) throws IOException {
    Socket socket = open(member);
    write(socket, preface.encode());
    Preface.readAnswer(read(socket));
    return socket;
  }

  /** Holds a port at which nobody listens. */
  static Socket deaf() throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return socket;
  }

  static void write(Socket socket, Bytes payload) throws IOException {
    socket.getOutputStream().write(Frames.of(payload).toArrayUnsafe());
  }

  /** The next frame that says something. */
  static Bytes read(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    for (int length = in.readInt(); ; length = in.readInt()) {
      if (length > 0) {
        return Bytes.wrap(in.readNBytes(length));
      }
    }
  }

  /** Reads until the other side closes, and says how many bytes came. */
  static int awaitEnd(Socket socket) throws IOException {
    try {
      return socket.getInputStream().readAllBytes().length;
    } catch (SocketException reset) {
      return 0;
    }
  }
}
