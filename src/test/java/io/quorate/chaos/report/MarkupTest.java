package io.quorate.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MarkupTest {
  @Test
  void escapesTextAndAttributes() {
    Markup out = new Markup();
    out.element("p", "<b>&'\"\0", "title", "\"><script>");
    assertThat(out.page())
        .isEqualTo("<p title=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt;&amp;&#39;&quot;\\u{0}</p>");
  }

  @Test
  void cutsWhatIsTooLong() {
    Markup out = new Markup();
    out.text("x".repeat(Markup.TEXT_CHARS_MAX + 1));
    assertThat(out.page()).hasSize(Markup.TEXT_CHARS_MAX).endsWith("x…");
  }

  @Test
  void refusesAPageThatIsNotClosed() {
    Markup out = new Markup().open("p");
    assertThatThrownBy(out::page)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("p");
  }

  @Test
  void roundsPlacesToTenths() {
    assertThat(Markup.number(1.04)).isEqualTo("1");
    assertThat(Markup.number(-0.26)).isEqualTo("-0.3");
    assertThat(Markup.number(12.96)).isEqualTo("13");
  }
}
