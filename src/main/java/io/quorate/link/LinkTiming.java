package io.quorate.link;

import io.quorate.base.Check;
import java.time.Duration;

/**
 * How long links wait. All are positive.
 *
 * @param redial the pause before a link that broke is dialled again; it doubles up to {@code
 *     redialMax} while nobody answers
 * @param redialMax the longest of these pauses
 * @param dial how long the operating system may take to connect
 * @param preface how long the other side may take for its first frame
 * @param keepAlive how long a side says nothing before it says that it lives
 * @param silence after how long without a byte the other side counts as gone; noticed within a
 *     quarter more
 * @param probe when the other side has closed a link, it is dialled again at once, to see whether
 *     its process is gone; how long it may take until that is known
 */
public record LinkTiming(
    Duration redial,
    Duration redialMax,
    Duration dial,
    Duration preface,
    Duration keepAlive,
    Duration silence,
    Duration probe) {
  /** What members use. */
  public static final LinkTiming DEFAULT =
      new LinkTiming(
          Duration.ofMillis(50),
          Duration.ofMillis(500),
          Duration.ofSeconds(1),
          Duration.ofSeconds(5),
          Duration.ofSeconds(1),
          Duration.ofSeconds(5),
          Duration.ofMillis(250));

  /** Checks that silence is longer than what keeps it away. */
  public LinkTiming {
    Check.that(silence.compareTo(keepAlive) > 0, "silence %s, keep-alive %s", silence, keepAlive);
  }
}
