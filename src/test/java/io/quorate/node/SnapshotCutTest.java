package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.apply.Command;
import io.quorate.apply.Member;
import io.quorate.base.Bytes;
import io.quorate.mvcc.Op;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A member that is brought up by a snapshot whose transfer is cut. */
class SnapshotCutTest extends Members {
  private static final int VALUE_BYTES = 64 * 1024;
  private static final int KEYS = 200;
  private static final long CUT_BYTES = 8L << 20;

  /** What the member has on disk at the cut; the rest of what came may still be on its way. */
  private static final long KEPT_BYTES = 6L << 20;

  private static final long WHOLE_BYTES = (long) KEYS * VALUE_BYTES;

  /** What more may pass: rows between the large ones, pages that are not full, and heartbeats. */
  private static final long SMALL_BYTES = 1L << 20;

  private static final Duration WITHIN = Duration.ofSeconds(60);

  private static final long WRITE_EVERY_MILLIS = 20;

  private final Random random = new Random(5);
  private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor();
  private int written;
  private CuttingProxy proxy;

  @AfterEach
  void close() throws Exception {
    writer.shutdownNow();
    proxy.close();
  }

  private CompletionStage<?> putLarge(Node node, int number) {
    byte[] value = new byte[VALUE_BYTES];
    random.nextBytes(value);
    Bytes key = Bytes.utf8("large" + number);
    Op put = new Op.Put(key, Bytes.wrap(value), 0, false, false, false);
    return node.propose(new Command.Write(put));
  }

  /** As {@link #foundAndHold}, and then nothing of a transfer goes on. */
  private void foundAndCut() throws IOException {
    foundAndHold();
    proxy.cut();
  }

  /** Three members that hold much, and write all the time, and a fourth one behind a proxy. */
  private void foundAndHold() throws IOException {
    found(3);
    Node first = leader();
    for (int i = 0; i < KEYS; i++) {
      join(putLarge(first, i));
    }
    writer.scheduleWithFixedDelay(this::writeOne, 0, WRITE_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    Member real = member(4, false);
    proxy = new CuttingProxy(portOf(real));
    listens.put(4L, portOf(real));
    proxy.holdAfter(CUT_BYTES);
    String url = "http://127.0.0.1:" + proxy.port();
    members.put(4L, new Member(4, "m4", List.of(url), List.of(), true));
    join(leader().cluster().changes().add(members.get(4L)));
    start(4, new ArrayList<>(members.values()), true);
    await().atMost(WITHIN).until(proxy::holds);
    await().atMost(WITHIN).until(() -> bytesKept() >= KEPT_BYTES);
  }

  /** The size of the store that member 4 builds; 0 while there is none. */
  private long bytesKept() {
    return dir.resolve("m4/store/partial/data.mdb").toFile().length();
  }

  private void writeOne() {
    written++;
    try {
      nodes.values().stream()
          .filter(Node::isLeader)
          .findFirst()
          .ifPresent(node -> put(node, "small" + written % 50, "v" + written));
    } catch (RuntimeException e) {
      // Whoever led has stopped.
      assertThat(e).isNotNull();
    }
  }

  private void compactNow() {
    join(leader().propose(new Command.Compact(leader().revision() - 5)));
    join(leader().compactionSettled());
  }

  private void awaitRestAlone() {
    Node fourth = nodes.get(4L);
    await().atMost(WITHIN).until(() -> join(leader().cluster().progressOf(4)) >= 90);
    writer.shutdown();
    assertThat(hash(fourth)).isNotZero();
    await().atMost(WITHIN).until(() -> hash(fourth) == hash(leader()));
    assertThat(proxy.passed()).isLessThan(WHOLE_BYTES - KEPT_BYTES + SMALL_BYTES);
    assertThat(keys(fourth)).isEqualTo(keys(leader()));
  }

  @Test
  void aLinkThatIsCutCarriesOnlyTheRestAgain() throws IOException {
    foundAndCut();
    proxy.letPass();
    awaitRestAlone();
  }

  private void moveLeader() {
    long old = leader().memberId();
    long heir = nodes.keySet().stream().filter(id -> id != old && id != 4).findFirst().get();
    join(leader().cluster().moveLeader(heir));
    await().until(() -> leader().memberId() == heir);
  }

  @Test
  void aSenderThatLeadsNoMoreLeavesTheRestToItsSuccessor() throws IOException {
    foundAndHold();
    moveLeader();
    proxy.goOn();
    awaitRestAlone();
  }

  @Test
  void anotherLeaderSendsTheRestThoughACompactionCameBetween() throws IOException {
    foundAndCut();
    moveLeader();
    compactNow();
    proxy.letPass();
    awaitRestAlone();
  }

  @Test
  void whoeverFollowsASenderThatIsGoneSendsTheRest() throws IOException {
    foundAndCut();
    stop(leader().memberId());
    compactNow();
    proxy.letPass();
    awaitRestAlone();
  }

  @Test
  void aReceiverThatIsStartedAgainNeedsOnlyTheRest() throws IOException {
    foundAndCut();
    stop(4);
    compactNow();
    start(4, new ArrayList<>(members.values()), true);
    proxy.letPass();
    awaitRestAlone();
  }
}
