package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ClientCall;
import io.grpc.StatusRuntimeException;
import io.quorate.proto.etcd.HashKVRequest;
import io.quorate.proto.etcd.KeyValue;
import io.quorate.proto.etcd.LeaseGrantRequest;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.RangeResponse;
import io.quorate.proto.etcd.ResponseHeader;
import io.quorate.proto.etcd.WatchCreateRequest;
import io.quorate.proto.etcd.WatchRequest;
import io.quorate.proto.etcd.WatchResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster that is lost, and brought back from a snapshot that was saved while it was written. */
class RestoreIT {
  private static final int MEMBERS = 3;
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final Pattern REVISION = Pattern.compile("\"revision\":([0-9]+)");

  /** Above what is written in a test, and so no revision of the old cluster. */
  private static final long BUMP = 1_000_000;

  @TempDir Path folder;

  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong written = new AtomicLong();
  private final List<ServerProcess> running = new ArrayList<>();

  @AfterEach
  void stopAll() {
    over.set(true);
    running.forEach(ServerProcess::close);
  }

  private List<ServerProcess> cluster(String name) throws IOException {
    List<ServerProcess> servers =
        ServerProcess.cluster(
            MEMBERS,
            Servers.underTest(),
            Files.createDirectory(folder.resolve(name)),
            List.of("--initial-cluster-token", "one"));
    running.addAll(servers);
    return servers;
  }

  private Program.Result utl(String... args) throws Exception {
    List<String> command = new ArrayList<>(List.of(Servers.underTest().get(0), "utl", "snapshot"));
    command.addAll(List.of(args));
    return Program.run(command, folder, Files.createTempFile(folder, "utl", ""), "", WITHIN);
  }

  private Program.Result restore(Path file, ServerProcess server, String... more) throws Exception {
    List<String> args =
        new ArrayList<>(
            List.of(
                "restore",
                file.toString(),
                "--name",
                server.name(),
                "--data-dir",
                server.dataDir().toString(),
                "--initial-cluster",
                server.cluster(),
                "--initial-cluster-token",
                "one",
                "--initial-advertise-peer-urls",
                server.peerUrl()));
    args.addAll(List.of(more));
    return utl(args.toArray(String[]::new));
  }

  /** What a member holds at one revision, and the hash that goes with it. */
  private record Content(List<KeyValue> keys, int hash) {
    static Content of(ServerProcess server, long revision) {
      try (EtcdClient client = new EtcdClient(server.endpoint())) {
        RangeResponse range = client.call(EtcdClient.RANGE, all().setRevision(revision).build());
        int hash =
            client
                .call(EtcdClient.HASH_KV, HashKVRequest.newBuilder().setRevision(revision).build())
                .getHash();
        return new Content(range.getKvsList(), hash);
      }
    }
  }

  private static RangeRequest.Builder all() {
    ByteString zero = ByteString.copyFrom(new byte[1]);
    return RangeRequest.newBuilder().setKey(zero).setRangeEnd(zero);
  }

  private void write(ServerProcess server) {
    try (EtcdClient client = new EtcdClient(server.endpoint())) {
      client.call(
          EtcdClient.LEASE_GRANT, LeaseGrantRequest.newBuilder().setID(7).setTTL(3600).build());
      for (int i = 0; !over.get(); i++) {
        PutRequest put = Calls.putOf("k" + i % 500, "v".repeat(i % 2000) + i);
        client.call(EtcdClient.PUT, put.toBuilder().setLease(i % 10 == 0 ? 7 : 0).build());
        written.incrementAndGet();
      }
    }
  }

  private static ResponseHeader put(ServerProcess server, String key, String value) {
    try (EtcdClient client = new EtcdClient(server.endpoint())) {
      return client.call(EtcdClient.PUT, Calls.putOf(key, value)).getHeader();
    }
  }

  private static void assertValue(List<ServerProcess> servers, String key, String value) {
    for (ServerProcess server : servers) {
      assertThat(Calls.range(server, key, false).getKvs(0).getValue().toStringUtf8())
          .isEqualTo(value);
    }
  }

  /** Saves what the leader of a cluster holds that is written meanwhile. */
  private Path saved(List<ServerProcess> old) throws Exception {
    ServerProcess.startAll(old);
    ServerProcess leader = Calls.leader(old);
    Thread writer = new Thread(() -> write(leader));
    writer.start();
    Awaitility.await("writes").atMost(WITHIN).until(() -> written.get() >= 2000);
    Path file = folder.resolve("s.db");
    Program.Result saved = utl("save", file.toString(), "--endpoints", leader.endpoint());
    assertThat(saved.output()).isEqualTo("Snapshot saved at " + file + "\n");
    assertThat(saved.exit()).isZero();
    long then = written.get();
    Awaitility.await("writes go on").atMost(WITHIN).until(() -> written.get() >= then + 100);
    over.set(true);
    writer.join();
    return file;
  }

  private long revision(Path file) throws Exception {
    Program.Result status = utl("status", file.toString(), "-w", "json");
    Matcher matcher = REVISION.matcher(status.output());
    assertThat(matcher.find()).as(status.output()).isTrue();
    return Long.parseLong(matcher.group(1));
  }

  @Test
  void isThereAgainKeyByKey() throws Exception {
    List<ServerProcess> old = cluster("old");
    Path file = saved(old);
    long revision = revision(file);
    Content before = Content.of(old.get(0), revision);
    assertThat(before.keys()).hasSizeGreaterThan(400);
    long oldCluster = Calls.status(old.get(0)).getHeader().getClusterId();
    old.forEach(ServerProcess::kill);

    List<ServerProcess> young = cluster("young");
    for (ServerProcess server : young.subList(0, 2)) {
      assertThat(restore(file, server).exit()).isZero();
    }
    ServerProcess third = young.get(2);
    ServerProcess.startAll(young.subList(0, 2));
    // Whoever begins with nothing would found another cluster.
    assertThatThrownBy(third::start).hasMessageContaining("restore this member from it, too");
    empty(third.dataDir());
    assertThat(restore(file, third).exit()).isZero();
    third.start();
    for (ServerProcess server : young) {
      assertThat(Content.of(server, revision)).isEqualTo(before);
      assertThat(Calls.status(server).getHeader().getClusterId()).isNotEqualTo(oldCluster);
    }

    assertThat(put(third, "after", "that").getRevision()).isEqualTo(revision + 1);
    assertValue(young, "after", "that");
    young.forEach(ServerProcess::terminate);
    ServerProcess.startAll(young);
    assertValue(young, "after", "that");
    for (ServerProcess server : young) {
      assertThat(Content.of(server, revision)).isEqualTo(before);
    }
    isStillNoFirstLife(file, young);
  }

  /** Who has lost its disk has lost its promises, and a snapshot does not bring them back. */
  private void isStillNoFirstLife(Path file, List<ServerProcess> young) throws Exception {
    ServerProcess lost = young.get(1);
    String bootstrapped =
        "member " + Long.toHexString(Calls.memberId(lost)) + " has already been bootstrapped";
    lost.kill();
    empty(lost.dataDir());
    assertThatThrownBy(lost::start).hasMessageContaining(bootstrapped);
    empty(lost.dataDir());
    assertThat(restore(file, lost).exit()).isZero();
    assertThatThrownBy(lost::start).hasMessageContaining(bootstrapped);
  }

  @Test
  void goesOnAboveWhatClientsMayHaveSeen() throws Exception {
    List<ServerProcess> old = cluster("old");
    Path file = saved(old);
    long revision = revision(file);
    List<KeyValue> before = Content.of(old.get(0), revision).keys();
    long seen = put(old.get(0), "lost", "later").getRevision();
    old.forEach(ServerProcess::kill);

    List<ServerProcess> young = cluster("young");
    for (ServerProcess server : young) {
      Program.Result restored =
          restore(file, server, "--bump-revision", Long.toString(BUMP), "--mark-compacted");
      assertThat(restored.exit()).as(restored.output()).isZero();
    }
    ServerProcess.startAll(young);
    for (ServerProcess server : young) {
      try (EtcdClient client = new EtcdClient(server.endpoint())) {
        assertThat(client.call(EtcdClient.RANGE, all().build()).getKvsList()).isEqualTo(before);
        assertThatThrownBy(() -> client.call(EtcdClient.RANGE, all().setRevision(seen).build()))
            .isInstanceOf(StatusRuntimeException.class)
            .hasMessageContaining("required revision has been compacted");
        // A watch that goes on from there is told to begin anew.
        assertThat(compactedAt(client, seen + 1)).isEqualTo(revision + BUMP);
      }
    }
    assertThat(put(young.get(0), "after", "that").getRevision()).isEqualTo(revision + BUMP + 1);
    assertValue(young, "after", "that");
    Awaitility.await("the same rows everywhere")
        .atMost(WITHIN)
        .until(() -> young.stream().map(Calls::hash).distinct().count() == 1);
  }

  /** What a watch that begins at {@code from} is told to have been compacted. */
  private static long compactedAt(EtcdClient client, long from) throws Exception {
    CompletableFuture<Long> told = new CompletableFuture<>();
    ClientCall<WatchRequest, WatchResponse> call =
        client.open(
            EtcdClient.WATCH,
            new ClientCall.Listener<WatchResponse>() {
              @Override
              public void onMessage(WatchResponse message) {
                if (message.getCanceled()) {
                  told.complete(message.getCompactRevision());
                }
              }
            });
    call.request(Integer.MAX_VALUE);
    call.sendMessage(
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder()
                    .setKey(ByteString.copyFromUtf8("k"))
                    .setStartRevision(from))
            .build());
    return told.get(WITHIN.toSeconds(), TimeUnit.SECONDS);
  }

  private static void empty(Path dir) throws IOException {
    if (Files.exists(dir)) {
      try (Stream<Path> files = Files.walk(dir)) {
        for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
