package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.tls.Tls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsFlagsTest {
  @TempDir Path dir;

  private Tls open(String... args) throws ConfigException {
    CommandLine line = CommandLine.parse(Arrays.asList(args));
    ServeConfig config = new ConfigResolver(line.values(), false, dir).resolve();
    try (DataDir dataDir = DataDir.open(config.dataDir())) {
      return TlsFlags.openPeers(config, dataDir);
    }
  }

  private ServeConfig.Security clients(String... args) throws ConfigException {
    CommandLine line = CommandLine.parse(Arrays.asList(args));
    return new ConfigResolver(line.values(), false, dir).resolve().urls().clientSecurity();
  }

  /** All of them were told by etcd 3.7.3. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--listen-client-urls=https://127.0.0.1:1 --advertise-client-urls=https://127.0.0.1:1"
            + " | TLS key/cert (--cert-file, --key-file) must be provided for client url"
            + " https://127.0.0.1:1 with HTTPS scheme",
        "--listen-metrics-urls=https://127.0.0.1:1 | client TLS key/cert (--cert-file, --key-file)"
            + " must be provided for metrics secure url",
        "--cert-file=c | KeyFile and CertFile must both be present[key: , cert: c]",
        "--cert-file=c --key-file=k --client-key-file=d"
            + " | ClientKeyFile and ClientCertFile must both be present or both absent:"
            + " key: d, cert: ]",
        "--tls-min-version=TLS1.1"
            + " | unexpected TLS version \"TLS1.1\" (must be one of: TLS1.2, TLS1.3)",
        "--tls-min-version=TLS1.3 --tls-max-version=TLS1.2"
            + " | min version (TLS1.3) is greater than max version (TLS1.2)",
        "--tls-min-version=TLS1.3 --cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
            + " | cipher suites cannot be configured when only TLS1.3 is enabled",
        "--cipher-suites=X | unexpected TLS cipher suite \"X\"",
        "--auto-tls --self-signed-cert-validity=0 | failed to get client self-signed certs:"
            + " selfSignedCertValidity is invalid,it should be greater than 0"
      })
  void refusesWhatEtcdRefusesInItsWords(String args, String message) {
    assertThatThrownBy(() -> clients(args.split(" "))).hasMessage(message);
  }

  @Test
  void suitesOfTheNewestVersionAreNotRuledByTheFlag() throws Exception {
    assertThat(
            clients("--cipher-suites=TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305,TLS_AES_128_GCM_SHA256")
                .settings()
                .protocol()
                .suites())
        .containsExactly(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
    assertThatThrownBy(() -> clients("--cipher-suites=TLS_RSA_WITH_RC4_128_SHA"))
        .hasMessage("--cipher-suites has TLS_RSA_WITH_RC4_128_SHA, of which Java has none");
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
