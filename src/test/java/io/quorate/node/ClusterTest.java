package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.quorate.apply.Answer;
import io.quorate.apply.AutoCompaction;
import io.quorate.apply.Command;
import io.quorate.apply.Member;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.RangePlan;
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
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole members in one process, with real links and disks: one that stops is a process less. */
class ClusterTest {
  private static final long CLUSTER = 77;

  private boolean autoPromote;
  private boolean replaceLost;

  @TempDir Path dir;

  private final TreeMap<Long, Member> members = new TreeMap<>();
  private final TreeMap<Long, Node> nodes = new TreeMap<>();

  @AfterEach
  void stopAll() {
    nodes.values().forEach(node -> node.stop().toCompletableFuture().join());
  }

  private void found(int count) throws IOException {
    for (long id = 1; id <= count; id++) {
      members.put(id, member(id, false));
    }
    for (long id : List.copyOf(members.keySet())) {
      start(id, new ArrayList<>(members.values()), false);
    }
    await().until(() -> nodes.values().stream().allMatch(Node::hasLeader));
  }

  private static Member member(long id, boolean learner) throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String url = "http://127.0.0.1:" + free.getLocalPort();
      return new Member(id, "m" + id, List.of(url), List.of(), learner);
    }
  }

  private Node start(long id, List<Member> known, boolean joins) throws IOException {
    Member self = members.get(id);
    int port = Integer.parseInt(self.peerUrls().get(0).replaceAll(".*:", ""));
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
                    List.of(new InetSocketAddress("127.0.0.1", port)),
                    true,
                    false,
                    true,
                    autoPromote,
                    replaceLost)),
            ConfigFactory.defaultOverrides());
    nodes.put(id, node);
    return node;
  }

  /** Tells the cluster that {@code id} lives, as a process does once it is ready. */
  private void publish(long id) {
    Member self = members.get(id);
    Member alive = new Member(id, self.name(), self.peerUrls(), List.of("http://h:1"), false);
    join(nodes.get(id).propose(new Command.Publish(alive)));
  }

  private void wipe(long id) throws IOException {
    try (Stream<Path> files = Files.walk(dir.resolve("m" + id))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private void stop(long id) {
    nodes.remove(id).stop().toCompletableFuture().join();
  }

  private Node leader() {
    await().until(() -> nodes.values().stream().anyMatch(Node::isLeader));
    return nodes.values().stream().filter(Node::isLeader).findFirst().orElseThrow();
  }

  private Node follower() {
    return nodes.values().stream().filter(node -> !node.isLeader()).findFirst().orElseThrow();
  }

  private static <T> T join(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static void put(Node node, String key, String value) {
    Op put = new Op.Put(Bytes.utf8(key), Bytes.utf8(value), 0, false, false, false);
    join(node.propose(new Command.Write(put)));
  }

  private static List<String> keys(Node node) {
    join(node.linearize());
    Op.Range all = Op.Range.of(new KeyRange(Bytes.utf8("a"), null));
    return node.store().read(view -> RangePlan.execute(view, all)).kvs().stream()
        .map(kv -> kv.key().utf8() + "=" + kv.value().utf8())
        .toList();
  }

  private static long hash(Node node) {
    return join(node.hash(0)).hash();
  }

  @Test
  void everyMemberWritesAndReadsWhatTheOthersWrote() throws IOException {
    found(3);
    List<String> expected = new ArrayList<>();
    for (Node node : nodes.values()) {
      put(node, "k" + node.memberId(), "v");
      expected.add("k" + node.memberId() + "=v");
    }
    for (Node node : nodes.values()) {
      assertThat(keys(node)).isEqualTo(expected);
    }
    assertThat(nodes.values()).extracting(ClusterTest::hash).containsOnly(hash(leader()));
  }

  @Test
  void aLeaderThatStopsIsReplacedAndComesBack() throws IOException {
    found(3);
    put(leader(), "a", "1");
    long old = leader().memberId();
    stop(old);
    put(leader(), "b", "2");
    put(follower(), "c", "3");
    Node back = start(old, List.of(), false);
    await().until(back::hasLeader);
    assertThat(keys(back)).containsExactly("a=1", "b=2", "c=3");
  }

  @Test
  void aMinorityServesNobody() throws IOException {
    found(3);
    long last = follower().memberId();
    for (long id : List.copyOf(nodes.keySet())) {
      if (id != last) {
        stop(id);
      }
    }
    Node alone = nodes.get(last);
    await().until(() -> !alone.hasLeader());
    Op put = new Op.Put(Bytes.utf8("a"), Bytes.utf8("1"), 0, false, false, false);
    CompletionStage<Answer> write = alone.propose(new Command.Write(put));
    var read = alone.linearize();
    await().during(Duration.ofSeconds(1)).until(() -> !write.toCompletableFuture().isDone());
    assertThat(read.toCompletableFuture()).isNotDone();
    for (long id = 1; id <= 3; id++) {
      if (id != last) {
        start(id, List.of(), false);
      }
    }
    // On a slow machine what waited may be refused as late by now; what comes now is served.
    assertThat(ends(write)).isIn("done", EtcdError.TIMEOUT.text());
    assertThat(ends(read)).isIn("done", EtcdError.TIMEOUT.text());
    put(leader(), "b", "2");
    assertThat(keys(alone)).contains("b=2");
  }

  private static String ends(CompletionStage<?> stage) {
    return stage
        .handle((done, failure) -> failure == null ? "done" : Refusals.of(failure).text())
        .toCompletableFuture()
        .orTimeout(20, TimeUnit.SECONDS)
        .join();
  }

  @Test
  void aNewMemberGetsASnapshotAndVotes() throws IOException {
    found(3);
    for (int i = 0; i < 200; i++) {
      put(leader(), "k" + i, "v" + i);
    }
    members.put(4L, member(4, false));
    Answer.Members after =
        (Answer.Members) join(follower().cluster().changes().add(members.get(4L)));
    assertThat(after.members()).hasSize(4);
    Node fourth = start(4, new ArrayList<>(members.values()), true);
    await().until(fourth::hasLeader);
    assertThat(keys(fourth)).hasSize(200);
    assertThat(hash(fourth)).isEqualTo(hash(leader()));
    put(fourth, "z", "1");
    assertThat(keys(leader())).hasSize(201);
    stop(4);
    Node again = start(4, List.of(), true);
    assertThat(keys(again)).hasSize(201);
  }

  @Test
  void aRemovedMemberStopsAndNeverServesAgain() throws IOException {
    found(3);
    Node gone = follower();
    put(gone, "a", "1");
    long id = gone.memberId();
    join(leader().cluster().changes().remove(id));
    assertThat(join(gone.failed())).isInstanceOf(MemberGoneException.class);
    stop(id);
    put(leader(), "b", "2");
    Node again = start(id, List.of(), false);
    assertThat(join(again.failed())).isInstanceOf(MemberGoneException.class);
    assertThat(keys(leader())).containsExactly("a=1", "b=2");
  }

  @Test
  void aMemberThatWasAwayWhenItWasRemovedIsToldWhenItComesBack() throws IOException {
    found(3);
    long id = follower().memberId();
    stop(id);
    join(leader().cluster().changes().remove(id));
    Node again = start(id, List.of(), false);
    assertThat(join(again.failed())).isInstanceOf(MemberGoneException.class);
  }

  @Test
  void aLearnerIsPromotedWhenItIsInSyncByWhicheverMemberIsAsked() throws IOException {
    found(3);
    members.put(4L, member(4, true));
    join(leader().cluster().changes().add(members.get(4L)));
    assertThat(refusal(follower().cluster().changes().promote(4)))
        .isEqualTo(EtcdError.LEARNER_NOT_READY);
    Node learner = start(4, new ArrayList<>(members.values()), true);
    await().until(learner::hasLeader);
    await().until(() -> join(leader().cluster().progressOf(4)) >= 90);
    Answer.Members after = (Answer.Members) join(follower().cluster().changes().promote(4));
    assertThat(after.members().get(3).learner()).isFalse();
    assertThat(refusal(leader().cluster().changes().promote(4)))
        .isEqualTo(EtcdError.MEMBER_NOT_LEARNER);
    assertThat(refusal(leader().cluster().changes().promote(9)))
        .isEqualTo(EtcdError.MEMBER_NOT_FOUND);
  }

  @Test
  void aLearnerIsPromotedByItselfWhereThatIsAskedFor() throws IOException {
    autoPromote = true;
    found(3);
    members.put(4L, member(4, true));
    join(leader().cluster().changes().add(members.get(4L)));
    Node learner = start(4, new ArrayList<>(members.values()), true);
    await().until(() -> learner.published().members().stream().anyMatch(m -> m.id() == 4));
    await().until(() -> learner.published().members().stream().noneMatch(Member::learner));
    put(learner, "a", "1");
  }

  private static EtcdError refusal(CompletionStage<?> stage) {
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

  @Test
  void leadershipMovesToWhomItIsAskedTo() throws IOException {
    found(3);
    long target = follower().memberId();
    assertThat(refusal(follower().cluster().moveLeader(target))).isEqualTo(EtcdError.NOT_LEADER);
    assertThat(refusal(leader().cluster().moveLeader(9)))
        .isEqualTo(EtcdError.BAD_LEADER_TRANSFEREE);
    join(leader().cluster().moveLeader(target));
    await().until(() -> leader().memberId() == target);
    put(leader(), "a", "1");
  }

  @Test
  void aSnapshotCarriesValuesThatAreLargerThanAFrame() throws IOException {
    found(3);
    byte[] large = new byte[3 << 19];
    for (int i = 0; i < 4; i++) {
      Op put = new Op.Put(Bytes.utf8("large" + i), Bytes.wrap(large), 0, false, false, false);
      join(leader().propose(new Command.Write(put)));
    }
    members.put(4L, member(4, false));
    join(leader().cluster().changes().add(members.get(4L)));
    Node fourth = start(4, new ArrayList<>(members.values()), true);
    await().until(fourth::hasLeader);
    assertThat(keys(fourth)).hasSize(4);
    assertThat(hash(fourth)).isEqualTo(hash(leader()));
  }

  @Test
  void whoJoinsAndStopsBeforeItHasAStateGoesOnWithThoseItKnows() throws IOException {
    found(3);
    members.put(4L, member(4, true));
    join(leader().cluster().changes().add(members.get(4L)));
    List<Member> others = new ArrayList<>(members.values()).subList(0, 3);
    Node first = start(4, others, true);
    stop(4);
    assertThat(first.failed().toCompletableFuture()).isNotDone();
    Node again = start(4, others, true);
    await().until(again::hasLeader);
  }

  @Test
  void aFounderThatRemembersNothingWaitsForAQuorumOfThem() throws IOException {
    for (long id = 1; id <= 3; id++) {
      members.put(id, member(id, false));
    }
    Node first = start(1, new ArrayList<>(members.values()), false);
    await().during(Duration.ofSeconds(1)).until(() -> !first.hasLeader());
    assertThat(first.term()).as("the term of one that may not stand").isEqualTo(1);
    start(2, new ArrayList<>(members.values()), false);
    put(leader(), "a", "1");
    // The third one has never lived, which those that have may say.
    Node third = start(3, new ArrayList<>(members.values()), false);
    assertThat(keys(third)).containsExactly("a=1");
  }

  @Test
  void aMemberWhoseDiskWasEmptiedNeverStartsUnderItsId() throws IOException {
    found(3);
    put(leader(), "a", "1");
    long id = follower().memberId();
    publish(id);
    stop(id);
    wipe(id);
    Node again = start(id, new ArrayList<>(members.values()), false);
    assertThat(join(again.failed()))
        .isInstanceOf(MemberGoneException.class)
        .hasMessage("member " + id + " has already been bootstrapped");
    assertThat(again.hasLeader()).isFalse();
    assertThat(keys(leader())).containsExactly("a=1");
  }

  @Test
  void aMemberWhoseDiskIsLostIsReplacedWhereThatIsAskedFor() throws IOException {
    replaceLost = true;
    autoPromote = true;
    found(3);
    put(leader(), "a", "1");
    long id = follower().memberId();
    publish(id);
    Member lost = members.get(id);
    List<String> others = new ArrayList<>();
    members.values().stream().filter(m -> m.id() != id).forEach(m -> others.addAll(m.peerUrls()));
    assertThatThrownBy(() -> Roster.replace(others, lost, Duration.ofSeconds(5)))
        .hasMessageContaining("member " + id + " is connected");
    stop(id);
    wipe(id);
    await().until(() -> leader().cluster().connectedFor(id).isZero());
    Roster after = Roster.replace(others, lost, Duration.ofSeconds(5));
    Member fresh = after.members().stream().filter(Member::learner).findFirst().orElseThrow();
    assertThat(fresh.peerUrls()).isEqualTo(lost.peerUrls());
    assertThat(fresh.id()).isNotEqualTo(id);
    assertThat(after.members()).hasSize(3).noneMatch(m -> m.id() == id);
    members.remove(id);
    members.put(fresh.id(), fresh);
    Node again = start(fresh.id(), after.members(), true);
    await().until(() -> again.published().members().stream().anyMatch(m -> m.id() == fresh.id()));
    await().until(() -> again.published().members().stream().noneMatch(Member::learner));
    put(again, "b", "2");
    assertThat(keys(again)).containsExactly("a=1", "b=2");
  }

  @Test
  void nobodyIsReplacedWhereThatIsNotAskedFor() throws IOException {
    found(3);
    long id = follower().memberId();
    stop(id);
    Member lost = members.get(id);
    List<String> urls = members.get(leader().memberId()).peerUrls();
    assertThatThrownBy(() -> Roster.replace(urls, lost, Duration.ofSeconds(5)))
        .hasMessageContaining("--replace-lost-member");
  }
}
