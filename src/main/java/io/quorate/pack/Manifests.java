package io.quorate.pack;

import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.Manifest;

/**
 * Makes the manifest of a jar short: what a JVM and Pekko ask for. Lists of packages for OSGi are
 * up to 160 KB, and a start reads all manifests twice.
 */
final class Manifests {
  /** Beginnings of the names that are kept. Pekko compares the versions of its modules by them. */
  private static final List<String> KEPT =
      List.of(
          "Manifest-Version",
          "Main-Class",
          "Class-Path",
          "Add-",
          "Multi-Release",
          "Automatic-Module-Name",
          "Implementation-",
          "Bundle-Name",
          "Bundle-Vendor",
          "Bundle-Version");

  private Manifests() {}

  /** What of {@code manifest} is asked for; its sections about single entries are not. */
  static Manifest shorter(Manifest manifest) {
    Manifest shorter = new Manifest();
    Attributes kept = shorter.getMainAttributes();
    manifest
        .getMainAttributes()
        .forEach(
            (name, value) -> {
              if (KEPT.stream().anyMatch(name.toString()::startsWith)) {
                kept.put(name, value);
              }
            });
    return shorter;
  }
}
