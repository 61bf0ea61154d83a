package io.quorate.client;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A connection from a client to a member through somebody who knows frames of HTTP/2, and does what
 * networks do: holds back, breaks, refuses, and says of a stream that it was never looked at.
 */
final class Link implements AutoCloseable {
  static final int REFUSED_STREAM = 7;
  static final int NO_ERROR = 0;
  static final int INTERNAL_ERROR = 2;
  static final int ENHANCE_YOUR_CALM = 11;

  private static final int CANCEL = 8;
  private static final int PREFACE_BYTES = 24;

  private final int target;
  private final ServerSocket server;
  private final List<Conn> conns = new CopyOnWriteArrayList<>();
  private final List<Rule> rules = new CopyOnWriteArrayList<>();
  private final AtomicInteger dials = new AtomicInteger();
  private volatile Mode mode = Mode.PASS;

  /** What happens to bytes, and to connections that begin. */
  enum Mode {
    PASS,
    /** Whoever comes is sent away at once. */
    REFUSE,
    /** Connections stand and nothing gets through. */
    HOLD
  }

  /** A frame of HTTP/2. */
  record Frame(int type, int flags, int stream, byte[] payload) {
    private static final int DATA = 0;
    private static final int RESET = 3;
    private static final int GO_AWAY = 7;

    byte[] encode() {
      return ByteBuffer.allocate(9 + payload.length)
          .put((byte) (payload.length >> 16))
          .putShort((short) payload.length)
          .put((byte) type)
          .put((byte) flags)
          .putInt(stream)
          .put(payload)
          .array();
    }

    boolean holds(String text) {
      return type == DATA && new String(payload, StandardCharsets.ISO_8859_1).contains(text);
    }
  }

  /** What becomes of the next message that holds {@code text}. */
  private record Rule(String text, Deed deed) {}

  /** What is done with a frame instead of passing it on. */
  interface Deed {
    void run(Conn conn, Frame frame) throws IOException;
  }

  /** Begins to stand before {@code member}. */
  Link(FakeMember member) {
    this.target = member.port();
    try {
      this.server = new ServerSocket();
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    start(this::accept);
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "link");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        dials.incrementAndGet();
        if (mode == Mode.REFUSE) {
          client.close();
          continue;
        }
        Conn conn = new Conn(client, new Socket(InetAddress.getLoopbackAddress(), target));
        conns.add(conn);
        start(conn::up);
        start(conn::down);
      } catch (IOException e) {
        // The next one may do better; closed, there is no next one.
      }
    }
  }

  /** One connection, and the one behind it. */
  final class Conn {
    private final Socket client;
    private final Socket member;
    private volatile boolean isMuted;
    private int forwarded;
    private int lastSeen = Integer.MAX_VALUE;

    private Conn(Socket client, Socket member) throws IOException {
      this.client = client;
      this.member = member;
      client.setTcpNoDelay(true);
      member.setTcpNoDelay(true);
    }

    private void up() {
      try {
        DataInputStream in = new DataInputStream(client.getInputStream());
        write(member.getOutputStream(), in.readNBytes(PREFACE_BYTES));
        for (Frame frame = read(in); ; frame = read(in)) {
          awaitPass();
          if (frame.stream() <= lastSeen && !isCaught(frame)) {
            forward(frame);
          }
        }
      } catch (IOException | InterruptedException e) {
        cut();
      }
    }

    private boolean isCaught(Frame frame) throws IOException {
      for (Rule rule : rules) {
        if (frame.holds(rule.text()) && rules.remove(rule)) {
          rule.deed().run(this, frame);
          return true;
        }
      }
      return false;
    }

    private void down() {
      try {
        DataInputStream in = new DataInputStream(member.getInputStream());
        for (Frame frame = read(in); ; frame = read(in)) {
          awaitPass();
          if (!isMuted) {
            write(client.getOutputStream(), frame.encode());
          }
        }
      } catch (IOException | InterruptedException e) {
        cut();
      }
    }

    private Frame read(DataInputStream in) throws IOException {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      return new Frame(type, flags, stream, in.readNBytes(length));
    }

    private void write(OutputStream out, byte[] bytes) throws IOException {
      synchronized (out) {
        out.write(bytes);
      }
    }

    /** Passes {@code frame} on to the member. */
    void forward(Frame frame) throws IOException {
      if (frame.type() == Frame.DATA) {
        forwarded = Math.max(forwarded, frame.stream());
      }
      write(member.getOutputStream(), frame.encode());
    }

    /** What the member says from now on is not heard. */
    void mute() {
      isMuted = true;
    }

    /** Ends a stream, on both sides. */
    void reset(int stream, int code) throws IOException {
      write(member.getOutputStream(), encode(stream, CANCEL));
      write(client.getOutputStream(), encode(stream, code));
    }

    private static byte[] encode(int stream, int code) {
      byte[] payload = ByteBuffer.allocate(4).putInt(code).array();
      return new Frame(Frame.RESET, 0, stream, payload).encode();
    }

    /**
     * Tells the client that the member goes, and looks at nothing behind {@code least}, or behind
     * the last that it has got: messages of streams may overtake each other.
     */
    void goAway(int least, int code) throws IOException {
      int last = Math.max(least, forwarded);
      lastSeen = last;
      byte[] payload = ByteBuffer.allocate(8).putInt(last).putInt(code).array();
      write(client.getOutputStream(), new Frame(Frame.GO_AWAY, 0, 0, payload).encode());
    }

    /** Ends the connection. */
    void cut() {
      conns.remove(this);
      try {
        client.close();
        member.close();
      } catch (IOException e) {
        // Closed is closed.
      }
    }
  }

  private synchronized void awaitPass() throws InterruptedException {
    while (mode == Mode.HOLD) {
      wait();
    }
  }

  synchronized void become(Mode next) {
    mode = next;
    notifyAll();
  }

  /** Does {@code deed} once, with the next message that holds {@code text}. */
  Link on(String text, Deed deed) {
    rules.add(new Rule(text, deed));
    return this;
  }

  /** Ends every connection. */
  void cut() {
    new ArrayList<>(conns).forEach(Conn::cut);
  }

  int connections() {
    return conns.size();
  }

  /** How often somebody came. */
  int dials() {
    return dials.get();
  }

  String endpoint() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    become(Mode.PASS);
    cut();
  }
}
