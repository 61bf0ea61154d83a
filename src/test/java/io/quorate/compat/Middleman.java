package io.quorate.compat;

import io.quorate.relay.Relay;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a client and a server and passes on what they send. When it is told to, it cuts
 * them apart; or it passes on one request and keeps the answer for itself.
 */
final class Middleman extends Relay {
  private volatile @Nullable String word;
  private volatile boolean isDeaf;
  private volatile CountDownLatch heard = new CountDownLatch(1);

  /** Between whoever connects to {@link #endpoint} and {@code target} of this machine. */
  Middleman(int target) throws IOException {
    super(target);
    begin();
  }

  String endpoint() {
    return "127.0.0.1:" + port();
  }

  /** Lets everything pass again. */
  @Override
  public void letPass() {
    isDeaf = false;
    super.letPass();
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

  @Override
  protected Carrier carrier(boolean isTowards) {
    return isTowards
        ? (piece, length, out) -> {
          String kept = word;
          boolean isMeant =
              kept != null
                  && new String(piece, 0, length, StandardCharsets.ISO_8859_1).contains(kept);
          if (isMeant) {
            word = null;
            isDeaf = true;
          }
          out.write(piece, 0, length);
          if (isMeant) {
            heard.countDown();
          }
          return true;
        }
        : (piece, length, out) -> {
          if (!isDeaf) {
            out.write(piece, 0, length);
          }
          return true;
        };
  }
}
