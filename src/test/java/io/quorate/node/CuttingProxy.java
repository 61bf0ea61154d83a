package io.quorate.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands before a member and passes on what others send it, until one connection has carried so
 * much; then that one carries no more. When it is told to, it goes on, or cuts all of them and lets
 * nobody in, and when it is told to, everything passes again. Counts what came through.
 */
final class CuttingProxy implements AutoCloseable {
  private final ServerSocket listening;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong passed = new AtomicLong();
  private volatile long holdAfterBytes = Long.MAX_VALUE;
  private final CountDownLatch held = new CountDownLatch(1);
  private final CountDownLatch cut = new CountDownLatch(1);
  private volatile boolean shut;

  /** Passes connections on to {@code target} of this machine. */
  CuttingProxy(int target) throws IOException {
    this.target = target;
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    thread(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  /** The first connection that has carried {@code bytes} carries no more. */
  void holdAfter(long bytes) {
    holdAfterBytes = bytes;
  }

  /** Whether a connection has carried so much. */
  boolean holds() {
    return held.getCount() == 0;
  }

  /** The connection that holds goes on where it was; counts anew. */
  void goOn() {
    passed.set(0);
    holdAfterBytes = Long.MAX_VALUE;
    cut.countDown();
  }

  /** Ends all connections; nobody is let in. */
  void cut() {
    shut = true;
    holdAfterBytes = Long.MAX_VALUE;
    cut.countDown();
    closeAll();
  }

  /** Lets everything pass from now on, and counts anew. */
  void letPass() {
    passed.set(0);
    shut = false;
  }

  /** What has passed towards the member since {@link #letPass}, in bytes. */
  long passed() {
    return passed.get();
  }

  private static void thread(Runnable task) {
    Thread thread = new Thread(task, "proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket from = listening.accept();
        if (shut) {
          from.close();
          continue;
        }
        join(from);
      }
    } catch (IOException closed) {
      closeAll();
    }
  }

  private void join(Socket from) throws IOException {
    Socket to;
    try {
      to = new Socket(InetAddress.getLoopbackAddress(), target);
    } catch (ConnectException e) {
      // As the member itself would do where nobody listens.
      from.close();
      return;
    }
    open.add(from);
    open.add(to);
    thread(() -> copy(from, to, true));
    thread(() -> copy(to, from, false));
  }

  private void copy(Socket from, Socket to, boolean counts) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[16 * 1024];
      long carried = 0;
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
        carried += read;
        if (counts) {
          passed.addAndGet(read);
          if (carried >= holdAfterBytes) {
            held.countDown();
            cut.await();
            if (shut) {
              return;
            }
          }
        }
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
        throw new java.io.UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    cut();
  }
}
