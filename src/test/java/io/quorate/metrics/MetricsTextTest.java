package io.quorate.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The text that Prometheus reads. */
class MetricsTextTest {
  private final MetricsText page = new MetricsText();

  private static long millis(long count) {
    return TimeUnit.MILLISECONDS.toNanos(count);
  }

  @Test
  void writesOneHeadForEachFamilyAndItsSamplesBehindIt() {
    Counter counter = new Counter();
    counter.increment();
    counter.add(2);
    page.gauge("a", "An a.", -5).counter("b_total", "B.", counter);
    page.family("c", MetricsText.Type.GAUGE, "C.")
        .sample(MetricsText.labels("x", "1", "y", "2"), 7)
        .sampleOfNanos("", 1_500_000_000L);
    assertThat(page)
        .hasToString(
            """
            # HELP a An a.
            # TYPE a gauge
            a -5
            # HELP b_total B.
            # TYPE b_total counter
            b_total 3
            # HELP c C.
            # TYPE c gauge
            c{x="1",y="2"} 7
            c 1.5
            """);
  }

  @Test
  void countsBelowEachBoundWhichBelongsToItsBucket() {
    Histogram histogram = new Histogram(0.001, 0.25, 1, 2.5);
    histogram.observeNanos(0);
    histogram.observeNanos(millis(1));
    histogram.observeNanos(millis(1) + 1);
    histogram.observeNanos(millis(2_500));
    histogram.observeNanos(millis(10_000));
    assertThat(histogram.count()).isEqualTo(5);
    assertThat(page.histogram("h", "H.", histogram))
        .hasToString(
            """
            # HELP h H.
            # TYPE h histogram
            h_bucket{le="0.001"} 2
            h_bucket{le="0.25"} 3
            h_bucket{le="1"} 3
            h_bucket{le="2.5"} 4
            h_bucket{le="+Inf"} 5
            h_sum 12.502000001
            h_count 5
            """);
  }

  @Test
  void writesBoundsThatDoubleAsGoDoes() {
    page.histogram("h", "H.", Histogram.doubling(0.0001, 16));
    String bounds =
        Pattern.compile("le=\"([^\"]+)\"")
            .matcher(page.toString())
            .results()
            .map(found -> found.group(1))
            .reduce((one, two) -> one + " " + two)
            .orElse("");
    // As etcd 3.7.3 shows them for the time between members.
    assertThat(bounds)
        .isEqualTo(
            "0.0001 0.0002 0.0004 0.0008 0.0016 0.0032 0.0064 0.0128 0.0256 0.0512 0.1024 0.2048"
                + " 0.4096 0.8192 1.6384 3.2768 +Inf");
  }

  @Test
  void labelsOfHistogramsComeBeforeTheBound() {
    page.family("h", MetricsText.Type.HISTOGRAM, "H.")
        .samples(MetricsText.labels("To", "ab"), new Histogram(1));
    assertThat(page.toString())
        .contains("h_bucket{To=\"ab\",le=\"1\"} 0\n", "h_sum{To=\"ab\"} 0\n");
  }

  @Test
  void escapesWhatALabelMayNotHold() {
    assertThat(MetricsText.labels("a", "\"\\\n")).isEqualTo("a=\"\\\"\\\\\\n\"");
  }

  @Test
  void refusesTheSameFamilyTwice() {
    page.gauge("a", "A.", 1);
    assertThatThrownBy(() -> page.gauge("a", "A.", 1)).hasMessageContaining("called a");
  }

  @Test
  void timesWhatEndsHoweverItEnds() {
    Histogram histogram = new Histogram(1);
    CompletableFuture<String> good = new CompletableFuture<>();
    CompletableFuture<String> bad = new CompletableFuture<>();
    assertThat(histogram.timing(good)).isSameAs(good);
    assertThat(histogram.timing(bad)).isSameAs(bad);
    assertThat(histogram.count()).isZero();
    good.complete("");
    bad.completeExceptionally(new IllegalStateException());
    assertThat(histogram.count()).isEqualTo(2);
  }
}
