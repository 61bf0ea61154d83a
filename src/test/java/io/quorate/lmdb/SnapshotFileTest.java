package io.quorate.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.lmdb.SnapshotFile.Facts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotFileTest {
  private static final int DIGEST_BYTES = 32;

  @TempDir Path dir;
  private Path file;

  @BeforeEach
  void save() throws IOException {
    file = Snapshots.save(dir.resolve("store"), dir.resolve("s.db"));
  }

  private static Facts read(Path path) throws IOException {
    try (SnapshotFile snapshot = SnapshotFile.open(path)) {
      snapshot.checkKind();
      snapshot.verify(bytes -> {});
      return snapshot.facts(bytes -> {});
    }
  }

  private byte[] store() throws IOException {
    byte[] all = Files.readAllBytes(file);
    return Arrays.copyOf(all, all.length - DIGEST_BYTES);
  }

  private Path other(byte[] bytes) throws IOException {
    return Files.write(dir.resolve("other.db"), bytes);
  }

  @Test
  void saysWhatIsInIt() throws IOException {
    Facts facts = read(file);
    assertThat(facts.revision()).isEqualTo(Snapshots.REVISION);
    assertThat(facts.keys()).isEqualTo(Snapshots.KEYS);
    assertThat(facts.bytes()).isEqualTo(Files.size(file) - DIGEST_BYTES);
    assertThat(facts.hash()).isBetween(1L, 0xffffffffL);
  }

  @Test
  void theHashIsThatOfTheRowsAndNotOfThePages() throws IOException {
    // The same rows, written in another order of commits.
    Path again = Snapshots.save(dir.resolve("again"), dir.resolve("again.db"));
    assertThat(read(again).hash()).isEqualTo(read(file).hash());
    Path changed = dir.resolve("changed");
    Snapshots.save(changed, dir.resolve("unused.db"));
    Tampering.replace(changed, "a", "other", true);
    Path otherFile =
        Snapshots.sealed(
            dir.resolve("o.db"), Files.readAllBytes(changed.resolve("gen-1/data.mdb")));
    assertThat(read(otherFile).hash()).isNotEqualTo(read(file).hash());
  }

  @Test
  void readingItLeavesNothingBeside() throws IOException {
    read(file);
    try (var files = Files.list(dir)) {
      assertThat(files.map(path -> path.getFileName().toString()).sorted())
          .containsExactly("s.db", "store");
    }
  }

  @Test
  void aCopyIsTheStoreWithoutItsDigest() throws IOException {
    Path copy = Files.createDirectory(dir.resolve("copy"));
    List<Long> told = new ArrayList<>();
    try (SnapshotFile snapshot = SnapshotFile.open(file)) {
      assertThat(snapshot.isDigested()).isTrue();
      Bytes digest = snapshot.copyTo(copy, true, told::add);
      byte[] all = Files.readAllBytes(file);
      assertThat(digest.unsafeArray())
          .endsWith(Arrays.copyOfRange(all, all.length - DIGEST_BYTES, all.length))
          .hasSize(DIGEST_BYTES);
    }
    Path data = copy.resolve("gen-1/data.mdb");
    assertThat(Files.readAllBytes(data)).isEqualTo(store());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
        .isEqualTo("rw-------");
    assertThat(told).last().isEqualTo((long) store().length);
  }

  @Test
  void whatWasAlteredDoesNotHaveItsDigest() throws IOException {
    byte[] all = Files.readAllBytes(file);
    all[all.length / 2] ^= 1;
    Path altered = other(all);
    assertThatThrownBy(() -> read(altered))
        .isInstanceOf(BadSnapshotException.class)
        .hasMessageMatching("expected sha256 \\[[0-9 ]+], got \\[[0-9 ]+]");
    try (SnapshotFile snapshot = SnapshotFile.open(altered)) {
      assertThatThrownBy(() -> snapshot.copyTo(dir.resolve("store/x"), true, bytes -> {}))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aRowThatWasAlteredIsFoundWithoutADigest() throws IOException {
    byte[] store = store();
    int at = new String(store, StandardCharsets.ISO_8859_1).indexOf("xxxxxxxx");
    store[at] = 'y';
    assertThatThrownBy(() -> read(other(store)))
        .isInstanceOf(BadSnapshotException.class)
        .hasMessageStartingWith("snapshot file integrity check failed. 1 errors found: ");
  }

  @Test
  void whatIsTruncatedIsRefusedBeforeItIsMapped() throws IOException {
    for (int bytes : new int[] {store().length - 1, store().length / 2, 8192, 4096, 200}) {
      Path truncated = other(Arrays.copyOf(store(), bytes));
      assertThatThrownBy(() -> read(truncated))
          .isInstanceOf(BadSnapshotException.class)
          .hasMessageStartingWith("snapshot " + truncated);
    }
  }

  @Test
  void whatIsNoSnapshotIsRefused() throws IOException {
    assertThatThrownBy(() -> read(dir.resolve("none")))
        .hasMessage("open " + dir.resolve("none") + ": no such file or directory");
    assertThatThrownBy(() -> read(dir)).hasMessage("read " + dir + ": is a directory");
    Path tiny = other(new byte[10]);
    assertThatThrownBy(() -> read(tiny)).hasMessage("seek " + tiny + ": invalid argument");
    Path zeros = Snapshots.sealed(dir.resolve("z"), new byte[16384]);
    assertThatThrownBy(() -> read(zeros))
        .hasMessage("snapshot " + zeros + " is not one of Quorate");
    byte[] text = "hello, world\n".repeat(1000).getBytes(StandardCharsets.UTF_8);
    Path any = other(text);
    assertThatThrownBy(() -> read(any)).hasMessage("snapshot " + any + " is not one of Quorate");
  }

  private byte[] withInt(int at, int value) throws IOException {
    byte[] store = store();
    ByteBuffer.wrap(store).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
    return store;
  }

  @Test
  void whoseItIsIsSaid() throws IOException {
    // bbolt has its magic number where LMDB has its own.
    Path etcd = Snapshots.sealed(dir.resolve("e"), withInt(16, 0xED0CDAED));
    assertThatThrownBy(() -> read(etcd))
        .hasMessage("snapshot " + etcd + " is one of etcd (bbolt), not of Quorate");
    Path later = Snapshots.sealed(dir.resolve("l"), withInt(20, 2));
    assertThatThrownBy(() -> read(later))
        .hasMessage(
            "snapshot " + later + " has LMDB data format 2, but this version only knows format 1");
  }

  @Test
  void aStoreOfAnotherProgramIsRefused() throws IOException {
    Path foreign = Files.createDirectory(dir.resolve("foreign"));
    try (org.lmdbjava.Env<ByteBuffer> env =
        org.lmdbjava.Env.create().setMapSize(1 << 20).setMaxDbs(1).open(foreign.toFile())) {
      env.openDbi("theirs", org.lmdbjava.DbiFlags.MDB_CREATE);
    }
    Path sealed =
        Snapshots.sealed(dir.resolve("f"), Files.readAllBytes(foreign.resolve("data.mdb")));
    assertThatThrownBy(() -> read(sealed))
        .isInstanceOf(BadSnapshotException.class)
        .hasMessageStartingWith("snapshot " + sealed + " is not one of Quorate: ");
  }
}
