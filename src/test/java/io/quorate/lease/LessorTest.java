package io.quorate.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LessorTest {
  private static final long SECOND = 1_000_000_000L;

  private final LeaseLimits limits = new LeaseLimits(2, 10, 8, 7 * SECOND, 300 * SECOND, 3);
  private final Lessor lessor = new Lessor(limits);

  private long[] expire(long second) {
    return lessor.expire(second * SECOND);
  }

  @ParameterizedTest
  @CsvSource({"10,100,2", "10,1000,15", "11,100,2", "3,10,1", "50,1000,75"})
  void shortestTtlIsThatOfEtcd(int ticks, long millis, long expected) {
    assertThat(LeaseLimits.of(ticks, millis).minTtlSeconds()).isEqualTo(expected);
    assertThat(LeaseLimits.of(ticks, millis).grantedTtl(-5)).isEqualTo(expected);
    assertThat(LeaseLimits.of(ticks, millis).grantedTtl(1000)).isEqualTo(1000);
  }

  @Test
  void chosenIdsArePositive() {
    Iterator<Long> lots = List.of(0L, Long.MIN_VALUE, -1L).iterator();
    assertThat(Lessor.chooseId(lots::next)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void onlyThePrimaryRenewsAndExpires() {
    lessor.granted(1, 10, 0, 0);
    assertThat(lessor.renew(1, 0)).isEqualTo(Lessor.NOT_PRIMARY);
    assertThat(lessor.isExpiryDue(100 * SECOND)).isFalse();
    assertThat(expire(100)).isEmpty();
    assertThatThrownBy(() -> lessor.timeToLive(1, 0)).isInstanceOf(IllegalStateException.class);
    lessor.promote(100 * SECOND, SECOND);
    assertThat(lessor.renew(2, 100 * SECOND)).isEqualTo(Lessor.NOT_FOUND);
    assertThat(lessor.isExpiryDue(111 * SECOND - 1)).isFalse();
    assertThat(lessor.isExpiryDue(111 * SECOND)).isTrue();
    lessor.demote();
    assertThat(lessor.isExpiryDue(200 * SECOND)).isFalse();
    assertThat(expire(200)).isEmpty();
  }

  @Test
  void aRenewedLeaseLivesItsFullTimeAgain() {
    lessor.promote(0, 0);
    lessor.granted(1, 10, 0, 0);
    assertThat(lessor.renew(1, 9 * SECOND)).isEqualTo(10);
    assertThat(lessor.isExpiryDue(18 * SECOND)).isFalse();
    assertThat(lessor.timeToLive(1, 12 * SECOND + 1)).isEqualTo(new LeaseTime(10, 6));
    assertThat(lessor.isExpiryDue(19 * SECOND)).isTrue();
    assertThat(lessor.renew(1, 19 * SECOND)).isEqualTo(Lessor.EXPIRING);
    assertThat(expire(19)).containsExactly(1);
    assertThat(expire(20)).isEmpty();
    assertThat(expire(26)).as("offered again when it was not revoked").containsExactly(1);
    lessor.revoked(1);
    assertThat(expire(40)).isEmpty();
    assertThat(lessor.renew(1, 40 * SECOND)).isEqualTo(Lessor.NOT_FOUND);
  }

  @Test
  void expiryIsPacedAndItsBacklogBounded() {
    lessor.promote(0, 0);
    for (int id = 1; id <= 40; id++) {
      lessor.granted(id, 10, 0, 0);
    }
    assertThat(expire(10)).as("half a second's worth at once").containsExactly(1, 2, 3, 4, 5);
    assertThat(expire(10)).isEmpty();
    assertThat(lessor.expire(10 * SECOND + SECOND / 5)).containsExactly(6, 7);
    assertThat(expire(11)).as("8 at most may wait to be revoked").containsExactly(8);
    lessor.revoked(3);
    lessor.revoked(4);
    assertThat(expire(12)).containsExactly(9, 10);
  }

  @Test
  void replicatesTheRemainingTimeOfLongIdleLeasesOnly() {
    lessor.promote(0, 0);
    lessor.granted(1, 900, 0, 0);
    lessor.granted(2, 900, 0, 0);
    lessor.granted(3, 300, 0, 0);
    assertThat(lessor.checkpoints(299 * SECOND)).isEmpty();
    assertThat(lessor.renew(2, 299 * SECOND)).isEqualTo(900);
    assertThat(lessor.checkpoints(300 * SECOND)).containsExactly(new Checkpoint(1, 600));
    assertThat(lessor.checkpoints(300 * SECOND)).isEmpty();
    assertThat(lessor.checkpoints(599 * SECOND)).containsExactly(new Checkpoint(2, 600));
    assertThat(lessor.checkpoints(600 * SECOND)).containsExactly(new Checkpoint(1, 300));
    lessor.checkpointed(new Checkpoint(1, 300));
    lessor.demote();
    lessor.promote(700 * SECOND, SECOND);
    assertThat(lessor.timeToLive(1, 700 * SECOND)).isEqualTo(new LeaseTime(900, 301));
    assertThat(lessor.timeToLive(2, 700 * SECOND)).isEqualTo(new LeaseTime(900, 901));
  }

  @Test
  void replicatesTheTimeOfALeaseThatHadLittleLeftWhenItsLeaderBegan() {
    lessor.granted(1, 900, 200, 0);
    lessor.promote(0, 0);
    lessor.checkpointed(new Checkpoint(1, 0));
    assertThat(lessor.renew(1, 100 * SECOND)).isEqualTo(900);
    assertThat(lessor.checkpoints(399 * SECOND)).isEmpty();
    assertThat(lessor.checkpoints(400 * SECOND)).containsExactly(new Checkpoint(1, 600));
  }

  @Test
  void oneProposalCarriesABoundedNumberOfCheckpoints() {
    lessor.promote(0, 0);
    for (int id = 1; id <= 5; id++) {
      lessor.granted(id, 900, 0, 0);
    }
    assertThat(lessor.checkpoints(300 * SECOND)).hasSize(3);
    assertThat(lessor.checkpoints(300 * SECOND)).hasSize(2);
    assertThat(lessor.checkpoints(300 * SECOND)).isEmpty();
  }

  @Test
  void aReplicatedRemainingTimeIsTakenBackBeforeARenewal() {
    lessor.promote(0, 0);
    lessor.granted(1, 900, 0, 0);
    assertThat(lessor.checkpoints(300 * SECOND)).hasSize(1);
    assertThat(lessor.renew(1, 301 * SECOND)).as("on its way").isEqualTo(Lessor.CLEAR_FIRST);
    lessor.checkpointed(new Checkpoint(1, 600));
    assertThat(lessor.renew(1, 302 * SECOND)).as("replicated").isEqualTo(Lessor.CLEAR_FIRST);
    lessor.checkpointed(new Checkpoint(1, 0));
    assertThat(lessor.renew(1, 303 * SECOND)).isEqualTo(900);
  }

  @Test
  void listsThoseThatExpireFirstFirst() {
    lessor.granted(3, 30, 0, 0);
    lessor.granted(1, 50, 0, 0);
    lessor.granted(2, 10, 0, 0);
    assertThat(lessor.ids()).containsExactly(1, 2, 3);
    lessor.promote(0, 0);
    assertThat(lessor.ids()).containsExactly(2, 3, 1);
    lessor.clear();
    assertThat(lessor.ids()).isEmpty();
    assertThat(lessor.isExpiryDue(Long.MAX_VALUE)).isFalse();
  }

  @Test
  void theLongestTtlNeverExpires() {
    lessor.promote(Long.MAX_VALUE / 2, SECOND);
    lessor.granted(1, LeaseLimits.TTL_SECONDS_MAX, 0, Long.MAX_VALUE / 2);
    assertThat(lessor.isExpiryDue(Long.MAX_VALUE - 1)).isFalse();
  }

  @Test
  void everyLeaseExpiresAfterItsTimeAndNoneBefore() {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      Lessor subject = new Lessor(new LeaseLimits(1, 1000, 1000, 7, 300 * SECOND, 100));
      Map<Long, Long> due = new HashMap<>();
      subject.promote(0, 0);
      long now = 0;
      long next = 1;
      for (int step = 0; step < 2000; step++) {
        now += random.nextInt(1000) * (SECOND / 1000);
        long id = 1 + random.nextLong(next);
        switch (random.nextInt(4)) {
          case 0 -> {
            long ttl = 1 + random.nextInt(60);
            subject.granted(next, ttl, 0, now);
            due.put(next++, now + ttl * SECOND);
          }
          case 1 -> {
            long ttl = subject.renew(id, now);
            assertThat(ttl > 0).isEqualTo(due.containsKey(id) && due.get(id) > now);
            if (ttl > 0) {
              due.put(id, now + ttl * SECOND);
            }
          }
          case 2 -> {
            subject.revoked(id);
            due.remove(id);
          }
          default -> {
            for (long expired : subject.expire(now)) {
              assertThat(due.remove(expired)).isLessThanOrEqualTo(now);
              subject.revoked(expired);
            }
            long at = now;
            assertThat(due.values()).allMatch(when -> when > at);
          }
        }
        assertThat(subject.size()).isEqualTo(due.size());
      }
    }
  }
}
