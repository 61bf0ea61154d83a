package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

/** What the client's artifact is: one jar that needs nothing and brings nothing else into sight. */
class ClientArtifactIT {
  private static final Path JAR = Path.of("target/client/quorate-client.jar");

  private static final String PROGRAM =
      """
      import io.quorate.client.Client;

      public class Program {
        public static void main(String[] endpoints) throws Exception {
          try (Client client = Client.at(endpoints).open()) {
            client.put("greeting", "hello").toCompletableFuture().get();
            System.out.println(
                client.get("greeting").toCompletableFuture().get().get().valueText());
          }
          Class<?> epoll =
              Class.forName("io.quorate.client.shaded.io.netty.channel.epoll.Epoll");
          System.out.println("epoll " + epoll.getMethod("isAvailable").invoke(null));
        }
      }
      """;

  @TempDir Path folder;

  @Test
  void programNeedsNothingBesideIt() throws Exception {
    Path source = Files.writeString(folder.resolve("Program.java"), PROGRAM);
    String path = JAR.toAbsolutePath().toString();
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-cp", path, "-d", folder.toString(), source.toString());
    assertThat(compiled).isZero();
    Path data = Files.createDirectories(folder.resolve("server"));
    try (ServerProcess server = ServerProcess.start(Servers.underTest(), data, List.of())) {
      Program.Result run =
          Program.run(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  path + File.pathSeparator + folder,
                  "Program",
                  server.clientUrl()),
              folder,
              folder.resolve("output.txt"),
              "",
              Duration.ofSeconds(60));
      String output = run.output();
      assertThat(run.exit()).as(output).isZero();
      assertThat(output).startsWith("hello\n");
      if (System.getProperty("os.name").equals("Linux")) {
        assertThat(output).isEqualTo("hello\nepoll true\n");
      }
    }
  }

  @Test
  void nothingInItIsTheServersOrSomebodyElses() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      List<String> classes =
          jar.stream().map(Object::toString).filter(name -> name.endsWith(".class")).toList();
      assertThat(classes)
          .isNotEmpty()
          .allMatch(name -> name.matches("io/quorate/(base|client|proto)/.*"));
      Manifest manifest = jar.getManifest();
      assertThat(manifest.getMainAttributes().getValue("Class-Path")).isNull();
      assertThat(manifest.getMainAttributes().getValue("Main-Class")).isNull();
      assertThat(manifest.getMainAttributes().getValue("Automatic-Module-Name"))
          .isEqualTo("io.quorate.client");
    }
  }

  @Test
  void nothingComesWithIt() throws Exception {
    Document pom =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new File("target/client/quorate-client.pom"));
    assertThat(pom.getElementsByTagName("artifactId").item(0).getTextContent())
        .isEqualTo("quorate-client");
    int dependencies = pom.getElementsByTagName("dependency").getLength();
    assertThat(pom.getElementsByTagName("optional").getLength()).isEqualTo(dependencies);
    assertThat(Files.readString(Path.of("target/client/quorate-client.pom"))).doesNotContain("${");
  }
}
