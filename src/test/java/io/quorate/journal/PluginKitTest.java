package io.quorate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.pekko.persistence.CapabilityFlag;
import org.apache.pekko.persistence.japi.journal.JavaJournalSpec;
import org.apache.pekko.persistence.japi.snapshot.JavaSnapshotStoreSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scalatest.Args;
import org.scalatest.Suite;
import org.scalatest.events.Event;
import org.scalatest.events.SuiteAborted;
import org.scalatest.events.TestFailed;
import org.scalatest.events.TestSucceeded;

/**
 * Runs the test kit of Pekko Persistence for plugins, whose specifications are ScalaTest suites.
 */
class PluginKitTest {
  @TempDir Path directory;

  @Test
  void journalKeepsTheContractOfPekkoPersistence() {
    run(new JournalKit(config(directory)), 15);
  }

  @Test
  void journalKeepsTheContractWithSegmentsOfAFewRecords() {
    Config small =
        ConfigFactory.parseString("quorate.journal { segment-size = 1 KiB, index-step = 1 }");
    run(new JournalKit(small.withFallback(config(directory))), 15);
  }

  @Test
  void snapshotStoreKeepsTheContractOfPekkoPersistence() {
    run(new SnapshotKit(config(directory)), 11);
  }

  @Test
  void kitFailsForAStoreThatKeepsNothing() {
    Config without =
        ConfigFactory.parseString(
            "pekko.persistence.snapshot-store.plugin = pekko.persistence.no-snapshot-store");
    assertThatThrownBy(() -> run(new SnapshotKit(without.withFallback(config(directory))), 1))
        .isInstanceOf(AssertionError.class);
  }

  private static void run(Suite suite, int testsMin) {
    List<Event> events = events(suite);
    List<String> failures = new ArrayList<>();
    for (Event event : events) {
      if (event instanceof TestFailed failed) {
        failures.add(failed.testName() + ": " + failed.message());
      } else if (event instanceof SuiteAborted aborted) {
        failures.add("aborted: " + aborted.message());
      }
    }
    assertThat(failures).isEmpty();
    assertThat(events.stream().filter(TestSucceeded.class::isInstance).count())
        .isGreaterThanOrEqualTo(testsMin);
  }

  private static List<Event> events(Suite suite) {
    List<Event> events = new CopyOnWriteArrayList<>();
    Args args =
        new Args(
            events::add,
            Args.apply$default$2(),
            Args.apply$default$3(),
            Args.apply$default$4(),
            Args.apply$default$5(),
            Args.apply$default$6(),
            Args.apply$default$7(),
            Args.apply$default$8(),
            Args.apply$default$9(),
            Args.apply$default$10());
    suite.run(scala.Option.empty(), args).waitUntilCompleted();
    return events;
  }

  static Config config(Path directory) {
    return ConfigFactory.parseMap(
            Map.of(
                "pekko.persistence.journal.plugin", "quorate.journal",
                "pekko.persistence.snapshot-store.plugin", "quorate.snapshot-store",
                "quorate.journal.dir", directory.resolve("journal").toString(),
                "quorate.snapshot-store.dir", directory.resolve("snapshots").toString(),
                "pekko.loglevel", "WARNING"))
        .withFallback(ConfigFactory.load());
  }

  private static final class JournalKit extends JavaJournalSpec {
    JournalKit(Config config) {
      super(config);
    }
  }

  private static final class SnapshotKit extends JavaSnapshotStoreSpec {
    SnapshotKit(Config config) {
      super(config);
    }

    @Override
    public CapabilityFlag supportsSerialization() {
      return CapabilityFlag.on();
    }
  }
}
