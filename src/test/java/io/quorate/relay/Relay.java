package io.quorate.relay;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands before a port of this machine and passes on what is sent to it and what it answers, piece
 * by piece as a {@link Carrier} does. When it is told to, it cuts all connections and lets nobody
 * in.
 */
public abstract class Relay implements AutoCloseable {
  private static final int PIECE_BYTES_MAX = 16 * 1024;

  private final ServerSocket listening;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean isShut;

  /** Carries what one end of one connection says; on a thread of its own. */
  protected interface Carrier {
    /** Passes on the first {@code length} bytes, or not; false ends the connection. */
    boolean carry(byte[] piece, int length, OutputStream out)
        throws IOException, InterruptedException;
  }

  /** Passes connections on to {@code target} of this machine, once it has begun. */
  protected Relay(int target) throws IOException {
    this.target = target;
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  /** Begins; for whoever is made whole. */
  protected final void begin() {
    thread(this::accept);
  }

  /** For one direction of a new connection: towards the target, or back. */
  protected abstract Carrier carrier(boolean isTowards);

  /** Where it listens. */
  public final int port() {
    return listening.getLocalPort();
  }

  /** Ends all connections; nobody is let in. */
  public void cut() {
    isShut = true;
    closeAll();
  }

  /** Lets everybody in from now on. */
  public void letPass() {
    isShut = false;
  }

  /** Whether nobody is let in. */
  protected final boolean isShut() {
    return isShut;
  }

  private static void thread(Runnable task) {
    Thread thread = new Thread(task, "relay");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket from = listening.accept();
        if (isShut) {
          from.close();
        } else {
          join(from);
        }
      }
    } catch (IOException closed) {
      closeAll();
    }
  }

  private void join(Socket from) throws IOException {
    Socket to;
    try {
      to = new Socket(InetAddress.getLoopbackAddress(), target);
    } catch (IOException nobodyThere) {
      // As the target itself would do where nobody listens.
      from.close();
      return;
    }
    open.add(from);
    open.add(to);
    thread(() -> copy(from, to, carrier(true)));
    thread(() -> copy(to, from, carrier(false)));
  }

  private void copy(Socket from, Socket to, Carrier carrier) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] piece = new byte[PIECE_BYTES_MAX];
      int read = in.read(piece);
      while (read >= 0 && carrier.carry(piece, read, out)) {
        read = in.read(piece);
      }
    } catch (IOException | InterruptedException closed) {
      // One of the two has gone, or both were cut.
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  private void closeAll() {
    for (Socket socket : open) {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public final void close() throws IOException {
    listening.close();
    cut();
  }
}
