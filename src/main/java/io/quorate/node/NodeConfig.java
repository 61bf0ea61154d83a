package io.quorate.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The configuration of a member's actor system. Stateless. */
final class NodeConfig {
  private static final String SERIALIZERS = "pekko.actor.serializers";
  private static final String BINDINGS = "pekko.actor.serialization-bindings";

  /** Who speaks with actors of other processes; a member's own actors do not. */
  private static final List<String> REMOTE =
      List.of("org.apache.pekko.remote.", "org.apache.pekko.cluster.");

  private NodeConfig() {}

  static Config of(Path journalDir, Config overrides) {
    ClassLoader loader = NodeConfig.class.getClassLoader();
    Config all =
        ConfigFactory.parseMap(
                Map.of(
                    "quorate.journal.dir", journalDir.toString(),
                    "quorate.snapshot-store.dir",
                        journalDir.resolveSibling("snapshots").toString()))
            .withFallback(overrides)
            .withFallback(ConfigFactory.parseResources(loader, "quorate-node.conf"))
            .withFallback(ConfigFactory.defaultReferenceUnresolved(loader))
            .resolve();
    return withoutRemoteSerializers(all);
  }

  /**
   * All serializers of a system are loaded when it starts. Those of the fleet lie on the class path
   * too, but have no work here, and cost time.
   */
  private static Config withoutRemoteSerializers(Config all) {
    Config config = all;
    for (Map.Entry<String, ConfigValue> entry : all.getObject(SERIALIZERS).entrySet()) {
      String type = String.valueOf(entry.getValue().unwrapped());
      if (REMOTE.stream().anyMatch(type::startsWith)) {
        config = config.withoutPath(SERIALIZERS + "." + ConfigUtil.quoteString(entry.getKey()));
      }
    }
    Config kept = config.getConfig(SERIALIZERS);
    for (Map.Entry<String, ConfigValue> entry : all.getObject(BINDINGS).entrySet()) {
      String serializer = String.valueOf(entry.getValue().unwrapped());
      if (!serializer.equals("none") && !kept.hasPath(ConfigUtil.quoteString(serializer))) {
        config = config.withoutPath(BINDINGS + "." + ConfigUtil.quoteString(entry.getKey()));
      }
    }
    return config;
  }
}
