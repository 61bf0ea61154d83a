package io.quorate.client;

import io.quorate.base.Bytes;
import java.time.Duration;

/**
 * What is to be told of some keys. Source: {@code etcdserverpb.WatchCreateRequest}.
 *
 * @param keys which ones
 * @param begin where it begins
 * @param filter what is left out
 * @param returnsPrevious whether changes say what was there before
 * @param quiet after how long without a signal a {@link WatchSignal.Bookmark} is asked for, which
 *     also shows that the member is still there; at least {@link #QUIET_MIN}
 */
public record Watch(
    Interval keys, Begin begin, Filter filter, boolean returnsPrevious, Duration quiet) {
  /** The least that {@link #quiet} can be. */
  public static final Duration QUIET_MIN = Duration.ofMillis(100);

  private static final Duration QUIET = Duration.ofSeconds(5);

  /** What is left out of the changes. */
  public enum Filter {
    NOTHING,
    PUTS,
    DELETES
  }

  /** Where a watch begins. */
  public sealed interface Begin {
    /** With what is written after it was opened. */
    record Now() implements Begin {}

    /** With all keys as they are, and then with what is written. */
    record List() implements Begin {}

    /**
     * With a revision.
     *
     * @param revision the first that is told, above 0
     */
    record At(long revision) implements Begin {}
  }

  /** Checks the bounds. */
  public Watch {
    if (quiet.compareTo(QUIET_MIN) < 0) {
      throw new IllegalArgumentException("quiet is " + quiet + ", below " + QUIET_MIN);
    }
    if (begin instanceof Begin.At at && at.revision() <= 0) {
      throw new IllegalArgumentException("a watch begins at revision 1 or later: " + at.revision());
    }
  }

  /** Watches {@code keys} from now on. */
  public static Watch of(Interval keys) {
    return new Watch(keys, new Begin.Now(), Filter.NOTHING, false, QUIET);
  }

  /** Watches one key from now on. */
  public static Watch of(Bytes key) {
    return of(Interval.of(key));
  }

  /** Watches one key, in UTF-8, from now on. */
  public static Watch of(String key) {
    return of(Interval.of(key));
  }

  /** Watches all keys with a prefix from now on. */
  public static Watch prefix(String prefix) {
    return of(Interval.prefix(prefix));
  }

  /** The same, beginning with {@code revision}, above 0. */
  public Watch at(long revision) {
    return new Watch(keys, new Begin.At(revision), filter, returnsPrevious, quiet);
  }

  /** The same, beginning with all keys as they are. */
  public Watch withList() {
    return new Watch(keys, new Begin.List(), filter, returnsPrevious, quiet);
  }

  /** The same, which leaves something out. */
  public Watch without(Filter left) {
    return new Watch(keys, begin, left, returnsPrevious, quiet);
  }

  /** The same, whose changes say what was there before. */
  public Watch withPrevious() {
    return new Watch(keys, begin, filter, true, quiet);
  }

  /** The same, which asks for a bookmark after {@code silence}. */
  public Watch quiet(Duration silence) {
    return new Watch(keys, begin, filter, returnsPrevious, silence);
  }
}
