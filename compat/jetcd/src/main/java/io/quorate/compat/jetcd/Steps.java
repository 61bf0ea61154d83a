package io.quorate.compat.jetcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.support.CloseableClient;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Goes through keys, watches and leases of a running server with jetcd. Prints {@code ok <step>} for
 * each step and ends with 1 at the first that fails. The one argument is host and port.
 */
public final class Steps {
  private static final long WAIT_SECONDS = 10;

  private Steps() {}

  /** Runs all steps. */
  public static void main(String[] args) {
    try (Client client = Client.builder().endpoints("http://" + args[0]).build()) {
      keys(client.getKVClient());
      transactions(client.getKVClient());
      watches(client);
      leases(client);
      step("maintenance", client.getMaintenanceClient() != null);
    } catch (Exception e) {
      e.printStackTrace();
      System.exit(1);
    }
    System.exit(0);
  }

  private static void keys(KV kv) throws Exception {
    long first = wait(kv.put(bytes("jetcd/a"), bytes("1"))).getHeader().getRevision();
    PutOption withPrevious = PutOption.builder().withPrevKV().build();
    var second = wait(kv.put(bytes("jetcd/a"), bytes("2"), withPrevious));
    step("put", second.getHeader().getRevision() == first + 1);
    step("previous", second.getPrevKv().getValue().equals(bytes("1")));
    wait(kv.put(bytes("jetcd/b"), bytes("3")));
    GetOption prefix = GetOption.builder().isPrefix(true).withLimit(1).build();
    GetResponse page = wait(kv.get(bytes("jetcd/"), prefix));
    step("prefix", page.getCount() == 2 && page.getKvs().size() == 1 && page.isMore());
    GetOption past = GetOption.builder().withRevision(first).build();
    GetResponse old = wait(kv.get(bytes("jetcd/a"), past));
    step("past", old.getKvs().get(0).getValue().equals(bytes("1")));
    boolean refused = false;
    try {
      wait(kv.get(bytes("jetcd/a"), GetOption.builder().withRevision(first + 1000).build()));
    } catch (Exception e) {
      refused = e.getMessage().contains("required revision is a future revision");
    }
    step("future", refused);
    DeleteOption all = DeleteOption.builder().isPrefix(true).withPrevKV(true).build();
    var deleted = wait(kv.delete(bytes("jetcd/"), all));
    step("delete", deleted.getDeleted() == 2 && deleted.getPrevKvs().size() == 2);
    wait(kv.compact(deleted.getHeader().getRevision()));
    step("compact", true);
  }

  private static void transactions(KV kv) throws Exception {
    ByteSequence key = bytes("jetcd/t");
    Cmp absent = new Cmp(key, Cmp.Op.EQUAL, CmpTarget.version(0));
    Op put = Op.put(key, bytes("1"), PutOption.DEFAULT);
    Op get = Op.get(key, GetOption.DEFAULT);
    TxnResponse created = wait(kv.txn().If(absent).Then(put).Else(get).commit());
    TxnResponse again = wait(kv.txn().If(absent).Then(put).Else(get).commit());
    step("txn", created.isSucceeded() && !again.isSucceeded());
    step("else", again.getGetResponses().get(0).getKvs().get(0).getValue().equals(bytes("1")));
  }

  private static void watches(Client client) throws Exception {
    BlockingQueue<WatchEvent> events = new LinkedBlockingQueue<>();
    long from = wait(client.getKVClient().get(bytes("x"))).getHeader().getRevision() + 1;
    WatchOption option =
        WatchOption.builder().isPrefix(true).withRevision(from).withPrevKV(true).build();
    Watch.Listener listener =
        Watch.listener((WatchResponse response) -> events.addAll(response.getEvents()));
    Watch.Watcher watcher = client.getWatchClient().watch(bytes("jetcd/w"), option, listener);
    wait(client.getKVClient().put(bytes("jetcd/w1"), bytes("1")));
    wait(client.getKVClient().put(bytes("jetcd/w1"), bytes("2")));
    wait(client.getKVClient().delete(bytes("jetcd/w1")));
    WatchEvent put = events.poll(WAIT_SECONDS, TimeUnit.SECONDS);
    WatchEvent change = events.poll(WAIT_SECONDS, TimeUnit.SECONDS);
    WatchEvent delete = events.poll(WAIT_SECONDS, TimeUnit.SECONDS);
    step("watch", put != null && put.getKeyValue().getModRevision() == from);
    step("watch previous", change != null && change.getPrevKV().getValue().equals(bytes("1")));
    step("watch delete", delete != null && delete.getEventType() == WatchEvent.EventType.DELETE);
    watcher.close();
  }

  private static void leases(Client client) throws Exception {
    Lease leases = client.getLeaseClient();
    long id = wait(leases.grant(100)).getID();
    PutOption withLease = PutOption.builder().withLeaseId(id).build();
    wait(client.getKVClient().put(bytes("jetcd/l"), bytes("1"), withLease));
    LeaseOption keys = LeaseOption.builder().withAttachedKeys().build();
    step("lease keys", wait(leases.timeToLive(id, keys)).getKeys().size() == 1);
    step("lease once", wait(leases.keepAliveOnce(id)).getTTL() == 100);
    CompletableFuture<LeaseKeepAliveResponse> alive = new CompletableFuture<>();
    CloseableClient stream = leases.keepAlive(id, observer(alive));
    step("lease alive", wait(alive).getID() == id);
    stream.close();
    wait(leases.revoke(id));
    step("lease revoke", wait(client.getKVClient().get(bytes("jetcd/l"))).getCount() == 0);
  }

  private static StreamObserver<LeaseKeepAliveResponse> observer(
      CompletableFuture<LeaseKeepAliveResponse> first) {
    return new StreamObserver<>() {
      @Override
      public void onNext(LeaseKeepAliveResponse response) {
        first.complete(response);
      }

      @Override
      public void onError(Throwable error) {
        first.completeExceptionally(error);
      }

      @Override
      public void onCompleted() {}
    };
  }

  private static <T> T wait(CompletableFuture<T> future) throws Exception {
    return future.get(WAIT_SECONDS, TimeUnit.SECONDS);
  }

  private static ByteSequence bytes(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  private static void step(String name, boolean holds) {
    if (!holds) {
      throw new IllegalStateException("failed: " + name);
    }
    System.out.println("ok " + name);
  }
}
