package io.quorate.client.recipe;

import io.quorate.base.Bytes;
import io.quorate.client.Client;
import io.quorate.client.ClientException;
import io.quorate.client.Compare;
import io.quorate.client.Delete;
import io.quorate.client.KeyValue;
import io.quorate.client.Op;
import io.quorate.client.Put;
import io.quorate.client.Range;
import io.quorate.client.Txn;
import io.quorate.client.TxnResult;
import io.quorate.client.recipe.Stm.Isolation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a transaction: what it has read, and what it is going to write.
 *
 * <p>The first read says of which revision all others are; they wait for it. An attempt after a
 * conflict begins with the keys that the last one read, as the refused commit found them, and so
 * needs no read for them.
 */
final class Attempt implements Stm.View {
  private final Client client;
  private final Isolation isolation;
  private final Map<Bytes, Optional<KeyValue>> given;
  private final Map<Bytes, CompletableFuture<Optional<KeyValue>>> reads = new TreeMap<>();
  private final Map<Bytes, Op> writes = new TreeMap<>();
  private @Nullable CompletableFuture<Long> revision;
  private boolean isCompacted;
  private boolean isSealed;

  Attempt(Client client, Isolation isolation) {
    this.client = client;
    this.isolation = isolation;
    this.given = new HashMap<>();
  }

  /** Begins with some keys as they were at {@code revision}; without any it is like the first. */
  Attempt(Client client, Isolation isolation, long revision, Map<Bytes, Optional<KeyValue>> given) {
    this.client = client;
    this.isolation = isolation;
    this.given = given;
    this.revision = given.isEmpty() ? null : CompletableFuture.completedFuture(revision);
  }

  @Override
  public CompletionStage<Optional<Bytes>> get(Bytes key) {
    CompletableFuture<Optional<KeyValue>> read;
    synchronized (this) {
      checkOpen();
      Op written = writes.get(key);
      if (written != null) {
        return CompletableFuture.completedFuture(
            written instanceof Put put ? Optional.of(put.value()) : Optional.empty());
      }
      read = reads.get(key);
      if (read == null) {
        read = read(key);
        reads.put(key, read);
      }
    }
    return read.thenApply(found -> found.map(KeyValue::value));
  }

  private CompletableFuture<Optional<KeyValue>> read(Bytes key) {
    Optional<KeyValue> known = given.get(key);
    if (known != null) {
      return CompletableFuture.completedFuture(known);
    }
    CompletableFuture<Long> first = revision;
    if (first != null) {
      return first
          .thenCompose(at -> client.range(Range.of(key).at(at)))
          .whenComplete((found, failure) -> note(failure))
          .thenApply(found -> found.first());
    }
    var answer = client.range(Range.of(key)).toCompletableFuture();
    revision = answer.thenApply(found -> found.revision());
    return answer.thenApply(found -> found.first());
  }

  private synchronized void note(@Nullable Throwable failure) {
    isCompacted |=
        failure != null && Promise.unwrapped(failure) instanceof ClientException.Compacted;
  }

  @Override
  public synchronized void put(Bytes key, Bytes value) {
    checkOpen();
    writes.put(key, Put.of(key, value));
  }

  @Override
  public synchronized void delete(Bytes key) {
    checkOpen();
    writes.put(key, Delete.of(key));
  }

  private void checkOpen() {
    if (isSealed) {
      throw new IllegalStateException(
          "the transaction is over: use the view before the stage of the function completes");
    }
  }

  /** The function is done with it. */
  synchronized void seal() {
    isSealed = true;
  }

  /**
   * Whether a read failed since its revision was compacted, so that a new attempt may do better.
   */
  synchronized boolean isCompacted() {
    return isCompacted;
  }

  synchronized boolean isWriting() {
    return !writes.isEmpty();
  }

  /** That of all reads; 0 if there was none. */
  synchronized long revision() {
    CompletableFuture<Long> first = revision;
    return first == null || !isGood(first) ? 0 : first.join();
  }

  private static boolean isGood(CompletableFuture<?> answer) {
    return answer.isDone() && !answer.isCompletedExceptionally();
  }

  /** The keys that were read; a read that nobody waited for was of no influence. */
  private Map<Bytes, Optional<KeyValue>> found() {
    Map<Bytes, Optional<KeyValue>> found = new TreeMap<>();
    reads.forEach(
        (key, read) -> {
          if (isGood(read)) {
            found.put(key, read.join());
          }
        });
    return found;
  }

  /** Writes what was written if nobody did meanwhile what nobody may; otherwise reads anew. */
  synchronized Txn commit() {
    Map<Bytes, Optional<KeyValue>> found = found();
    List<Compare> compares = new ArrayList<>();
    List<Op> again = new ArrayList<>();
    found.forEach(
        (key, kv) -> {
          compares.add(Compare.unchanged(key, kv.map(KeyValue::modRevision).orElse(0L)));
          again.add(Range.of(key));
        });
    long at = revision();
    if (isolation == Isolation.SERIALIZABLE_SNAPSHOT && at > 0) {
      for (Bytes key : writes.keySet()) {
        if (!found.containsKey(key)) {
          compares.add(Compare.number(key, Compare.Field.MOD_REVISION, Compare.Is.LESS, at + 1));
        }
      }
    }
    return new Txn(compares, List.copyOf(writes.values()), again);
  }

  /** What the refused {@link #commit()} found. */
  synchronized Map<Bytes, Optional<KeyValue>> found(TxnResult answer) {
    Map<Bytes, Optional<KeyValue>> anew = new HashMap<>();
    int index = 0;
    for (Bytes key : found().keySet()) {
      anew.put(key, answer.range(index++).first());
    }
    return anew;
  }
}
