package io.quorate.chaos.junit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** This Quorate as a program: by the Java and the class path of whoever asks. */
final class OwnProgram {
  /** By its name: the harness knows the server as a process only. */
  private static final String MAIN = "io.quorate.server.Main";

  private static final int HEAP_MEBIBYTES = 256;

  /** From which Java on a JVM warns of what libraries do, unless told not to. */
  private static final int JAVA_WARNS_OF_NATIVE = 22;

  private static final int JAVA_WARNS_OF_UNSAFE = 23;

  private OwnProgram() {}

  /** The words of the command, with the flags that the launcher gives a JVM as well. */
  static List<String> command() {
    return command(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        Runtime.version().feature(),
        System.getProperty("java.class.path"));
  }

  /** The words of the command for this java, of this version, with this class path. */
  static List<String> command(String java, int version, String classPath) {
    List<String> words = new ArrayList<>(List.of(java, "-Xmx" + HEAP_MEBIBYTES + "m"));
    words.add("-XX:-UsePerfData");
    words.add("-XX:+ExitOnOutOfMemoryError");
    words.add("-Dfile.encoding=UTF-8");
    words.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    words.add("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
    if (version >= JAVA_WARNS_OF_NATIVE) {
      words.add("--enable-native-access=ALL-UNNAMED");
    }
    if (version >= JAVA_WARNS_OF_UNSAFE) {
      words.add("--sun-misc-unsafe-memory-access=allow");
    }
    words.addAll(List.of("-cp", classPath, MAIN));
    return words;
  }
}
