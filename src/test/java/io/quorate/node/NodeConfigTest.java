package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeConfigTest {
  @TempDir Path dir;

  @Test
  void aMembersSystemKnowsNothingOfTheLibrariesOfTheFleet() {
    ActorSystem<Void> system =
        ActorSystem.create(
            Behaviors.empty(),
            "lean",
            NodeConfig.of(dir.resolve("journal"), ConfigFactory.defaultOverrides()));
    try {
      Config config = system.settings().config();
      assertThat(ConfigFactory.load().hasPath("pekko.cluster")).as("on the class path").isTrue();
      assertThat(config.hasPath("pekko.remote")).isFalse();
      assertThat(config.hasPath("pekko.cluster")).isFalse();
      assertThat(config.getObject("pekko.actor.serializers").values())
          .noneMatch(type -> type.unwrapped().toString().contains(".remote."))
          .noneMatch(type -> type.unwrapped().toString().contains(".cluster."));
      assertThat(config.getString("quorate.journal.dir")).endsWith("journal");
    } finally {
      system.terminate();
    }
  }
}
