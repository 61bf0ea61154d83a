package io.quorate.utl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
  private final StringWriter text = new StringWriter();
  private long now = TimeUnit.SECONDS.toNanos(5);

  private ProgressBar bar(boolean shown) {
    return new ProgressBar(new PrintWriter(text), "restoring", shown, () -> now);
  }

  @Test
  void showsHowMuchIsDoneAndHowFastAtMostTenTimesASecond() {
    ProgressBar bar = bar(true);
    bar.show(1 << 20, 4 << 20);
    assertThat(text.toString()).isEmpty();
    now += TimeUnit.MILLISECONDS.toNanos(500);
    bar.show(2 << 20, 4 << 20);
    bar.show(3 << 20, 4 << 20);
    assertThat(text.toString())
        .isEqualTo(
            "\r\u001b[Krestoring [###############---------------]  50 %, 2.0 MiB, 4.0 MiB/s");
    bar.end();
    assertThat(text.toString()).endsWith("MiB/s\r\u001b[K");
  }

  @Test
  void doesNotEndBeyondWhatWasExpected() {
    ProgressBar bar = bar(true);
    now += TimeUnit.SECONDS.toNanos(1);
    bar.show(3 << 20, 2 << 20);
    assertThat(text.toString()).contains("[##############################] 100 %, 3.0 MiB");
  }

  @Test
  void saysHowMuchWhereNobodyKnowsOfHowMuch() {
    ProgressBar bar = bar(true);
    now += TimeUnit.SECONDS.toNanos(2);
    bar.show(3 << 20, 0);
    assertThat(text.toString()).isEqualTo("\r\u001b[Krestoring 3.0 MiB, 1.5 MiB/s");
  }

  @Test
  void isSilentWhereThereIsNoTerminal() {
    ProgressBar bar = bar(false);
    now += TimeUnit.SECONDS.toNanos(2);
    bar.show(3 << 20, 4 << 20);
    bar.end();
    assertThat(text.toString()).isEmpty();
  }
}
