package io.quorate.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;

/** The configuration of a member's actor system. Stateless. */
final class NodeConfig {
  /**
   * The libraries of the fleet. They lie on the class path too, but a member's own system does
   * without them: it would read their settings and load all their serializers when it starts.
   */
  private static final List<String> NOT_OURS =
      List.of(
          "/pekko-remote_",
          "/pekko-cluster",
          "/pekko-distributed-data_",
          "/pekko-coordination_",
          "/pekko-discovery-kubernetes-api_",
          "/pekko-management");

  private static final ClassLoader LOADER = new Lean(NodeConfig.class.getClassLoader());

  private NodeConfig() {}

  static ActorSystemSetup of(Path journalDir, Config overrides) {
    Config config =
        ConfigFactory.parseMap(
                Map.of(
                    "quorate.journal.dir", journalDir.toString(),
                    "quorate.snapshot-store.dir",
                        journalDir.resolveSibling("snapshots").toString()))
            .withFallback(overrides)
            .withFallback(ConfigFactory.parseResources(LOADER, "quorate-node.conf"))
            .withFallback(ConfigFactory.defaultReferenceUnresolved(LOADER))
            .resolve();
    // Pekko falls back to the settings of all libraries that the loader shows.
    return ActorSystemSetup.create(BootstrapSetup.create(config).withClassloader(LOADER));
  }

  /** Shows the same classes as its parent, and no settings of the fleet's libraries. */
  private static final class Lean extends ClassLoader {
    static {
      registerAsParallelCapable();
    }

    Lean(ClassLoader parent) {
      super(parent);
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
      Enumeration<URL> all = super.getResources(name);
      return name.equals("reference.conf")
          ? Collections.enumeration(
              Collections.list(all).stream()
                  .filter(url -> NOT_OURS.stream().noneMatch(url.getPath()::contains))
                  .toList())
          : all;
    }
  }
}
