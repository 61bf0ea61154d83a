package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import io.quorate.base.SeededRandom;
import java.util.List;
import org.junit.jupiter.api.Test;

class PiecesTest {
  @Test
  void chunksOfEverySizeComeBackAsTheyWere() {
    SeededRandom random = new SeededRandom(1);
    Pieces pieces = new Pieces();
    for (int size :
        new int[] {0, 1, Pieces.PIECE_BYTES_MAX, Pieces.PIECE_BYTES_MAX + 1, 3_000_000, 7}) {
      byte[] array = new byte[size];
      for (int i = 0; i < size; i++) {
        array[i] = (byte) random.nextInt(256);
      }
      Bytes chunk = Bytes.wrap(array);
      List<Bytes> cut = Pieces.cut(chunk);
      assertThat(cut).allMatch(piece -> piece.size() <= Pieces.PIECE_BYTES_MAX + 1);
      for (Bytes piece : cut.subList(0, cut.size() - 1)) {
        assertThat(pieces.add(piece)).isNull();
      }
      assertThat(pieces.add(cut.get(cut.size() - 1))).isEqualTo(chunk);
    }
  }
}
