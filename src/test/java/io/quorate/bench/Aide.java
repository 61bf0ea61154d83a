package io.quorate.bench;

import io.quorate.base.Bytes;
import io.quorate.client.Client;
import io.quorate.client.Op;
import io.quorate.client.Put;
import io.quorate.client.Range;
import io.quorate.client.Txn;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * A third process of {@code bench/client}, beside those that are measured: writes what they watch,
 * and says how it stands with the member.
 */
public final class Aide implements Orders {
  private static final int EVENT_VALUE_BYTES = 64;
  private static final int AT_ONCE_MAX = 16;
  private static final long ANSWER_SECONDS_MAX = 30;

  private final Client client;

  private Aide(Client client) {
    this.client = client;
  }

  /**
   * Runs it.
   *
   * @param args URL of the member
   */
  public static void main(String[] args) throws Exception {
    try (Client client = Client.at(args[0]).open()) {
      Orders.obey(new Aide(client));
    }
  }

  @Override
  public String done(String[] words) throws Exception {
    return switch (words[0]) {
      case "revision" -> "revision=" + revision();
      case "leases" -> "leases=" + client.leases().list().toCompletableFuture().get().size();
      case "write" -> write(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
      default -> throw new IllegalArgumentException("no such word: " + words[0]);
    };
  }

  private long revision() throws Exception {
    Range any = Range.of(Subject.EVENTS);
    return client.range(any).toCompletableFuture().get().revision();
  }

  private String write(int txns, int puts) throws Exception {
    Txn txn = new Txn(List.of(), puts(puts), List.of());
    AtomicInteger failed = new AtomicInteger();
    Semaphore free = new Semaphore(AT_ONCE_MAX);
    long begin = System.nanoTime();
    for (int i = 0; i < txns; i++) {
      acquire(free, 1);
      client
          .txn(txn)
          .whenComplete(
              (result, failure) -> {
                if (failure != null) {
                  failed.incrementAndGet();
                }
                free.release();
              });
    }
    acquire(free, AT_ONCE_MAX);
    double seconds = (System.nanoTime() - begin) / 1e9;
    return String.format(
        Locale.ROOT, "failed=%d rate=%.0f", failed.get(), (double) txns * puts / seconds);
  }

  private static List<Op> puts(int count) {
    Bytes value = Bytes.utf8("v".repeat(EVENT_VALUE_BYTES));
    return IntStream.range(0, count)
        .<Op>mapToObj(i -> Put.of(Bytes.utf8(Subject.EVENTS + String.format("%020d", i)), value))
        .toList();
  }

  private static void acquire(Semaphore free, int count) throws InterruptedException {
    if (!free.tryAcquire(count, ANSWER_SECONDS_MAX, TimeUnit.SECONDS)) {
      throw new IllegalStateException("no answer within " + ANSWER_SECONDS_MAX + " s");
    }
  }
}
