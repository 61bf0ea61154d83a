package io.quorate.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.SeededRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BitFlipTest {
  @TempDir Path folder;

  private Path file(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, bytes);
  }

  @Test
  void turnsOneBitOfWhatIsNotZero() throws IOException {
    byte[] bytes = new byte[1_000_000];
    bytes[700_001] = 0x55;
    Path file = file("log", bytes);
    BitFlip flip = BitFlip.in(List.of(file), new SeededRandom(1));
    byte[] after = Files.readAllBytes(file);
    assertThat(flip.offset()).isEqualTo(700_001);
    assertThat(flip.before()).isEqualTo(0x55);
    assertThat(after[700_001] & 0xff).isEqualTo(flip.after());
    assertThat(Integer.bitCount(flip.before() ^ flip.after())).isEqualTo(1);
    after[700_001] = 0x55;
    assertThat(after).isEqualTo(bytes);
  }

  @Test
  void followsFromTheSeed() throws IOException {
    byte[] bytes = "some text that is not short".repeat(1000).getBytes();
    BitFlip one = BitFlip.in(List.of(file("log", bytes)), new SeededRandom(7));
    BitFlip same = BitFlip.in(List.of(file("log", bytes)), new SeededRandom(7));
    BitFlip other = BitFlip.in(List.of(file("log", bytes)), new SeededRandom(8));
    assertThat(same).isEqualTo(one).isNotEqualTo(other);
  }

  @Test
  void refusesFilesOfZeros() throws IOException {
    Path file = file("log", new byte[10_000]);
    assertThatThrownBy(() -> BitFlip.in(List.of(file), new SeededRandom(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("hold nothing but zeros");
  }

  @Test
  void findsLogAndStoreOfBothPrograms() throws IOException {
    byte[] bytes = {1};
    file("member/store/CURRENT", "gen-2\n".getBytes());
    List<Path> files =
        List.of(
            file("member/journal/00000000000000000001.log", bytes),
            file("member/store/gen-2/data.mdb", bytes),
            file("member/wal/0.wal", bytes),
            file("member/snap/db", bytes));
    file("member/store/gen-1/data.mdb", bytes);
    file("member/store/gen-2/lock.mdb", bytes);
    file("member/journal/synced", bytes);
    assertThat(BitFlip.files(folder, Program.Kind.QUORATE, BitFlip.Where.LOG))
        .containsExactly(files.get(0));
    assertThat(BitFlip.files(folder, Program.Kind.QUORATE, BitFlip.Where.STORE))
        .containsExactly(files.get(1));
    assertThat(BitFlip.files(folder, Program.Kind.ETCD, BitFlip.Where.LOG))
        .containsExactly(files.get(2));
    assertThat(BitFlip.files(folder, Program.Kind.ETCD, BitFlip.Where.STORE))
        .containsExactly(files.get(3));
  }
}
