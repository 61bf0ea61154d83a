package io.quorate.bench;

import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * The process of one client, which does what {@code bench/client} tells it on standard input and
 * answers each line with one that begins with {@code figures} or {@code failed}. What it is the
 * process of says the name of a {@link Subject}.
 */
public final class ClientLoad {
  private static final long FIRST_SECONDS_MAX = 30;

  private ClientLoad() {}

  /**
   * Runs it.
   *
   * @param args class of the subject, URL of the member, and {@code once} to end after the first
   *     answer
   */
  public static void main(String[] args) throws Exception {
    long begin = System.nanoTime();
    Subject subject =
        (Subject) Class.forName(args[0]).getConstructor(String.class).newInstance(args[1]);
    boolean isOnce = args.length > 2 && args[2].equals("once");
    if (!isOnce) {
      for (int i = 0; i < Subject.KEYS; i++) {
        subject.put(i).get(FIRST_SECONDS_MAX, TimeUnit.SECONDS);
      }
    }
    Object answer = subject.get().get(FIRST_SECONDS_MAX, TimeUnit.SECONDS);
    double millis = (System.nanoTime() - begin) / 1e6;
    if (!subject.holdsValue(answer)) {
      throw new IllegalStateException("another value was read: " + answer);
    }
    Orders.say(String.format(Locale.ROOT, "first=%.1f", millis));
    if (!isOnce) {
      Orders.obey(words -> done(subject, words));
    }
    // Threads of a client that does not end by itself are no figure here.
    Runtime.getRuntime().halt(0);
  }

  private static String done(Subject subject, String[] words) throws Exception {
    return switch (words[0]) {
      case "get", "put" -> calls(subject, words);
      case "watch" -> WatchLoad.run(subject, Long.parseLong(words[1]), Long.parseLong(words[2]));
      case "leases" ->
          new LeaseLoad(subject)
              .hold(
                  Integer.parseInt(words[1]),
                  Integer.parseInt(words[2]),
                  Integer.parseInt(words[3]));
      default -> throw new IllegalArgumentException("no such word: " + words[0]);
    };
  }

  /** {@code get|put block|chain callers seconds}. */
  private static String calls(Subject subject, String[] words) throws Exception {
    CallLoad load = new CallLoad(subject, words[0].equals("put"), Double.parseDouble(words[3]));
    return words[1].equals("block") ? load.blocking() : load.chained(Integer.parseInt(words[2]));
  }
}
