package io.quorate.server;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The {@code ETCD_*} variables, each standing for a flag. */
final class Environment {
  private static final Logger LOG = LoggerFactory.getLogger(Environment.class);
  private static final String PREFIX = "ETCD_";
  private static final String VERSION = "ETCD_VERSION";
  private static final String ARCHITECTURE = "ETCD_UNSUPPORTED_ARCH";

  private Environment() {}

  /**
   * Adds to {@code values} what {@code env} sets and the command line does not. A variable that a
   * flag of the command line hides is an error, as in etcd; one that stands for no flag is only
   * warned of. Returns what is to be said about it once there is a log.
   */
  static List<Runnable> apply(Map<String, String> env, FlagValues values) throws ConfigException {
    List<Runnable> lines = new ArrayList<>();
    Set<String> used = new HashSet<>();
    for (Flag flag : FlagTable.all()) {
      String variable = flag.variable();
      String value = env.getOrDefault(variable, "");
      if (value.isEmpty() || variable.equals(VERSION)) {
        continue;
      }
      used.add(variable);
      if (values.isSet(flag.name())) {
        throw ConfigException.start(
            "conflicting environment variable "
                + GoText.quote(variable)
                + " is shadowed by corresponding command-line flag (either unset environment"
                + " variable or disable flag)");
      }
      set(flag, value, values);
      lines.add(
          () ->
              LOG.atInfo()
                  .addKeyValue("variable-name", variable)
                  .addKeyValue("variable-value", value)
                  .log("recognized and used environment variable"));
    }
    warnOfRest(lines, env, used);
    return lines;
  }

  private static void set(Flag flag, String value, FlagValues values) throws ConfigException {
    try {
      values.put(flag, value);
    } catch (GoText.BadValue e) {
      throw ConfigException.verify(
          "invalid value "
              + GoText.quote(value)
              + " for "
              + flag.variable()
              + ": "
              + e.getMessage());
    }
    if (flag.name().equals(values.refused())) {
      throw ConfigException.verify(
          flag.variable()
              + " is known to etcd, but this version only takes its default, not "
              + GoText.quote(value));
    }
  }

  private static void warnOfRest(List<Runnable> lines, Map<String, String> env, Set<String> used) {
    new TreeMap<>(env)
        .forEach(
            (variable, value) -> {
              if (variable.startsWith(PREFIX)
                  && !variable.equals(ARCHITECTURE)
                  && !used.contains(variable)) {
                lines.add(
                    () ->
                        LOG.atWarn()
                            .addKeyValue("environment-variable", variable + "=" + value)
                            .log("unrecognized environment variable"));
              }
            });
  }
}
