package io.quorate.bench;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * A client that is measured. It is made by a constructor that takes the URL of a member, and is
 * found by the name of its class, so that no client is on the class path of another.
 */
interface Subject extends AutoCloseable {
  /** How long keys are. */
  int KEY_BYTES = 32;

  /** The number in the first key, so that all have as many digits. */
  long KEY_LEAST = 1_000_000_000_000_000_000L;

  /** How long values are that are read and written by single calls. */
  int VALUE_BYTES = 256;

  /** How many keys single calls write in turn. */
  int KEYS = 1_000;

  /** What the keys begin with that a watch is told of. */
  String EVENTS = "bench/event/";

  /**
   * The name of one of the {@link #KEYS}, of {@link #KEY_BYTES}. Made without a format or a
   * concatenation of the language: what those need to start would be a figure of both clients.
   */
  static String key(int number) {
    return "bench/client/".concat(Long.toString(KEY_LEAST + number));
  }

  /** Reads key 0, linearizable; completes with what the client answers. */
  CompletableFuture<?> get();

  /** Writes one of the {@link #KEYS}. */
  CompletableFuture<?> put(int key);

  /** Whether what {@link #get} answered holds the value that {@link #put} writes. */
  boolean holdsValue(Object answer);

  /**
   * Watches {@link #EVENTS}.
   *
   * @param from the first revision that is told
   * @param events is told how many events there are with each answer, one answer at a time
   * @param ended is told why the watch ended, if it ends by itself
   * @return ends it
   */
  Runnable watch(long from, IntConsumer events, Consumer<Throwable> ended);

  /**
   * Has a lease granted, and keeps it alive from then on.
   *
   * @param lost runs when the client says that it is not kept alive any more
   * @return completes when it is granted
   */
  CompletableFuture<?> lease(int ttlSeconds, Runnable lost);

  @Override
  void close();
}
