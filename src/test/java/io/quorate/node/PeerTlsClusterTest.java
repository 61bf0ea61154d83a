package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.quorate.apply.AutoCompaction;
import io.quorate.apply.Command;
import io.quorate.apply.Member;
import io.quorate.base.Bytes;
import io.quorate.link.PeerLinks;
import io.quorate.link.PeerTls;
import io.quorate.link.TestAuthority;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.RangePlan;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole members that only believe whom their authority vouches for. */
class PeerTlsClusterTest {
  private static final String HERE = "127.0.0.1";

  @TempDir Path dir;

  private final TreeMap<Long, Member> members = new TreeMap<>();
  private final TreeMap<Long, Node> nodes = new TreeMap<>();
  private TestAuthority authority;
  private Path trusted;

  @BeforeEach
  void found() throws IOException {
    authority = new TestAuthority("ours");
    trusted = authority.writeTo(dir.resolve("ca.pem"));
    for (long id = 1; id <= 3; id++) {
      members.put(id, member(id));
    }
    for (long id : List.copyOf(members.keySet())) {
      start(id, new ArrayList<>(members.values()), false);
    }
    await().until(() -> nodes.values().stream().allMatch(Node::hasLeader));
  }

  @AfterEach
  void stopAll() {
    nodes.values().forEach(node -> node.stop().toCompletableFuture().join());
  }

  private static Member member(long id) throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String url = "https://" + HERE + ":" + free.getLocalPort();
      return new Member(id, "m" + id, List.of(url), List.of(), false);
    }
  }

  private PeerTls tls(long id) throws IOException {
    return PeerTls.open(
        TestAuthority.mutual(authority.issue(dir.resolve("tls" + id), "m" + id, HERE), trusted));
  }

  private Node start(long id, List<Member> known, boolean joins) throws IOException {
    Member self = members.get(id);
    int port = Integer.parseInt(self.peerUrls().get(0).replaceAll(".*:", ""));
    Path folder = dir.resolve("m" + id);
    Node node =
        Node.start(
            new NodeSettings(
                new NodeSettings.Cluster(77, known, joins),
                self,
                Files.createDirectories(folder.resolve("journal")),
                Files.createDirectories(folder.resolve("store")),
                new NodeSettings.Timing(Duration.ofMillis(50), 10, Duration.ofMinutes(10)),
                new NodeSettings.Space(-1, 0, AutoCompaction.Policy.OFF),
                new NodeSettings.Peers(
                    List.of(new PeerLinks.Endpoint(new InetSocketAddress(HERE, port), true)),
                    tls(id),
                    true,
                    false,
                    true,
                    false,
                    false)),
            ConfigFactory.defaultOverrides());
    nodes.put(id, node);
    return node;
  }

  private Node leader() {
    await().until(() -> nodes.values().stream().anyMatch(Node::isLeader));
    return nodes.values().stream().filter(Node::isLeader).findFirst().orElseThrow();
  }

  private static <T> T join(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static void put(Node node, String key) {
    Op put = new Op.Put(Bytes.utf8(key), Bytes.utf8("v"), 0, false, false, false);
    join(node.propose(new Command.Write(put)));
  }

  private static List<String> keys(Node node) {
    join(node.linearize());
    Op.Range all = Op.Range.of(new KeyRange(Bytes.utf8("a"), null));
    return node.store().read(view -> RangePlan.execute(view, all)).kvs().stream()
        .map(kv -> kv.key().utf8())
        .toList();
  }

  @Test
  void membersElectReplicateAndTakeOthersIn() throws IOException {
    for (Node node : nodes.values()) {
      put(node, "k" + node.memberId());
    }
    members.put(4L, member(4));
    join(leader().cluster().changes().add(members.get(4L)));
    Node fourth = start(4, new ArrayList<>(members.values()), true);
    await().until(fourth::hasLeader);
    for (Node node : nodes.values()) {
      assertThat(keys(node)).containsExactly("k1", "k2", "k3");
    }
    long old = leader().memberId();
    nodes.remove(old).stop().toCompletableFuture().join();
    put(leader(), "k4");
    assertThat(keys(leader())).hasSize(4);
  }

  @Test
  void anotherAuthorityTakesOverWithoutARestart() throws IOException {
    put(leader(), "a");
    TestAuthority next = new TestAuthority("next");
    Path nextTrusted = next.writeTo(dir.resolve("next.pem"));
    // First all believe both, then all show the new one, then nobody believes the old one.
    Path both = dir.resolve("both.pem");
    Files.writeString(both, Files.readString(trusted) + Files.readString(nextTrusted));
    Files.copy(both, trusted, StandardCopyOption.REPLACE_EXISTING);
    authority = next;
    for (long id = 1; id <= 3; id++) {
      next.issue(dir.resolve("tls" + id), "m" + id, HERE);
    }
    Files.copy(nextTrusted, trusted, StandardCopyOption.REPLACE_EXISTING);
    long restarted = leader().memberId();
    nodes.remove(restarted).stop().toCompletableFuture().join();
    put(leader(), "b");
    Node back = start(restarted, List.of(), false);
    await().until(back::hasLeader);
    assertThat(keys(back)).containsExactly("a", "b");
  }

  @Test
  void whoAsksTheRosterNeedsACertificateToo() throws IOException {
    List<String> urls = members.get(1L).peerUrls();
    Duration patience = Duration.ofSeconds(5);
    assertThat(Roster.fetch(urls, new Roster.Way(tls(9), patience)).orElseThrow().members())
        .hasSize(3);
    assertThat(Roster.fetch(urls, new Roster.Way(PeerTls.none(), patience))).isEmpty();
  }
}
