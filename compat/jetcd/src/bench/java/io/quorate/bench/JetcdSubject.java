package io.quorate.bench;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.options.WatchOption;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** jetcd, as it is when nothing is set but how large an answer may be. Compiled by bench/client. */
public final class JetcdSubject implements Subject {
  private static final ByteSequence VALUE = bytes("v".repeat(VALUE_BYTES));

  private static final int ANSWER_BYTES_MAX = 64 << 20;

  private final ByteSequence[] keys = new ByteSequence[KEYS];
  private final Client client;
  private final KV kv;
  private final Lease leases;

  /** A client of the member at {@code url}. */
  public JetcdSubject(String url) {
    // Without it a watch that has to catch up ends as soon as etcd has 4 MiB to tell.
    client = Client.builder().endpoints(url).maxInboundMessageSize(ANSWER_BYTES_MAX).build();
    kv = client.getKVClient();
    leases = client.getLeaseClient();
    for (int i = 0; i < KEYS; i++) {
      keys[i] = bytes(Subject.key(i));
    }
  }

  private static ByteSequence bytes(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  @Override
  public CompletableFuture<?> get() {
    return kv.get(keys[0]);
  }

  @Override
  public CompletableFuture<?> put(int key) {
    return kv.put(keys[key], VALUE);
  }

  @Override
  public boolean holdsValue(Object answer) {
    return ((GetResponse) answer).getKvs().get(0).getValue().equals(VALUE);
  }

  @Override
  public Runnable watch(long from, IntConsumer events, Consumer<Throwable> ended) {
    Watch.Watcher watcher =
        client
            .getWatchClient()
            .watch(
                bytes(EVENTS),
                WatchOption.builder().isPrefix(true).withRevision(from).build(),
                Watch.listener(
                    response -> events.accept(response.getEvents().size()),
                    ended,
                    () -> ended.accept(new IllegalStateException("the watch completed"))));
    return watcher::close;
  }

  @Override
  public CompletableFuture<?> lease(int ttlSeconds, Runnable lost) {
    StreamObserver<LeaseKeepAliveResponse> observer = new End(lost);
    return leases
        .grant(ttlSeconds)
        .thenAccept(granted -> leases.keepAlive(granted.getID(), observer));
  }

  @Override
  public void close() {
    client.close();
  }

  /** Runs something when no answer comes any more. */
  private static final class End implements StreamObserver<LeaseKeepAliveResponse> {
    private final Runnable ended;

    End(Runnable ended) {
      this.ended = ended;
    }

    @Override
    public void onNext(LeaseKeepAliveResponse answer) {}

    @Override
    public void onError(Throwable failure) {
      ended.run();
    }

    @Override
    public void onCompleted() {
      ended.run();
    }
  }
}
