package io.quorate.pack;

import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Rewrites the jars of a folder, and of the folders in it, in place, so that a start from them is
 * quick: lambdas that an archive can hold, short manifests, short reference configuration. To do it
 * twice changes nothing more. Run by the build, once the folder is complete.
 */
public final class Pack {
  /** Signatures of a jar: they are of what it was. */
  private static final Set<String> SIGNATURES = Set.of("SF", "RSA", "DSA", "EC");

  private Pack() {}

  /**
   * Packs each folder of {@code folders}.
   *
   * @throws IOException when a jar cannot be read or replaced; it is whole then, old or new
   */
  public static void main(String... folders) throws IOException {
    for (String folder : folders) {
      for (Path jar : jars(Path.of(folder))) {
        pack(jar);
      }
    }
  }

  /** The jars of {@code folder} and of the folders in it. */
  static List<Path> jars(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".jar")).toList();
    }
  }

  private static void pack(Path jar) throws IOException {
    Path part = jar.resolveSibling(jar.getFileName() + ".part");
    try (ZipFile from = new ZipFile(jar.toFile());
        OutputStream file = new BufferedOutputStream(Files.newOutputStream(part));
        ZipOutputStream to = new ZipOutputStream(file)) {
      for (ZipEntry entry : Collections.list(from.entries())) {
        if (!isSignature(entry.getName())) {
          byte[] content = content(from, entry);
          ZipEntry copy = new ZipEntry(entry.getName());
          copy.setTime(entry.getTime());
          to.putNextEntry(copy);
          to.write(content);
          to.closeEntry();
        }
      }
    }
    Files.move(part, jar, StandardCopyOption.ATOMIC_MOVE);
  }

  private static byte[] content(ZipFile from, ZipEntry entry) throws IOException {
    byte[] content = read(from, entry);
    String name = entry.getName();
    if (name.equals(JarFile.MANIFEST_NAME)) {
      return shorterManifest(content);
    }
    if (name.equals("reference.conf")) {
      return References.shorter(text(content), file -> included(from, file))
          .getBytes(StandardCharsets.UTF_8);
    }
    return name.endsWith(".class") ? Lambdas.archivable(content) : content;
  }

  private static byte[] read(ZipFile from, ZipEntry entry) throws IOException {
    try (InputStream in = from.getInputStream(entry)) {
      return in.readAllBytes();
    }
  }

  private static String text(byte[] content) {
    return new String(content, StandardCharsets.UTF_8);
  }

  private static Optional<String> included(ZipFile from, String name) {
    ZipEntry entry = from.getEntry(name + ".conf");
    try {
      return entry == null ? Optional.empty() : Optional.of(text(read(from, entry)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] shorterManifest(byte[] content) throws IOException {
    Manifest manifest = new Manifest(new ByteArrayInputStream(content));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Manifests.shorter(manifest).write(out);
    return out.toByteArray();
  }

  private static boolean isSignature(String name) {
    return name.startsWith("META-INF/")
        && name.indexOf('/', "META-INF/".length()) < 0
        && SIGNATURES.contains(name.substring(name.lastIndexOf('.') + 1).toUpperCase(Locale.ROOT));
  }
}
