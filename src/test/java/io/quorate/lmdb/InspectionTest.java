package io.quorate.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.Shelf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectionTest {
  private static final String NEEDLE = "needle-in-the-store";

  @TempDir Path dir;

  /** A short key, a long one, and a value that lies on pages of its own. */
  @BeforeEach
  void write() {
    try (LmdbDisk disk = new LmdbDisk(dir)) {
      Shelf shelf = new Shelf(disk);
      shelf.write(putOf("short", NEEDLE));
      shelf.write(putOf("k".repeat(600), "long"));
      shelf.write(putOf("large", "v".repeat(100_000)));
      shelf.flush();
    }
  }

  private static Op.Put putOf(String key, String value) {
    return new Op.Put(Bytes.utf8(key), Bytes.utf8(value), 0, false, false, false);
  }

  @Test
  void readsEveryRowOfEveryTable() throws IOException {
    // Three revisions, two short keys, a long one, and what the store says of itself.
    assertThat(Inspection.run(dir, LmdbDisk.MAP_BYTES)).isGreaterThanOrEqualTo(3 + 2 + 1 + 2);
  }

  @Test
  void aChangedValueIsFound() throws IOException {
    flipIn(NEEDLE);
    assertDamaged();
  }

  @Test
  void aChangedPageOfALargeValueIsFound() throws IOException {
    flipIn("v".repeat(5_000));
    assertDamaged();
  }

  private void assertDamaged() {
    assertThatThrownBy(() -> Inspection.run(dir, LmdbDisk.MAP_BYTES))
        .isInstanceOf(CorruptStoreException.class)
        .hasMessageContaining("checksum");
  }

  private void flipIn(String text) throws IOException {
    Path file = dir.resolve("gen-1/data.mdb");
    byte[] bytes = Files.readAllBytes(file);
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
    assertThat(at).isPositive();
    bytes[at + text.length() / 2] ^= 1;
    Files.write(file, bytes);
  }
}
