package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.quorate.apply.Alarm;
import io.quorate.apply.Answer;
import io.quorate.apply.Command;
import io.quorate.apply.Member;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Time is the test's: a look at each {@link QuotaKeeper#PACE}. */
class QuotaKeeperTest {
  private static final long SELF = 7;
  private static final Alarm OWN = new Alarm(SELF, Alarm.Type.NOSPACE);
  private static final Command RAISE = Command.ChangeAlarm.byQuota(true, SELF);
  private static final Command LOWER = Command.ChangeAlarm.byQuota(false, SELF);
  private static final Duration LOOK = QuotaKeeper.PACE;

  private final ActorTestKit kit =
      ActorTestKit.create(ManualTime.config().withFallback(ConfigFactory.load()));
  private final ManualTime time = ManualTime.get(kit.system());
  private final TestProbe<Command> proposals = kit.createTestProbe();
  private volatile Published published = state(0, 1);
  private volatile boolean leads = true;
  private volatile long usableBytes = 500;
  private volatile CompletableFuture<Answer> answer = new CompletableFuture<Answer>();

  private final ActorRef<QuotaKeeper.Command> keeper =
      kit.spawn(
          QuotaKeeper.create(
              new QuotaKeeper.Ports(
                  SELF,
                  1000,
                  500,
                  () -> published,
                  () -> leads,
                  () -> usableBytes,
                  command -> {
                    // Taken first: whoever hears of the command may put another in its place.
                    CompletableFuture<Answer> promised = answer;
                    proposals.ref().tell(command);
                    return promised;
                  })));

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private static Published state(long countedBytes, int members, Alarm... byQuota) {
    Member member = new Member(SELF, "m0", List.of(), List.of(), false);
    List<Alarm> alarms = List.of(byQuota);
    return new Published(
        Collections.nCopies(members, member), List.of(), alarms, alarms, countedBytes, 1);
  }

  private void finishCompaction() {
    keeper.tell(new QuotaKeeper.CompactionFinished());
  }

  private void expectSilence() {
    proposals.expectNoMessage(Duration.ofMillis(50));
  }

  @Test
  void lowersWhenACompactionHasMadeRoom() {
    published = state(899, 1, OWN);
    finishCompaction();
    assertThat(proposals.receiveMessage()).isEqualTo(LOWER);
  }

  @Test
  void waitsForACompaction() {
    published = state(1, 1, OWN);
    time.timePasses(LOOK);
    time.timePasses(LOOK);
    expectSilence();
    finishCompaction();
    assertThat(proposals.receiveMessage()).isEqualTo(LOWER);
  }

  @Test
  void aCompactionBeforeTheAlarmDoesNotCount() {
    published = state(1, 1);
    finishCompaction();
    expectSilence();
    published = state(1, 1, OWN);
    time.timePasses(LOOK);
    expectSilence();
  }

  @Test
  void keepsTheAlarmFromNinetyPercentOn() {
    published = state(900, 1, OWN);
    finishCompaction();
    expectSilence();
    published = state(899, 1, OWN);
    time.timePasses(LOOK);
    assertThat(proposals.receiveMessage()).isEqualTo(LOWER);
  }

  @Test
  void onlyTheLeaderLowers() {
    leads = false;
    published = state(1, 1, OWN);
    finishCompaction();
    expectSilence();
    leads = true;
    time.timePasses(LOOK);
    assertThat(proposals.receiveMessage()).isEqualTo(LOWER);
  }

  @Test
  void lowersNothingWhileOthersMayBeFull() {
    published = state(1, 3, OWN);
    finishCompaction();
    expectSilence();
  }

  @Test
  void raisesOnceWhenTheDiskIsShortAndLowersWhenItIsNot() {
    usableBytes = 499;
    time.timePasses(LOOK);
    assertThat(proposals.receiveMessage()).isEqualTo(RAISE);
    time.timePasses(LOOK);
    expectSilence();
    published = state(1, 1, OWN);
    answer.complete(new Answer.Done(1));
    finishCompaction();
    expectSilence();
    usableBytes = 500;
    time.timePasses(LOOK);
    assertThat(proposals.receiveMessage()).isEqualTo(LOWER);
  }

  @Test
  void triesAgainWhatFailed() {
    published = state(1, 1, OWN);
    finishCompaction();
    assertThat(proposals.receiveMessage()).isEqualTo(LOWER);
    CompletableFuture<Answer> failed = answer;
    answer = new CompletableFuture<>();
    failed.completeExceptionally(new IllegalStateException("lost"));
    proposals.awaitAssert(
        () -> {
          time.timePasses(LOOK);
          return proposals.expectMessage(Duration.ofMillis(100), LOWER);
        });
  }
}
