package io.quorate.embedded;

import java.lang.reflect.Field;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A program that embeds three members and ends without closing them. What it finds it says on
 * standard output.
 */
public final class HostProgram {
  private HostProgram() {}

  /** Needs java.lang opened if {@code args} has "hooks", and nothing else. */
  public static void main(String[] args) throws Exception {
    boolean countsHooks = args.length > 0 && args[0].equals("hooks");
    Set<String> before = countsHooks ? hooks() : Set.of();
    try (Quorate quorate = Quorate.start()) {
      putAndGet(quorate);
    }
    if (countsHooks) {
      Set<String> left = new TreeSet<>(hooks());
      left.removeAll(before);
      System.out.println("hooks left: " + left);
    }
    Quorate three = Quorate.start(QuorateOptions.defaults().withMembers(3));
    putAndGet(three);
    System.out.println("ready at " + three.endpoints());
  }

  private static void putAndGet(Quorate quorate) {
    try (Keys keys = new Keys(quorate.endpoints().get(0))) {
      keys.put("k", "v");
      System.out.println("got " + keys.get("k"));
    }
  }

  private static Set<String> hooks() throws ReflectiveOperationException {
    Field hooks = Class.forName("java.lang.ApplicationShutdownHooks").getDeclaredField("hooks");
    hooks.setAccessible(true);
    return ((Map<?, ?>) hooks.get(null))
        .keySet().stream()
            .map(thread -> thread + " " + thread.getClass().getName())
            // Of the client, which logs to java.util.logging.
            .filter(hook -> !hook.contains("java.util.logging"))
            .collect(Collectors.toCollection(TreeSet::new));
  }
}
