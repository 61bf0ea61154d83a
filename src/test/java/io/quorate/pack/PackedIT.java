package io.quorate.pack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/** What the build ships is packed: there is nothing left to be made shorter. */
class PackedIT {
  private static final Path DIST = Path.of("target/dist");

  @Test
  void theJarsOfTheBuildAreThoseThatPackWrites() throws IOException {
    List<String> referencesAndManifests = new ArrayList<>();
    for (Path jar : Pack.jars(DIST)) {
      try (ZipFile file = new ZipFile(jar.toFile())) {
        for (ZipEntry entry : Collections.list(file.entries())) {
          String name = entry.getName();
          if (name.equals("reference.conf") || name.equals("META-INF/MANIFEST.MF")) {
            referencesAndManifests.add(jar.getFileName() + " " + name);
            // The quorate jar lists the others.
            assertThat(entry.getSize()).as("%s in %s", name, jar).isLessThan(12 * 1024);
          }
        }
      }
    }
    assertThat(referencesAndManifests)
        .contains("quorate.jar META-INF/MANIFEST.MF")
        .anyMatch(name -> name.matches("pekko-actor_.*reference.conf"));
  }

  @Test
  void lambdasOfOurActorsAskForThePlainFactory() throws IOException {
    try (ZipFile file = new ZipFile(DIST.resolve("quorate.jar").toFile());
        InputStream in = file.getInputStream(file.getEntry("io/quorate/node/RaftActor.class"))) {
      byte[] content = in.readAllBytes();
      assertThat(LambdasTest.sites(content)).isNotEmpty();
      assertThat(LambdasTest.sites(content))
          .extracting(LambdasTest.Site::factory)
          .containsOnly("metafactory");
    }
  }
}
