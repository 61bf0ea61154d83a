package io.quorate.node;

import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.quorate.apply.AutoCompaction;
import io.quorate.apply.Command;
import io.quorate.apply.Member;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.link.PeerLinks;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.RangePlan;
import io.quorate.tls.Tls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Whole members in one process, with real links and disks: one that stops is a process less. */
abstract class Members {
  static final long CLUSTER = 77;
  static final Roster.Way WAY = new Roster.Way(Tls.none(), Duration.ofSeconds(5));

  boolean autoPromote;
  boolean replaceLost;
  Predicate<List<String>> admitted = urls -> false;

  @TempDir Path dir;

  final TreeMap<Long, Member> members = new TreeMap<>();
  final ConcurrentSkipListMap<Long, Node> nodes = new ConcurrentSkipListMap<>();

  /** Where a member listens, if that is not what its URL says. */
  final TreeMap<Long, Integer> listens = new TreeMap<>();

  @AfterEach
  void stopAll() {
    nodes.values().forEach(node -> node.stop().toCompletableFuture().join());
  }

  void found(int count) throws IOException {
    for (long id = 1; id <= count; id++) {
      members.put(id, member(id, false));
    }
    for (long id : List.copyOf(members.keySet())) {
      start(id, new ArrayList<>(members.values()), false);
    }
    await().until(() -> nodes.values().stream().allMatch(Node::hasLeader));
  }

  /** How members speak with each other. */
  String scheme() {
    return "http";
  }

  /** What member {@code id} shows and believes. */
  Tls tls(long id) throws IOException {
    return Tls.none();
  }

  Member member(long id, boolean learner) throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String url = scheme() + "://127.0.0.1:" + free.getLocalPort();
      return new Member(id, "m" + id, List.of(url), List.of(), learner);
    }
  }

  static int portOf(Member member) {
    return Integer.parseInt(member.peerUrls().get(0).replaceAll(".*:", ""));
  }

  Node start(long id, List<Member> known, boolean joins) throws IOException {
    Member self = members.get(id);
    int port = listens.getOrDefault(id, portOf(self));
    Path folder = dir.resolve("m" + id);
    Node node =
        Node.start(
            new NodeSettings(
                new NodeSettings.Cluster(CLUSTER, known, joins),
                self,
                Files.createDirectories(folder.resolve("journal")),
                Files.createDirectories(folder.resolve("store")),
                new NodeSettings.Timing(Duration.ofMillis(50), 10, Duration.ofMinutes(10)),
                new NodeSettings.Space(-1, 0, AutoCompaction.Policy.OFF),
                new NodeSettings.Peers(
                    List.of(
                        new PeerLinks.Endpoint(
                            new InetSocketAddress("127.0.0.1", port), scheme().equals("https"))),
                    tls(id),
                    true,
                    false,
                    true,
                    new NodeSettings.Newcomers(autoPromote, replaceLost, admitted))),
            ConfigFactory.defaultOverrides());
    nodes.put(id, node);
    return node;
  }

  /** Tells the cluster that {@code id} lives, as a process does once it is ready. */
  void publish(long id) {
    Member self = members.get(id);
    Member alive = new Member(id, self.name(), self.peerUrls(), List.of("http://h:1"), false);
    join(nodes.get(id).propose(new Command.Publish(alive)));
  }

  void wipe(long id) throws IOException {
    try (Stream<Path> files = Files.walk(dir.resolve("m" + id))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  void stop(long id) {
    nodes.remove(id).stop().toCompletableFuture().join();
  }

  Node leader() {
    return await()
        .pollDelay(Duration.ZERO)
        .until(
            () -> nodes.values().stream().filter(Node::isLeader).findFirst(), Optional::isPresent)
        .orElseThrow();
  }

  Node follower() {
    return nodes.values().stream().filter(node -> !node.isLeader()).findFirst().orElseThrow();
  }

  static <T> T join(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  static void put(Node node, String key, String value) {
    Op put = new Op.Put(Bytes.utf8(key), Bytes.utf8(value), 0, false, false, false);
    join(node.propose(new Command.Write(put)));
  }

  static List<String> keys(Node node) {
    join(node.linearize());
    Op.Range all = Op.Range.of(new KeyRange(Bytes.utf8("a"), null));
    return node.store().read(view -> RangePlan.execute(view, all)).kvs().stream()
        .map(kv -> kv.key().utf8() + "=" + kv.value().utf8())
        .toList();
  }

  static long hash(Node node) {
    return join(node.hash(0)).hash();
  }

  static EtcdError refusal(CompletionStage<?> stage) {
    try {
      join(stage);
    } catch (CompletionException e) {
      EtcdException refused = (EtcdException) e.getCause();
      for (EtcdError error : EtcdError.values()) {
        if (error.text().equals(refused.text())) {
          return error;
        }
      }
    }
    throw new AssertionError("not refused");
  }
}
