package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.link.PeerTls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerSecurityTest {
  @TempDir Path dir;

  private PeerTls open(String... args) throws ConfigException {
    CommandLine line = CommandLine.parse(Arrays.asList(args));
    ServeConfig config = new ConfigResolver(line.values(), false, dir).resolve();
    try (DataDir dataDir = DataDir.open(config.dataDir())) {
      return PeerSecurity.open(config, dataDir);
    }
  }

  @Test
  void plainLinksNeedNothing() throws Exception {
    assertThat(open().canListen()).isFalse();
    assertThat(dir.resolve("default.quorate/fixtures")).doesNotExist();
  }

  @Test
  void aMemberMakesItsCertificateOnceWhereEtcdDoes() throws Exception {
    String[] args = {"--peer-auto-tls", "--listen-peer-urls=https://127.0.0.1:1,https://[::1]:1"};
    assertThat(open(args).canListen()).isTrue();
    Path certificate = dir.resolve("default.quorate/fixtures/peer/cert.pem");
    String made = Files.readString(certificate);
    assertThat(open(args).canListen()).isTrue();
    assertThat(Files.readString(certificate)).isEqualTo(made);
  }

  @Test
  void filesThatCannotBeReadAreNamedInTheWordsOfEtcd() throws Exception {
    assertThatThrownBy(() -> open("--peer-cert-file=c", "--peer-key-file=k"))
        .isInstanceOf(ConfigException.class)
        .hasMessage("open " + dir.resolve("c") + ": no such file or directory");
    // Even where nobody speaks TLS yet: somebody may be dialled who does.
    assertThatThrownBy(() -> open("--peer-trusted-ca-file=ca"))
        .hasMessage("open " + dir.resolve("ca") + ": no such file or directory");
    Files.writeString(dir.resolve("ca"), "none");
    assertThatThrownBy(() -> open("--peer-trusted-ca-file=ca"))
        .hasMessage("tls: failed to find a certificate of an authority");
  }
}
