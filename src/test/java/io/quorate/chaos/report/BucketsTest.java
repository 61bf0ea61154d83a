package io.quorate.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Step;
import org.junit.jupiter.api.Test;

class BucketsTest {
  private static void add(Buckets buckets, long second) {
    Request request = Request.of(new Step.Read("k"));
    buckets.add(SampleRun.done("a-0", second * SampleRun.SECOND, 1, request, 1));
  }

  @Test
  void areASecondWideInAShortRun() {
    Buckets buckets = new Buckets();
    add(buckets, 0);
    add(buckets, 2);
    add(buckets, 2);
    assertThat(buckets.widthNanos()).isEqualTo(SampleRun.SECOND);
    assertThat(buckets.tallies())
        .extracting(each -> each.count(Outcome.DONE))
        .containsExactly(1L, 0L, 2L);
  }

  @Test
  void widenWithoutLosingAnOperation() {
    Buckets buckets = new Buckets();
    for (int second = 0; second < 3600; second++) {
      add(buckets, second);
      assertThat(buckets.tallies().size()).isLessThanOrEqualTo(Buckets.BUCKETS_MAX);
    }
    assertThat(buckets.widthNanos()).isEqualTo(8 * SampleRun.SECOND);
    assertThat(buckets.tallies())
        .hasSize(450)
        .allSatisfy(each -> assertThat(each.count(Outcome.DONE)).isEqualTo(8))
        .allSatisfy(each -> assertThat(each.latencies().count()).isEqualTo(8));
  }

  @Test
  void takeOneThatCameMuchLater() {
    Buckets buckets = new Buckets();
    add(buckets, 599);
    add(buckets, 100_000_000);
    assertThat(buckets.tallies().size()).isLessThanOrEqualTo(Buckets.BUCKETS_MAX);
    assertThat(buckets.tallies().get(0).all()).isEqualTo(1);
  }
}
