package io.quorate.utl;

import io.quorate.lmdb.SnapshotFile;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What {@code etcdutl snapshot status} prints, character by character. */
final class StatusText {
  private static final List<String> HEADERS =
      List.of("HASH", "REVISION", "TOTAL KEYS", "TOTAL SIZE", "VERSION");
  private static final List<String> UNITS = List.of("B", "kB", "MB", "GB", "TB", "PB", "EB");
  private static final int THOUSAND = 1000;

  private StatusText() {}

  /**
   * The text, without the end of its last line.
   *
   * @param format {@code simple}, {@code json}, {@code fields} or {@code table}
   * @param version of the storage
   */
  static String of(SnapshotFile.Facts facts, String version, String format) throws UtlException {
    List<String> row =
        List.of(
            Long.toHexString(facts.hash()),
            Long.toString(facts.revision()),
            Long.toString(facts.keys()),
            size(facts.bytes()),
            version);
    return switch (format) {
      case "simple" -> String.join(", ", row);
      case "json" ->
          "{\"hash\":%d,\"revision\":%d,\"totalKey\":%d,\"totalSize\":%d,\"version\":\"%s\"}"
              .formatted(facts.hash(), facts.revision(), facts.keys(), facts.bytes(), version);
      case "fields" ->
          "\"Hash\" : %d\n\"Revision\" : %d\n\"Keys\" : %d\n\"Size\" : %d\n\"Version\" : %s"
              .formatted(facts.hash(), facts.revision(), facts.keys(), facts.bytes(), version);
      case "table" -> table(row);
      default -> throw unsupported(format);
    };
  }

  /** Refuses what {@link #of} has no text in. */
  static void check(String format) throws UtlException {
    if (!List.of("simple", "json", "fields", "table").contains(format)) {
      throw unsupported(format);
    }
  }

  private static UtlException unsupported(String format) {
    return new UtlException(
        UtlException.Exit.BAD_FEATURE,
        format.equals("protobuf")
            ? "protobuf not supported as output format"
            : "unsupported output format");
  }

  private static String table(List<String> row) {
    StringBuilder header = new StringBuilder("│");
    StringBuilder values = new StringBuilder("│");
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < row.size(); i++) {
      String name = HEADERS.get(i);
      String value = row.get(i);
      int width = Math.max(name.length(), value.length());
      int before = (width - name.length()) / 2;
      header.append(' ').append(" ".repeat(before)).append(name);
      header.append(" ".repeat(width - name.length() - before)).append(" │");
      values.append(' ').append(" ".repeat(width - value.length())).append(value).append(" │");
      lines.append(lines.isEmpty() ? "" : " ").append("─".repeat(width + 2));
    }
    return List.of(
            "┌" + lines.toString().replace(' ', '┬') + "┐",
            header.toString(),
            "├" + lines.toString().replace(' ', '┼') + "┤",
            values.toString(),
            "└" + lines.toString().replace(' ', '┴') + "┘")
        .stream()
        .collect(Collectors.joining("\n"));
  }

  /** In powers of a thousand, with one digit behind the point where one stands before it. */
  static String size(long bytes) {
    double left = bytes;
    int unit = 0;
    while (left >= THOUSAND && unit < UNITS.size() - 1) {
      left /= THOUSAND;
      unit++;
    }
    double rounded = Math.floor(left * 10 + 0.5) / 10;
    // Halves go to the even one, as in Go.
    return unit == 0 || rounded >= 10
        ? "%d %s".formatted((long) Math.rint(rounded), UNITS.get(unit))
        : String.format(Locale.ROOT, "%.1f %s", rounded, UNITS.get(unit));
  }
}
