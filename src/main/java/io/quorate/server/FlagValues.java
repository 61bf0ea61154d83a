package io.quorate.server;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was set, by flag: text that has passed its flag's check. Confined to the thread that reads
 * the configuration.
 */
final class FlagValues {
  private final Map<String, String> set = new LinkedHashMap<>();

  /** Notes {@code value}; a later one of the same flag wins. */
  void put(Flag flag, String value) throws GoText.BadValue {
    if (flag.support() != Flag.Support.IGNORED) {
      flag.kind().check(value);
    }
    set.put(flag.name(), value);
  }

  /** Whether the flag was given, even with its default or empty. */
  boolean isSet(String name) {
    return set.containsKey(name);
  }

  /** The value given, or the default. An empty list of URLs means the default, as in etcd. */
  String text(String name) {
    Flag flag = FlagTable.get(name);
    String value = set.getOrDefault(name, flag.preset());
    return value.isEmpty() && flag.kind() == Flag.Kind.URLS ? flag.preset() : value;
  }

  /** The number given, or the default. */
  long number(String name) {
    try {
      return FlagTable.get(name).kind() == Flag.Kind.INT
          ? GoText.parseSigned(text(name))
          : GoText.parseUnsigned(text(name));
    } catch (GoText.BadValue e) {
      throw unchecked(name, e);
    }
  }

  /** Whether the flag is true. */
  boolean isTrue(String name) {
    try {
      return GoText.parseBool(text(name));
    } catch (GoText.BadValue e) {
      throw unchecked(name, e);
    }
  }

  /** The first flag whose value needs something that this version does not have; empty for none. */
  String refused() {
    for (Map.Entry<String, String> entry : set.entrySet()) {
      Flag flag = FlagTable.get(entry.getKey());
      if (flag.support() == Flag.Support.PRESET_ONLY && !flag.isPreset(entry.getValue())) {
        return flag.name();
      }
    }
    return "";
  }

  private static IllegalStateException unchecked(String name, GoText.BadValue cause) {
    return new IllegalStateException("flag " + name + " was not checked", cause);
  }
}
