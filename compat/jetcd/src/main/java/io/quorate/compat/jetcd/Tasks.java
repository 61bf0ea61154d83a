package io.quorate.compat.jetcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.common.exception.CompactedException;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.OptionsUtil;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.support.CloseableClient;
import io.etcd.jetcd.watch.WatchResponse;
import io.grpc.stub.StreamObserver;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;

/**
 * Common tasks as whole methods. The lines between the marks of a task are counted, those of what
 * several tasks share for each of them.
 */
final class Tasks {
  private static final int PAGE_KEYS = 500;
  private static final long LEASE_SECONDS = 10;

  private Tasks() {}

  // begin connect
  static Client connect(List<URI> endpoints, Path authority, String user, String password)
      throws SSLException {
    return Client.builder()
        .endpoints(endpoints)
        .sslContext(ssl -> ssl.trustManager(authority.toFile()))
        .user(bytes(user))
        .password(bytes(password))
        .build();
  }

  // end

  // begin put-get
  static CompletableFuture<String> putAndGet(Client client, String key, String value) {
    return client
        .getKVClient()
        .put(bytes(key), bytes(value))
        .thenCompose(written -> client.getKVClient().get(bytes(key)))
        .thenApply(
            found ->
                found.getKvs().isEmpty()
                    ? "nothing"
                    : found.getKvs().get(0).getValue().toString(StandardCharsets.UTF_8));
  }

  // end

  // begin list
  /** All as of one revision. */
  static void list(Client client, String prefix, Consumer<KeyValue> told, Consumer<String> end) {
    pages(client, bytes(prefix), bytes(prefix), 0, told)
        .whenComplete((done, failure) -> end.accept(failure == null ? "done" : "failed"));
  }

  // end

  // begin list, list-then-watch
  /** Completes with the revision of the pages. */
  private static CompletableFuture<Long> pages(
      Client client, ByteSequence prefix, ByteSequence from, long at, Consumer<KeyValue> told) {
    GetOption option =
        GetOption.builder()
            .withRange(OptionsUtil.prefixEndOf(prefix))
            .withRevision(at)
            .withLimit(PAGE_KEYS)
            .build();
    return client
        .getKVClient()
        .get(from, option)
        .thenCompose(page -> following(client, prefix, at, page, told));
  }

  private static CompletableFuture<Long> following(
      Client client, ByteSequence prefix, long at, GetResponse page, Consumer<KeyValue> told) {
    page.getKvs().forEach(told);
    long revision = at == 0 ? page.getHeader().getRevision() : at;
    if (!page.isMore()) {
      return CompletableFuture.completedFuture(revision);
    }
    ByteSequence last = page.getKvs().get(page.getKvs().size() - 1).getKey();
    return pages(client, prefix, last.concat(ByteSequence.from(new byte[1])), revision, told);
  }

  // end

  // begin compare-and-swap
  static CompletableFuture<Boolean> replace(Client client, KeyValue seen, String value) {
    return client
        .getKVClient()
        .txn()
        .If(new Cmp(seen.getKey(), Cmp.Op.EQUAL, CmpTarget.modRevision(seen.getModRevision())))
        .Then(Op.put(seen.getKey(), bytes(value), PutOption.DEFAULT))
        .commit()
        .thenApply(TxnResponse::isSucceeded);
  }

  // end

  // begin watch
  /** Goes on behind what is compacted, after whoever listens was told of the gap. */
  static void watch(
      Client client, String prefix, long from, Consumer<WatchResponse> told, Runnable gap) {
    client
        .getWatchClient()
        .watch(
            bytes(prefix),
            WatchOption.builder().isPrefix(true).withRevision(from).build(),
            Watch.listener(
                told,
                failure -> {
                  if (failure instanceof CompactedException compacted) {
                    gap.run();
                    watch(client, prefix, compacted.getCompactedRevision(), told, gap);
                  }
                }));
  }

  // end

  // begin list-then-watch
  /** Lists anew where changes were compacted before they were told. */
  static void listThenWatch(
      Client client, String prefix, Consumer<KeyValue> listed, Consumer<WatchResponse> told) {
    pages(client, bytes(prefix), bytes(prefix), 0, listed)
        .thenAccept(
            revision ->
                client
                    .getWatchClient()
                    .watch(
                        bytes(prefix),
                        WatchOption.builder().isPrefix(true).withRevision(revision + 1).build(),
                        Watch.listener(
                            told,
                            failure -> {
                              if (failure instanceof CompactedException) {
                                listThenWatch(client, prefix, listed, told);
                              }
                            })));
  }

  // end

  // begin lease
  /** An error is told for each broken stream, too, after which jetcd goes on. */
  static CompletableFuture<CloseableClient> announce(
      Client client, String key, long ttlSeconds, Runnable lost) {
    Lease leases = client.getLeaseClient();
    return leases
        .grant(ttlSeconds)
        .thenCompose(
            granted -> {
              CloseableClient alive = leases.keepAlive(granted.getID(), new Alive(lost));
              PutOption option = PutOption.builder().withLeaseId(granted.getID()).build();
              return client
                  .getKVClient()
                  .put(bytes(key), bytes("here"), option)
                  .thenApply(written -> alive);
            });
  }

  // end

  // begin lease, lock, election
  record Alive(Runnable lost) implements StreamObserver<LeaseKeepAliveResponse> {
    @Override
    public void onNext(LeaseKeepAliveResponse response) {}

    @Override
    public void onError(Throwable failure) {
      if (failure.getMessage().contains("requested lease not found")) {
        lost.run();
      }
    }

    @Override
    public void onCompleted() {
      lost.run();
    }
  }

  // end

  // begin lock
  static <T> CompletableFuture<T> locked(
      Client client, String name, Supplier<CompletableFuture<T>> work, Runnable lost) {
    return leased(
        client,
        lost,
        lease -> client.getLockClient().lock(bytes(name), lease).thenCompose(held -> work.get()));
  }

  // end

  // begin election
  /** Says {@code word} as leader, does what leaders do, and steps back. */
  static <T> CompletableFuture<T> lead(
      Client client, String name, String word, Supplier<CompletableFuture<T>> work, Runnable lost) {
    return leased(
        client,
        lost,
        lease ->
            client
                .getElectionClient()
                .campaign(bytes(name), lease, bytes(word))
                .thenCompose(leads -> work.get()));
  }

  // end

  // begin lock, election
  /** Revoked at the end, the lease takes the key of the holder with it. */
  private static <T> CompletableFuture<T> leased(
      Client client, Runnable lost, Function<Long, CompletableFuture<T>> work) {
    Lease leases = client.getLeaseClient();
    return leases
        .grant(LEASE_SECONDS)
        .thenCompose(
            granted -> {
              CloseableClient alive = leases.keepAlive(granted.getID(), new Alive(lost));
              return work.apply(granted.getID())
                  .whenComplete(
                      (done, failure) -> {
                        alive.close();
                        leases.revoke(granted.getID());
                      });
            });
  }

  // end

  // begin close
  /** Calls, watches and leases end with it. */
  static void close(Client client) {
    client.close();
  }

  // end

  // begin connect, put-get, list, compare-and-swap, watch, list-then-watch, lease, lock, election
  static ByteSequence bytes(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }
  // end
}
