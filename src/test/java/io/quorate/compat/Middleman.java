package io.quorate.compat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a client and a server and passes on what they send. When it is told to, it cuts
 * them apart; or it passes on one request and keeps the answer for itself.
 */
final class Middleman implements AutoCloseable {
  private final ServerSocket listening;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean isCut;
  private volatile @Nullable String word;
  private volatile boolean isDeaf;
  private volatile CountDownLatch heard = new CountDownLatch(1);

  /** Between whoever connects to {@link #endpoint} and {@code target} of this machine. */
  Middleman(int target) throws IOException {
    this.target = target;
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    thread(this::accept);
  }

  String endpoint() {
    return "127.0.0.1:" + listening.getLocalPort();
  }

  /** Ends all connections; nobody is let in. */
  void cut() {
    isCut = true;
    closeAll();
  }

  /** Lets everything pass again. */
  void letPass() {
    isDeaf = false;
    isCut = false;
  }

  /** Passes on the next request in which {@code text} lies, and no answer from then on. */
  void keepAnswerTo(String text) {
    heard = new CountDownLatch(1);
    word = text;
  }

  /** Waits until that request was passed on. */
  void awaitKept() throws InterruptedException {
    heard.await();
  }

  private static void thread(Runnable task) {
    Thread thread = new Thread(task, "middleman");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket from = listening.accept();
        if (isCut) {
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
      from.close();
      return;
    }
    open.add(from);
    open.add(to);
    thread(() -> copy(from, to, true));
    thread(() -> copy(to, from, false));
  }

  private void copy(Socket from, Socket to, boolean isRequest) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[16 * 1024];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        String kept = word;
        boolean isMeant =
            isRequest
                && kept != null
                && new String(buffer, 0, read, StandardCharsets.ISO_8859_1).contains(kept);
        if (isMeant) {
          word = null;
          isDeaf = true;
        }
        if (isRequest || !isDeaf) {
          out.write(buffer, 0, read);
        }
        if (isMeant) {
          heard.countDown();
        }
      }
    } catch (IOException closed) {
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
  public void close() throws IOException {
    listening.close();
    cut();
  }
}
