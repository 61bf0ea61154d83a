package io.quorate.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgramTest {
  private static Program saying(String text) throws IOException {
    return Program.of(List.of("sh", "-c", "printf '" + text + "'"));
  }

  @Test
  void tellsOursFromEtcdWhichItStandsFor() throws IOException {
    Program ours = saying("etcd Version: 3.7.3\\nQuorate Version: 0.1.0\\n");
    assertThat(ours.kind()).isEqualTo(Program.Kind.QUORATE);
    assertThat(ours.title()).isEqualTo("Quorate 0.1.0");
    Program theirs = saying("etcd Version: 3.7.3\\nGit SHA: x\\n");
    assertThat(theirs.kind()).isEqualTo(Program.Kind.ETCD);
    assertThat(theirs.title()).isEqualTo("etcd 3.7.3");
  }

  @Test
  void refusesOtherPrograms() {
    assertThatThrownBy(() -> saying("consul 1.0"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is neither Quorate nor etcd, --version says: consul 1.0");
    assertThatThrownBy(() -> Program.of(List.of("sh", "-c", "echo no >&2; exit 7")))
        .hasMessageContaining("status 7: no");
    assertThatThrownBy(() -> Program.of(List.of("a program that is not there")))
        .isInstanceOf(IOException.class);
  }
}
