package io.quorate.chaos;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a run is run against. */
sealed interface Target {
  /** The most members. */
  int MEMBERS_MAX = 7;

  /** By flag, as the command line takes it. */
  Map<String, String> asText();

  /** How many members there are. */
  int members();

  /**
   * A cluster that the harness starts.
   *
   * @param command the program of a member and its first arguments
   * @param members how many
   */
  record Own(List<String> command, int members) implements Target {
    /** Copies the list, and checks the number. */
    public Own {
      command = List.copyOf(command);
      check(members);
    }

    @Override
    public Map<String, String> asText() {
      Map<String, String> text = new LinkedHashMap<>();
      text.put("--program", String.join(" ", command));
      text.put("--members", Integer.toString(members));
      return text;
    }
  }

  /**
   * A cluster that somebody else runs.
   *
   * @param endpoints the URL of each member, by name
   * @param hook the program that does faults to it, and its first arguments; nothing if there is
   *     none
   */
  record Foreign(Map<String, String> endpoints, List<String> hook) implements Target {
    /** Copies what can change, and checks the number. */
    public Foreign {
      endpoints = Collections.unmodifiableMap(new LinkedHashMap<>(endpoints));
      hook = List.copyOf(hook);
      check(endpoints.size());
    }

    /**
     * As the command line says it.
     *
     * @param endpoints URLs by comma, each behind a name and {@code =} or named by its place
     */
    static Foreign parse(String endpoints, String hook) {
      Map<String, String> byName = new LinkedHashMap<>();
      for (String each : endpoints.strip().split(" *, *", -1)) {
        int equals = each.indexOf('=');
        String name = equals > 0 ? each.substring(0, equals) : "m" + (byName.size() + 1);
        String url = each.substring(equals > 0 ? equals + 1 : 0);
        if (url.isBlank() || byName.put(name, url) != null) {
          throw new IllegalArgumentException(
              "--endpoints are m1=http://host:port,m2=..., each name once, not " + endpoints);
        }
      }
      return new Foreign(byName, hook.isBlank() ? List.of() : List.of(hook.strip().split(" +")));
    }

    @Override
    public int members() {
      return endpoints.size();
    }

    @Override
    public Map<String, String> asText() {
      Map<String, String> text = new LinkedHashMap<>();
      List<String> named =
          endpoints.entrySet().stream().map(it -> it.getKey() + "=" + it.getValue()).toList();
      text.put("--endpoints", String.join(",", named));
      text.put("--hook", String.join(" ", hook));
      return text;
    }
  }

  private static void check(int members) {
    if (members < 1 || members > MEMBERS_MAX || members % 2 == 0) {
      throw new IllegalArgumentException("--members is 1, 3, 5 or 7, not " + members);
    }
  }
}
