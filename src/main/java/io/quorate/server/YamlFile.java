package io.quorate.server;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * The file of {@code --config-file}: one YAML mapping whose keys are the names of the flags. While
 * there is one, flags and variables count for nothing. As in etcd, unknown keys are passed over,
 * the case of keys is too, numbers are numbers, and durations are whole nanoseconds.
 */
final class YamlFile {
  /** Keys of etcd's file that hold a mapping of settings which this version does not have. */
  private static final Set<String> GROUPS = Set.of("discovery-config", "socket-options");

  private static final String PEER_SECURITY = "peer-transport-security";
  private static final String CLIENT_SECURITY = "client-transport-security";

  /** No flag stands for it where clients are meant, and to pass over it would let them in. */
  private static final String ALLOWED_CN = "allowed-cn";

  private final String path;
  private final FlagValues values = new FlagValues();

  private YamlFile(String path) {
    this.path = path;
  }

  /** Reads the file at {@code path}. */
  static FlagValues read(String path) throws ConfigException {
    YamlFile file = new YamlFile(path);
    Object root = parse(path, text(path));
    if (root instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        file.put(String.valueOf(entry.getKey()).toLowerCase(Locale.ROOT), entry.getValue());
      }
    } else if (root != null) {
      throw ConfigException.verify("config file " + path + " holds no mapping");
    }
    return file.values;
  }

  private static String text(String path) throws ConfigException {
    try {
      return Files.readString(Path.of(path));
    } catch (NoSuchFileException e) {
      throw ConfigException.verify("open " + path + ": no such file or directory");
    } catch (AccessDeniedException e) {
      throw ConfigException.verify("open " + path + ": permission denied");
    } catch (IOException | InvalidPathException e) {
      throw ConfigException.verify("read " + path + ": " + e.getMessage());
    }
  }

  private static @Nullable Object parse(String path, String text) throws ConfigException {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(true);
    try {
      return new Yaml(new SafeConstructor(options)).load(text);
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      throw ConfigException.verify(
          "config file " + path + " is no YAML: line " + line + ": " + e.getProblem());
    } catch (YAMLException e) {
      throw ConfigException.verify("config file " + path + " is no YAML: " + e.getMessage());
    }
  }

  private void put(String key, @Nullable Object value) throws ConfigException {
    if (value == null) {
      return;
    }
    if (GROUPS.contains(key)) {
      if (!isNothing(value)) {
        throw refused(key);
      }
      return;
    }
    boolean isOfPeers = key.equals(PEER_SECURITY);
    if ((isOfPeers || key.equals(CLIENT_SECURITY)) && value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        String inner = String.valueOf(entry.getKey()).toLowerCase(Locale.ROOT);
        if (!isOfPeers && inner.equals(ALLOWED_CN) && !isNothing(entry.getValue())) {
          throw refused(key + ": " + inner);
        }
        put(isOfPeers ? peerFlag(inner) : clientFlag(inner), entry.getValue());
      }
      return;
    }
    Flag flag = FlagTable.find(key);
    if (flag == null || flag.support() == Flag.Support.IGNORED || isOnlyFlag(key)) {
      return;
    }
    try {
      String text = scalar(flag, value);
      if (flag.kind() == Flag.Kind.STATE) {
        checkState(text);
      }
      if (!text.isEmpty() || flag.kind() == Flag.Kind.STRING) {
        values.put(flag, text);
      }
    } catch (GoText.BadValue e) {
      throw ConfigException.verify(
          flag.kind() == Flag.Kind.URLS
              ? "unexpected error setting up " + key + ": " + e.getMessage()
              : "config file " + path + ": " + key + ": " + e.getMessage());
    }
    if (key.equals(values.refused())) {
      throw refused(key);
    }
  }

  /** The flag that the key of a peer's security stands for. */
  private static String peerFlag(String key) {
    return key.startsWith("allowed-") ? "peer-cert-" + key : "peer-" + key;
  }

  private static String clientFlag(String key) {
    return key.equals("allowed-hostname") ? FlagTable.CLIENT_CERT_ALLOWED_HOSTNAME : key;
  }

  private static boolean isOnlyFlag(String key) {
    return key.equals(FlagTable.CONFIG_FILE) || key.equals(FlagTable.VERSION);
  }

  private static void checkState(String text) throws ConfigException {
    if (!text.isEmpty() && !text.equals("new") && !text.equals("existing")) {
      throw ConfigException.verify("unexpected clusterState " + GoText.quote(text));
    }
  }

  private static String scalar(Flag flag, Object value) throws GoText.BadValue {
    return switch (flag.kind()) {
      case BOOL -> {
        if (value instanceof Boolean) {
          yield value.toString();
        }
        throw expected("true or false", value);
      }
      case UINT, INT -> {
        if (value instanceof Integer || value instanceof Long || isBig(value)) {
          yield value.toString();
        }
        throw expected("a whole number", value);
      }
      case DURATION -> {
        if (value instanceof Integer || value instanceof Long) {
          yield value + "ns";
        }
        throw expected("a whole number of nanoseconds", value);
      }
      case STRING, URLS, STATE -> {
        if (value instanceof String text) {
          yield text;
        }
        if (value instanceof Collection<?> list && flag.kind() == Flag.Kind.STRING) {
          yield list.stream().map(String::valueOf).collect(Collectors.joining(","));
        }
        throw expected("a string", value);
      }
    };
  }

  private static boolean isBig(Object value) {
    return value instanceof java.math.BigInteger;
  }

  private static GoText.BadValue expected(String what, Object value) {
    return new GoText.BadValue("expected " + what + ", got " + GoText.quote(value.toString()));
  }

  private static boolean isNothing(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return map.values().stream().allMatch(YamlFile::isNothing);
    }
    if (value instanceof Collection<?> list) {
      return list.isEmpty();
    }
    return value == null || value.equals(false) || value.equals("");
  }

  private ConfigException refused(String key) {
    return ConfigException.verify(
        "config file "
            + path
            + ": "
            + key
            + " is known to etcd, but this version only takes its default");
  }
}
