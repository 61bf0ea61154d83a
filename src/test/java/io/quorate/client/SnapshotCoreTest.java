package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SnapshotCoreTest {
  private static final byte[] CONTENT = Bytes.utf8("0123456789").toArray();
  private static final Bytes DIGEST = Bytes.wrap(FakeMaintenance.sha256(CONTENT));

  private final SnapshotCore core = new SnapshotCore();

  private static Bytes bytes(int from, int to) {
    return Bytes.wrap(Arrays.copyOfRange(CONTENT, from, to));
  }

  @Test
  void isWholeWithTheDigestBehindAllParts() {
    assertThat(core.isEmpty()).isTrue();
    assertThat(core.take(bytes(0, 6), 4)).isNull();
    assertThat(core.isEmpty()).isFalse();
    assertThat(core.take(bytes(6, 10), 0)).isNull();
    assertThat(core.isWhole()).isFalse();
    assertThat(core.take(DIGEST, 0)).isNull();
    assertThat(core.isWhole()).isTrue();
  }

  @Test
  void partsOfNothingChangeNothing() {
    assertThat(core.take(Bytes.EMPTY, 10)).isNull();
    assertThat(core.take(bytes(0, 10), 0)).isNull();
    assertThat(core.take(Bytes.EMPTY, 0)).isNull();
    assertThat(core.isWhole()).isFalse();
    assertThat(core.take(DIGEST, 0)).isNull();
    assertThat(core.isWhole()).isTrue();
  }

  @Test
  void otherBytesAreFoundByTheDigest() {
    assertThat(core.take(bytes(1, 10), 1)).isNull();
    assertThat(core.take(bytes(0, 1), 0)).isNull();
    assertThat(core.take(DIGEST, 0)).contains("10 bytes do not have the digest");
    assertThat(core.isWhole()).isFalse();
  }

  @Test
  void digestThatIsCutIsNone() {
    assertThat(core.take(bytes(0, 10), 0)).isNull();
    assertThat(core.take(DIGEST.slice(0, 31), 0)).isNotNull();
    assertThat(core.isWhole()).isFalse();
  }

  @Test
  void partThatIsMissingIsFoundAtTheNextOne() {
    assertThat(core.take(bytes(0, 2), 8)).isNull();
    assertThat(core.take(bytes(4, 6), 4))
        .isEqualTo("2 bytes came where 8 were left, and 4 are said to be left behind them");
  }

  @Test
  void moreThanAnythingHoldsIsNotLeft() {
    assertThat(core.take(bytes(0, 2), -2)).contains("18446744073709551614 are said to be left");
  }
}
