package io.quorate.utl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.lmdb.SnapshotFile.Facts;
import org.junit.jupiter.api.Test;

/** Texts recorded from etcdutl 3.7.3. */
class StatusTextTest {
  private static final Facts FACTS = new Facts(0xbc136813L, 5, 1, 20480);

  private static String text(String format) throws UtlException {
    return StatusText.of(FACTS, "3.7.0", format);
  }

  @Test
  void isThatOfEtcdutl() throws UtlException {
    assertThat(text("simple")).isEqualTo("bc136813, 5, 1, 20 kB, 3.7.0");
    assertThat(text("json"))
        .isEqualTo(
            "{\"hash\":3155388435,\"revision\":5,\"totalKey\":1,\"totalSize\":20480,"
                + "\"version\":\"3.7.0\"}");
    assertThat(text("fields"))
        .isEqualTo(
            """
            "Hash" : 3155388435
            "Revision" : 5
            "Keys" : 1
            "Size" : 20480
            "Version" : 3.7.0""");
    assertThat(text("table"))
        .isEqualTo(
            """
            ┌──────────┬──────────┬────────────┬────────────┬─────────┐
            │   HASH   │ REVISION │ TOTAL KEYS │ TOTAL SIZE │ VERSION │
            ├──────────┼──────────┼────────────┼────────────┼─────────┤
            │ bc136813 │        5 │          1 │      20 kB │   3.7.0 │
            └──────────┴──────────┴────────────┴────────────┴─────────┘""");
  }

  @Test
  void sizesHaveOneDigitBehindThePointWhereOneStandsBefore() {
    assertThat(StatusText.size(0)).isEqualTo("0 B");
    assertThat(StatusText.size(999)).isEqualTo("999 B");
    assertThat(StatusText.size(1000)).isEqualTo("1.0 kB");
    assertThat(StatusText.size(9_949)).isEqualTo("9.9 kB");
    assertThat(StatusText.size(9_950)).isEqualTo("10 kB");
    assertThat(StatusText.size(20_480)).isEqualTo("20 kB");
    assertThat(StatusText.size(24_576)).isEqualTo("25 kB");
    assertThat(StatusText.size(2_500_000)).isEqualTo("2.5 MB");
    assertThat(StatusText.size(8L << 30)).isEqualTo("8.6 GB");
    assertThat(StatusText.size(Long.MAX_VALUE)).isEqualTo("9.2 EB");
  }

  @Test
  void otherFormatsAreRefusedAsByEtcdutl() {
    assertThatThrownBy(() -> text("protobuf"))
        .hasMessage("protobuf not supported as output format")
        .extracting(e -> ((UtlException) e).exit().code())
        .isEqualTo(4);
    assertThatThrownBy(() -> StatusText.check("xx")).hasMessage("unsupported output format");
  }
}
