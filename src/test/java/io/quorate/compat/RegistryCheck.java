package io.quorate.compat;

import com.google.protobuf.ByteString;
import io.quorate.proto.etcd.CompactionRequest;
import io.quorate.proto.etcd.DefragmentRequest;
import io.quorate.proto.etcd.DeleteRangeRequest;
import io.quorate.proto.etcd.HashKVRequest;
import io.quorate.proto.etcd.HashKVResponse;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.RangeResponse;
import io.quorate.proto.etcd.RequestOp;
import io.quorate.proto.etcd.StatusRequest;
import io.quorate.proto.etcd.StatusResponse;
import io.quorate.proto.etcd.TxnRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;

/**
 * Loads the keys of a Kubernetes registry into a server, changes and deletes some, lists, compacts,
 * defragments and restarts; with the reference given, does the same there and compares key by key
 * and by HashKV. Run by {@code bench/registry}; prints one line for each step, in seconds.
 */
public final class RegistryCheck {
  private static final int TXN_OPERATIONS = 128;
  private static final int PAGE_KEYS = 500;
  private static final int VALUE_BYTES = 256;
  private static final int NAMESPACES = 40;
  private static final String REGISTRY = "/registry/";
  private static final List<String> KINDS =
      List.of(
          "apiregistration.k8s.io/apiservices",
          "configmaps",
          "deployments",
          "endpointslices",
          "events",
          "leases",
          "pods",
          "replicasets",
          "secrets",
          "services/specs");

  /** A server that has been through all steps but the comparison. */
  private record Loaded(String label, ServerProcess server, EtcdClient client) {}

  private RegistryCheck() {}

  /**
   * Runs all steps.
   *
   * @param args the number of keys, and a new folder in which data directories are left
   */
  public static void main(String[] args) throws Exception {
    int count = Integer.parseInt(args[0]);
    Path folder = Files.createDirectories(Path.of(args[1]));
    Loaded ours = run("ours", Servers.underTest(), folder, count);
    try {
      if (Servers.reference().isEmpty()) {
        Servers.leftOut("the comparison with the reference", "QUORATE_PEERS is not set");
        return;
      }
      Loaded theirs = run("reference", Servers.reference().get(), folder, count);
      try {
        compare(ours, theirs);
      } finally {
        theirs.client().close();
        theirs.server().terminate();
      }
    } finally {
      ours.client().close();
      ours.server().terminate();
    }
  }

  private static Loaded run(String label, List<String> command, Path folder, int count)
      throws Exception {
    Path own = Files.createDirectory(folder.resolve(label));
    List<String> flags = List.of("--quota-backend-bytes", Long.toString(8L << 30));
    ServerProcess server = ServerProcess.start(command, own, flags);
    try (EtcdClient client = new EtcdClient(server.endpoint())) {
      timed(label, "load " + count, () -> load(client, count));
      long revision = timed(label, "change and delete", () -> change(client, count));
      timed(label, "list by prefix, pages of " + PAGE_KEYS, () -> list(client, PAGE_KEYS));
      timed(label, "list by prefix, whole", () -> list(client, 0));
      timed(
          label,
          "compact",
          () ->
              client.call(
                  EtcdClient.COMPACT,
                  CompactionRequest.newBuilder().setRevision(revision).setPhysical(true).build()));
      size(label, "after compaction", client);
      timed(
          label,
          "defragment",
          () -> client.call(EtcdClient.DEFRAGMENT, DefragmentRequest.getDefaultInstance()));
      size(label, "after defragmentation", client);
    } catch (Exception e) {
      server.close();
      throw e;
    }
    timed(label, "stop", server::terminate);
    timed(label, "start to ready", server::start);
    EtcdClient client = new EtcdClient(server.endpoint());
    long count2 = timed(label, "list by prefix, after the restart", () -> list(client, PAGE_KEYS));
    System.out.println(label + ": keys: " + count2);
    return new Loaded(label, server, client);
  }

  private static <T> T timed(String label, String step, Callable<T> work) throws Exception {
    long begin = System.nanoTime();
    T result = work.call();
    System.out.printf("%-10s %-40s %8.2f s%n", label, step, (System.nanoTime() - begin) / 1e9);
    return result;
  }

  private static void size(String label, String when, EtcdClient client) {
    StatusResponse status = client.call(EtcdClient.STATUS, StatusRequest.getDefaultInstance());
    System.out.printf(
        "%-10s size %s: %d MiB, in use %d MiB%n",
        label, when, status.getDbSize() >> 20, status.getDbSizeInUse() >> 20);
  }

  private static String key(int i) {
    String kind = KINDS.get(i % KINDS.size());
    String namespace = "namespace-" + i / KINDS.size() % NAMESPACES;
    return String.format("%s%s/%s/object-%08x", REGISTRY, kind, namespace, i * 0x9E3779B1);
  }

  private static RequestOp put(int i, Random random) {
    byte[] value = new byte[VALUE_BYTES];
    random.nextBytes(value);
    PutRequest.Builder put =
        PutRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(key(i)))
            .setValue(ByteString.copyFrom(value));
    return RequestOp.newBuilder().setRequestPut(put).build();
  }

  /** One transaction after another, so that both servers give every key the same revision. */
  private static long load(EtcdClient client, int count) {
    Random random = new Random(1);
    for (int from = 0; from < count; from += TXN_OPERATIONS) {
      TxnRequest.Builder txn = TxnRequest.newBuilder();
      for (int i = from; i < Math.min(count, from + TXN_OPERATIONS); i++) {
        txn.addSuccess(put(i, random));
      }
      client.call(EtcdClient.TXN, txn.build());
    }
    return count;
  }

  /** Rewrites every tenth key and deletes every fiftieth; returns the revision after it. */
  private static long change(EtcdClient client, int count) {
    Random random = new Random(2);
    long revision = 0;
    for (int from = 0; from < count; from += 10 * TXN_OPERATIONS) {
      TxnRequest.Builder txn = TxnRequest.newBuilder();
      for (int i = from; i < Math.min(count, from + 10 * TXN_OPERATIONS); i += 10) {
        if (i % 50 == 0) {
          DeleteRangeRequest.Builder delete =
              DeleteRangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key(i)));
          txn.addSuccess(RequestOp.newBuilder().setRequestDeleteRange(delete));
        } else {
          txn.addSuccess(put(i, random));
        }
      }
      revision = client.call(EtcdClient.TXN, txn.build()).getHeader().getRevision();
    }
    return revision;
  }

  private static long list(EtcdClient client, int limit) {
    long keys = 0;
    for (String kind : KINDS) {
      ByteString prefix = ByteString.copyFromUtf8(REGISTRY + kind + "/");
      Pages pages = new Pages(client, prefix, KillWriter.end(prefix), limit);
      for (RangeResponse page = pages.next(); page.getKvsCount() > 0; page = pages.next()) {
        keys += page.getKvsCount();
      }
    }
    return keys;
  }

  private static void compare(Loaded ours, Loaded theirs) {
    HashKVResponse left =
        ours.client().call(EtcdClient.HASH_KV, HashKVRequest.getDefaultInstance());
    HashKVResponse right =
        theirs.client().call(EtcdClient.HASH_KV, HashKVRequest.getDefaultInstance());
    check(
        left.getHash() == right.getHash()
            && left.getCompactRevision() == right.getCompactRevision()
            && left.getHashRevision() == right.getHashRevision(),
        "HashKV: " + left + " and " + right);
    ByteString zero = ByteString.copyFrom(new byte[1]);
    Pages ourPages = new Pages(ours.client(), zero, zero, PAGE_KEYS);
    Pages theirPages = new Pages(theirs.client(), zero, zero, PAGE_KEYS);
    long keys = 0;
    while (true) {
      RangeResponse mine = ourPages.next();
      RangeResponse other = theirPages.next();
      check(
          mine.getKvsList().equals(other.getKvsList())
              && mine.getCount() == other.getCount()
              && mine.getMore() == other.getMore(),
          "a page after " + keys + " keys differs");
      keys += mine.getKvsCount();
      if (mine.getKvsCount() == 0) {
        break;
      }
    }
    System.out.println("equal: HashKV " + left.getHash() + " and " + keys + " keys, one by one");
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException("not equal: " + otherwise);
    }
  }

  /** The pages of a list at the revision of the first one, as kube-apiserver asks for them. */
  private static final class Pages {
    private static final ByteString NUL = ByteString.copyFrom(new byte[1]);

    private final EtcdClient client;
    private final ByteString end;
    private final int limit;
    private ByteString from;
    private long revision;
    private boolean ended;

    Pages(EtcdClient client, ByteString from, ByteString end, int limit) {
      this.client = client;
      this.from = from;
      this.end = end;
      this.limit = limit;
    }

    /** The next page; one without keys after the last. */
    RangeResponse next() {
      if (ended) {
        return RangeResponse.getDefaultInstance();
      }
      RangeResponse page =
          client.call(
              EtcdClient.RANGE,
              RangeRequest.newBuilder()
                  .setKey(from)
                  .setRangeEnd(end)
                  .setLimit(limit)
                  .setRevision(revision)
                  .build());
      revision = revision == 0 ? page.getHeader().getRevision() : revision;
      ended = !page.getMore();
      if (page.getKvsCount() > 0) {
        from = page.getKvs(page.getKvsCount() - 1).getKey().concat(NUL);
      }
      return page;
    }
  }
}
