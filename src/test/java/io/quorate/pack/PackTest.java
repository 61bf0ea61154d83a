package io.quorate.pack;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackTest {
  private static final String MANIFEST =
      "Manifest-Version: 1.0\r\n"
          + "Main-Class: a.B\r\n"
          + "Implementation-Version: 3\r\n"
          + "Export-Package: a;uses:=\"b,c\"\r\n"
          + "\r\n"
          + "Name: a/B.class\r\n"
          + "SHA-256-Digest: abc\r\n"
          + "\r\n";

  private static final String REFERENCE =
      """
      # about a
      include "more"
      a {
        b = 5s // about b
        c = "#" ${?HOME}
        d = ${a}
      }
      a.b = ${x}
      """;

  private final Map<String, String> entries = new TreeMap<>();

  @TempDir Path dir;

  PackTest() {
    entries.put("META-INF/MANIFEST.MF", MANIFEST);
    entries.put("META-INF/A.SF", "signed");
    entries.put("META-INF/LICENSE", "as it is");
    entries.put("META-INF/services/a.B", "# of c\nc.D\n");
    entries.put("reference.conf", "# about a\na = 1\n");
    entries.put("a/", "");
    entries.put("other.conf", "# stays\n");
  }

  @Test
  void aJarKeepsWhatIsAskedFor() throws IOException {
    Path jar = jar(Files.createDirectories(dir.resolve("lib")).resolve("a.jar"));
    Pack.main(dir.toString());
    Map<String, String> packed = read(jar);
    assertThat(packed.get("reference.conf")).isEqualTo("a=1");
    assertThat(packed.get("META-INF/MANIFEST.MF").lines())
        .containsExactlyInAnyOrder(
            "Manifest-Version: 1.0", "Main-Class: a.B", "Implementation-Version: 3", "");
    assertThat(packed).doesNotContainKey("META-INF/A.SF");
    for (String same : new String[] {"META-INF/LICENSE", "META-INF/services/a.B", "other.conf"}) {
      assertThat(packed).containsEntry(same, entries.get(same));
    }
    try (JarFile file = new JarFile(jar.toFile());
        Stream<Path> files = Files.list(jar.getParent())) {
      assertThat(file.getManifest().getMainAttributes())
          .containsEntry(Attributes.Name.MAIN_CLASS, "a.B");
      assertThat(files).containsExactly(jar);
    }
  }

  @Test
  void toPackTwiceIsToPackOnce() throws IOException {
    Path jar = jar(dir.resolve("a.jar"));
    Pack.main(dir.toString());
    byte[] once = Files.readAllBytes(jar);
    Pack.main(dir.toString());
    assertThat(Files.readAllBytes(jar)).isEqualTo(once);
  }

  @Test
  void aReferenceMeansTheSame() {
    String shorter = References.shorter(REFERENCE, name -> Optional.of(name + " = 3 # it is\n"));
    assertThat(shorter).doesNotContain("about", "include", "it is");
    assertThat(ConfigFactory.parseString(shorter))
        .isEqualTo(ConfigFactory.parseString(REFERENCE.replace("include \"more\"", "more = 3")));
  }

  @Test
  void aReferenceThatIncludesWhatIsNotThereStaysAsItIs() {
    assertThat(References.shorter(REFERENCE, name -> Optional.empty())).isEqualTo(REFERENCE);
  }

  /** The real ones, the longest of which a start would read for longest. */
  @ParameterizedTest
  @ValueSource(
      classes = {org.apache.pekko.actor.ActorRef.class, org.apache.pekko.http.Version.class})
  void theReferencesOfPekkoGetShort(Class<?> ofLibrary) throws Exception {
    Path jar = Path.of(ofLibrary.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path copy = Files.copy(jar, dir.resolve("library.jar"));
    Pack.main(dir.toString());
    String before = read(jar).get("reference.conf");
    String after = read(copy).get("reference.conf");
    assertThat(after.length()).isLessThan(before.length() / 4);
  }

  private Path jar(Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, String> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
    return file;
  }

  private static Map<String, String> read(Path jar) throws IOException {
    Map<String, String> read = new TreeMap<>();
    try (JarFile file = new JarFile(jar.toFile())) {
      for (ZipEntry entry : Collections.list(file.entries())) {
        try (InputStream in = file.getInputStream(entry)) {
          read.put(entry.getName(), new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
      }
    }
    return read;
  }
}
