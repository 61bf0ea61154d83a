package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.EtcdError;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadQueueTest {
  private static final long TIMEOUT_NANOS = 1000;

  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private final ReadQueue queue = new ReadQueue(tasks::add, TIMEOUT_NANOS, 1);

  private Outcome<Confirmed> add(long nowNanos) {
    Outcome<Confirmed> outcome = new Outcome<>();
    assertThat(queue.add(outcome, nowNanos)).isTrue();
    return outcome;
  }

  private void runTasks() {
    while (!tasks.isEmpty()) {
      tasks.remove().run();
    }
  }

  private static boolean isDone(Outcome<Confirmed> outcome) {
    return outcome.results().equals(List.of(Confirmed.NOW)) && outcome.refusals().isEmpty();
  }

  private static boolean isRefused(Outcome<Confirmed> outcome, EtcdError error) {
    return outcome.refusals().equals(List.of(error.exception().text()))
        && outcome.results().isEmpty();
  }

  @Test
  void needsNoRoundWhileItIsToldSoAndNotAfterItsEnd() {
    assertThat(queue.isAtOnce()).isFalse();
    queue.setAtOnce(true);
    assertThat(queue.isAtOnce()).isTrue();
    queue.stop();
    assertThat(queue.isAtOnce()).isFalse();
  }

  @Test
  void asksForNoRoundWhenNobodyWaits() {
    assertThat(queue.nextRound()).isZero();
    assertThat(queue.unanswered()).isZero();
  }

  @Test
  void sharesTheNextRoundAmongThoseThatComeDuringOne() {
    Outcome<Confirmed> first = add(0);
    long one = queue.nextRound();
    assertThat(one).isNotZero();
    Outcome<Confirmed> second = add(0);
    Outcome<Confirmed> third = add(0);
    assertThat(queue.nextRound()).isZero();
    assertThat(queue.unanswered()).isEqualTo(one);
    queue.confirmed(one, 5, 5);
    runTasks();
    assertThat(isDone(first)).isTrue();
    assertThat(second.isOpen()).isTrue();
    long two = queue.nextRound();
    assertThat(two).isNotZero().isNotEqualTo(one);
    queue.confirmed(two, 5, 9);
    runTasks();
    assertThat(isDone(second)).isTrue();
    assertThat(isDone(third)).isTrue();
    assertThat(queue.unanswered()).isZero();
  }

  @Test
  void ignoresAConfirmationThatIsNotOfTheRound() {
    Outcome<Confirmed> read = add(0);
    long round = queue.nextRound();
    queue.confirmed(round + 1, 5, 5);
    runTasks();
    assertThat(read.isOpen()).isTrue();
    queue.confirmed(round, 5, 5);
    queue.confirmed(round, 5, 5);
    runTasks();
    assertThat(isDone(read)).isTrue();
  }

  @Test
  void waitsUntilTheConfirmedIndexIsApplied() {
    Outcome<Confirmed> first = add(0);
    queue.confirmed(queue.nextRound(), 7, 6);
    Outcome<Confirmed> second = add(0);
    queue.confirmed(queue.nextRound(), 9, 6);
    queue.applied(6);
    runTasks();
    assertThat(first.isOpen()).isTrue();
    queue.applied(7);
    runTasks();
    assertThat(isDone(first)).isTrue();
    assertThat(second.isOpen()).isTrue();
    queue.applied(20);
    runTasks();
    assertThat(isDone(second)).isTrue();
  }

  @Test
  void servesALargeBatchInSeveralTasks() {
    List<Outcome<Confirmed>> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      all.add(add(0));
    }
    queue.confirmed(queue.nextRound(), 1, 1);
    assertThat(tasks).hasSize(4);
    runTasks();
    assertThat(all).allMatch(ReadQueueTest::isDone);
  }

  @Test
  void refusesThoseThatHaveWaitedTooLongWhereverTheyAre() {
    Outcome<Confirmed> confirmed = add(0);
    queue.confirmed(queue.nextRound(), 99, 1);
    Outcome<Confirmed> asked = add(100);
    long round = queue.nextRound();
    Outcome<Confirmed> fresh = add(200);
    Outcome<Confirmed> young = add(300);
    queue.expire(TIMEOUT_NANOS - 1);
    assertThat(List.of(confirmed, asked, fresh, young)).allMatch(Outcome::isOpen);
    queue.expire(TIMEOUT_NANOS);
    assertThat(isRefused(confirmed, EtcdError.TIMEOUT)).isTrue();
    queue.expire(TIMEOUT_NANOS + 200);
    assertThat(isRefused(asked, EtcdError.TIMEOUT)).isTrue();
    assertThat(isRefused(fresh, EtcdError.TIMEOUT)).isTrue();
    assertThat(young.isOpen()).isTrue();
    assertThat(queue.unanswered()).isZero();
    queue.confirmed(round, 1, 1);
    queue.applied(99);
    queue.confirmed(queue.nextRound(), 99, 99);
    runTasks();
    assertThat(isDone(young)).isTrue();
    assertThat(isRefused(confirmed, EtcdError.TIMEOUT)).isTrue();
    assertThat(isRefused(asked, EtcdError.TIMEOUT)).isTrue();
  }

  @Test
  void keepsTheYoungOnesOfARoundWhenItsOldOnesExpire() {
    Outcome<Confirmed> old = add(0);
    Outcome<Confirmed> young = add(500);
    long round = queue.nextRound();
    queue.expire(TIMEOUT_NANOS);
    assertThat(isRefused(old, EtcdError.TIMEOUT)).isTrue();
    assertThat(queue.unanswered()).isEqualTo(round);
    queue.confirmed(round, 1, 1);
    runTasks();
    assertThat(isDone(young)).isTrue();
  }

  @Test
  void takesNoMoreThanItsBoundUntilSomeAreServed() {
    for (int i = 0; i < ReadQueue.WAITING_MAX; i++) {
      assertThat(queue.add(new Outcome<>(), 0)).isTrue();
    }
    assertThat(queue.add(new Outcome<>(), 0)).isFalse();
    queue.confirmed(queue.nextRound(), 1, 1);
    assertThat(queue.add(new Outcome<>(), 0)).isTrue();
    queue.expire(TIMEOUT_NANOS);
    for (int i = 0; i < ReadQueue.WAITING_MAX; i++) {
      assertThat(queue.add(new Outcome<>(), 0)).isTrue();
    }
    assertThat(queue.add(new Outcome<>(), 0)).isFalse();
  }

  @Test
  void refusesAllWhenTheMemberStops() {
    Outcome<Confirmed> confirmed = add(0);
    queue.confirmed(queue.nextRound(), 99, 1);
    Outcome<Confirmed> asked = add(0);
    queue.nextRound();
    Outcome<Confirmed> fresh = add(0);
    queue.stop();
    assertThat(List.of(confirmed, asked, fresh))
        .allMatch(outcome -> isRefused(outcome, EtcdError.STOPPED));
    queue.applied(99);
    runTasks();
    assertThat(confirmed.results()).isEmpty();
  }
}
