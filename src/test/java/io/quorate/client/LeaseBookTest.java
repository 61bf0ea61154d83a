package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LeaseBookTest {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000 * MILLI;
  private static final int MANY = 1_024;

  /** Anything but zero: the clock begins anywhere. */
  private static final long T0 = Long.MAX_VALUE - 5 * SECOND;

  private final LeaseBook book = new LeaseBook(new Random(1));

  /** The first time after {@code from}, in steps of 1 ms, when {@code id} is to be renewed. */
  private long renewedAt(long id, long from) {
    for (long at = from; at - from < 100 * SECOND; at += MILLI) {
      if (book.work(at, MANY).renew().contains(id)) {
        return at;
      }
    }
    throw new AssertionError("never");
  }

  private long lostAt(long id, long from, int renewMax) {
    for (long at = from; at - from < 100 * SECOND; at += MILLI) {
      if (book.work(at, renewMax).lost().contains(id)) {
        return at;
      }
    }
    throw new AssertionError("never");
  }

  @Test
  void leaseIsRenewedABitBeforeAThirdOfItsTime() {
    for (long id = 1; id <= 200; id++) {
      book.granted(id, 9 * SECOND, T0);
    }
    Set<Long> times = new HashSet<>();
    for (long at = T0; at - T0 <= 3 * SECOND; at += MILLI) {
      for (long id : book.work(at, MANY).renew()) {
        assertThat(at - T0).isBetween(2_400 * MILLI, 3_000 * MILLI);
        assertThat(times.add(id)).isTrue();
      }
    }
    assertThat(times).hasSize(200);
  }

  @Test
  void leasesGrantedTogetherAreNotRenewedTogether() {
    for (long id = 1; id <= 1_000; id++) {
      book.granted(id, 9 * SECOND, T0);
    }
    Set<Long> times = new HashSet<>();
    for (long at = T0; at - T0 <= 3 * SECOND; at += 10 * MILLI) {
      if (!book.work(at, MANY).renew().isEmpty()) {
        times.add(at);
      }
    }
    assertThat(times).hasSizeGreaterThan(50);
  }

  @Test
  void renewalCountsFromWhenItWasSentAndNotFromItsAnswer() {
    book.granted(1, 9 * SECOND, T0);
    long sent = renewedAt(1, T0);
    long lost = book.renewed(1, 9 * SECOND);
    assertThat(lost - sent).isBetween(8_700 * MILLI, 9 * SECOND - 1);
    assertThat(renewedAt(1, sent) - sent).isBetween(2_400 * MILLI, 3_000 * MILLI);
  }

  @Test
  void leaseIsLostBeforeItsTimeIsOverWhenNobodyAnswers() {
    long told = book.granted(1, 9 * SECOND, T0);
    assertThat(told - T0).isBetween(8_700 * MILLI, 9 * SECOND - 20 * MILLI);
    assertThat(lostAt(1, T0, MANY) - told).isBetween(0L, MILLI);
    assertThat(book.size()).isZero();
  }

  @Test
  void leaseIsLostInTimeWithoutConnection() {
    long told = book.granted(1, SECOND, T0);
    assertThat(lostAt(1, T0, 0) - told).isBetween(0L, MILLI);
  }

  @Test
  void leaseGrantedTooLateIsLostAtOnce() {
    book.granted(1, SECOND, T0);
    assertThat(book.work(T0 + 2 * SECOND, MANY))
        .isEqualTo(new LeaseBook.Work(List.of(), List.of(1L), false));
  }

  @Test
  void unansweredRenewalStallsAndIsSentAgainAfterDisconnect() {
    book.granted(1, 9 * SECOND, T0);
    long sent = renewedAt(1, T0);
    long at = sent;
    while (!book.work(at, MANY).isStalled()) {
      at += MILLI;
    }
    assertThat(at - sent).isBetween(250 * MILLI, 2_000 * MILLI);
    book.disconnected(at);
    assertThat(book.work(at, MANY).renew()).containsExactly(1L);
    assertThat(book.renewed(1, 9 * SECOND) - at).isGreaterThan(8_700 * MILLI);
  }

  @Test
  void answerOfEarlierConnectionProlongsNothing() {
    long told = book.granted(1, 9 * SECOND, T0);
    long sent = renewedAt(1, T0);
    book.disconnected(sent);
    assertThat(book.renewed(1, 9 * SECOND)).isEqualTo(told);
  }

  @Test
  void whatIsNotThereIsNeitherRenewedNorLost() {
    book.granted(1, 9 * SECOND, T0);
    assertThat(book.remove(1)).isTrue();
    assertThat(book.remove(1)).isFalse();
    assertThat(book.renewed(1, 9 * SECOND)).isZero();
    for (long at = T0; at - T0 < 20 * SECOND; at += 10 * MILLI) {
      assertThat(book.work(at, MANY)).isEqualTo(new LeaseBook.Work(List.of(), List.of(), false));
    }
  }

  @Test
  void memberMayShortenOrProlongATimeToLive() {
    book.granted(1, 9 * SECOND, T0);
    long sent = renewedAt(1, T0);
    assertThat(book.renewed(1, 3 * SECOND) - sent).isLessThan(3 * SECOND);
    long again = renewedAt(1, sent);
    assertThat(again - sent).isBetween(800 * MILLI, 1_000 * MILLI);
    assertThat(book.renewed(1, 60 * SECOND) - again).isGreaterThan(58 * SECOND);
  }

  @Test
  void longestTimeToLiveOfEtcdIsKept() {
    long told = book.granted(1, 9_000_000_000L * SECOND, T0);
    assertThat(told - T0).isPositive();
    assertThat(book.work(T0 + 60 * SECOND, MANY))
        .isEqualTo(new LeaseBook.Work(List.of(), List.of(), false));
  }

  @Test
  void manyLeasesAreAllRenewedInTimeByBoundedParts() {
    int leases = 25_000;
    Set<Long> renewed = new HashSet<>();
    for (long id = 1; id <= leases; id++) {
      book.granted(id, 5 * SECOND, T0);
    }
    for (long at = T0; at - T0 < 4 * SECOND; at += 10 * MILLI) {
      LeaseBook.Work work = book.work(at, MANY);
      assertThat(work.renew()).hasSizeLessThanOrEqualTo(MANY);
      assertThat(work.lost()).isEmpty();
      for (long id : work.renew()) {
        renewed.add(id);
        book.renewed(id, 5 * SECOND);
      }
    }
    assertThat(renewed).hasSize(leases);
    assertThat(book.size()).isEqualTo(leases);
  }

  @Test
  void manyLeasesAreRenewedAtOnceWhenTheConnectionComesBack() {
    int leases = 25_000;
    for (long id = 1; id <= leases; id++) {
      book.granted(id, 5 * SECOND, T0);
    }
    for (long at = T0; at - T0 < 4 * SECOND; at += 10 * MILLI) {
      assertThat(book.work(at, 0).renew()).isEmpty();
    }
    Set<Long> renewed = new HashSet<>();
    for (long at = T0 + 4 * SECOND; at - T0 < 4_300 * MILLI; at += 10 * MILLI) {
      for (long id : book.work(at, MANY).renew()) {
        renewed.add(id);
        book.renewed(id, 5 * SECOND);
      }
    }
    assertThat(renewed).hasSize(leases);
  }

  @Test
  void leasesThatAreGoneLeaveNothing() {
    for (long id = 1; id <= 100_000; id++) {
      book.granted(id, 86_400 * SECOND, T0);
      book.remove(id);
    }
    assertThat(book.turns()).isLessThan(1_000);
  }

  @Test
  void thoseThatWaitLongestAreRenewedFirst() {
    for (long id = 1; id <= 300; id++) {
      book.granted(id, 30 * SECOND, T0 + id * 100 * MILLI);
      book.work(T0 + id * 100 * MILLI, 0);
    }
    List<Long> renewed = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      renewed.addAll(book.work(T0 + 31 * SECOND, 5).renew());
    }
    assertThat(renewed).hasSize(150);
    assertThat(renewed).allMatch(id -> id <= 230);
    assertThat(renewed.subList(0, 50)).allMatch(id -> id <= 80);
  }

  // A random schedule against a member that expires leases as late as it may.

  /** What a member knows, and what is on the way to it and from it. */
  private static final class Model {
    final Map<Long, Long> expiry = new HashMap<>();
    final Map<Long, Long> held = new HashMap<>();
    final List<Answer> answers = new ArrayList<>();

    /** A renewal that is answered; the member did it at {@code doneAt}. */
    record Answer(long id, long arrivesAt) {}
  }

  private static void assertNoneHeldBeyondItsTime(Model model, long now, int seed) {
    model.held.forEach(
        (id, until) -> {
          if (now - until < 0) {
            assertThat(now - model.expiry.get(id)).as("seed %s, lease %s", seed, id).isNegative();
          }
        });
  }

  @Test
  void noLeaseIsHeldThatAMemberCanHaveExpired() {
    for (int seed = 0; seed < 300; seed++) {
      Random luck = new Random(seed);
      LeaseBook tried = new LeaseBook(luck);
      Model model = new Model();
      long ttl = (1 + luck.nextInt(5)) * SECOND;
      int lossPercent = luck.nextInt(3) * 40;
      for (long at = T0; at - T0 < 20 * SECOND; at += (1 + luck.nextInt(60)) * MILLI) {
        if (luck.nextInt(20) == 0) {
          // It was granted the moment it was asked for: as early as can be.
          long id = model.expiry.size();
          long asked = at - luck.nextInt(300) * MILLI;
          model.expiry.put(id, asked + ttl);
          model.held.put(id, tried.granted(id, ttl, asked));
        }
        step(tried, model, at, ttl, lossPercent, luck);
        assertNoneHeldBeyondItsTime(model, at, seed);
      }
    }
  }

  private static void step(
      LeaseBook book, Model model, long at, long ttl, int lossPercent, Random luck) {
    LeaseBook.Work work = book.work(at, luck.nextInt(4));
    work.lost().forEach(model.held::remove);
    for (long id : work.renew()) {
      if (luck.nextInt(100) >= lossPercent) {
        model.expiry.put(id, at + ttl);
        if (luck.nextInt(100) >= lossPercent) {
          model.answers.add(new Model.Answer(id, at + luck.nextInt(400) * MILLI));
        }
      }
    }
    if (work.isStalled() || luck.nextInt(200) == 0) {
      book.disconnected(at);
      model.answers.clear();
    }
    for (Model.Answer answer : List.copyOf(model.answers)) {
      if (at - answer.arrivesAt() >= 0) {
        model.answers.remove(answer);
        if (model.held.containsKey(answer.id())) {
          model.held.put(answer.id(), book.renewed(answer.id(), ttl));
        }
      }
    }
  }

  @Test
  void noLeaseIsLostWhileTheMemberAnswers() {
    for (int seed = 0; seed < 100; seed++) {
      Random luck = new Random(seed);
      LeaseBook tried = new LeaseBook(luck);
      List<Model.Answer> answers = new ArrayList<>();
      long ttl = (1 + luck.nextInt(5)) * SECOND;
      for (long id = 0; id < 200; id++) {
        tried.granted(id, ttl, T0 - luck.nextInt(100) * MILLI);
      }
      for (long at = T0; at - T0 < 20 * SECOND; at += (8 + luck.nextInt(10)) * MILLI) {
        LeaseBook.Work work = tried.work(at, 64);
        assertThat(work.lost()).as("seed %s", seed).isEmpty();
        for (long id : work.renew()) {
          answers.add(new Model.Answer(id, at + luck.nextInt(150) * MILLI));
        }
        for (Model.Answer answer : List.copyOf(answers)) {
          if (at - answer.arrivesAt() >= 0) {
            answers.remove(answer);
            tried.renewed(answer.id(), ttl);
          }
        }
      }
    }
  }
}
