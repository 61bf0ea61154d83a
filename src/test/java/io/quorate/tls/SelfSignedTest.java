package io.quorate.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SelfSignedTest {
  @TempDir Path dir;

  private static X509Certificate certificate(Instant begin, Instant end, String... hosts)
      throws Exception {
    KeyPair pair = SelfSigned.pair();
    byte[] der = SelfSigned.encode(pair, List.of(hosts), begin, end);
    X509Certificate certificate = Pem.certificates(Pem.encode("CERTIFICATE", der)).get(0);
    certificate.verify(pair.getPublic());
    return certificate;
  }

  /** The second year needs the other form of a time. */
  @ParameterizedTest
  @ValueSource(longs = {1, 100})
  void theJdkReadsAndBelievesWhatWasMade(long years) throws Exception {
    Instant begin = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Instant end = begin.plus(Duration.ofDays(365 * years));
    X509Certificate made = certificate(begin, end, "127.0.0.1", "::1", "some.host");
    assertThat(made.getNotBefore()).isEqualTo(Date.from(begin));
    assertThat(made.getNotAfter()).isEqualTo(Date.from(end));
    assertThat(made.getSubjectX500Principal().getName()).isEqualTo("O=quorate");
    assertThat(made.getBasicConstraints()).isGreaterThan(0);
    assertThat(made.getExtendedKeyUsage()).hasSize(2);
    assertThat(made.getKeyUsage()).startsWith(true, false, false, false, false, true);
    for (String host : List.of("127.0.0.1", "::1", "some.host")) {
      assertThat(CertificateNames.isFor(made, host)).as(host).isTrue();
    }
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(made, null)));
    parameters.setRevocationEnabled(false);
    CertPath path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(made));
    CertPathValidator.getInstance("PKIX").validate(path, parameters);
  }

  @Test
  void aMemberMakesItOnceAndKeepsTheKeyToItself() throws Exception {
    Path fixtures = dir.resolve("fixtures/peer");
    Tls.KeyFiles files = SelfSigned.in(fixtures, List.of("127.0.0.1"), 1);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(files.key())))
        .isEqualTo("rw-------");
    String certificate = Files.readString(files.certificate());
    assertThat(SelfSigned.in(fixtures, List.of("other"), 1)).isEqualTo(files);
    assertThat(Files.readString(files.certificate())).isEqualTo(certificate);
    // A crash between the two files leaves the key alone.
    Files.delete(files.certificate());
    SelfSigned.in(fixtures, List.of("other"), 1);
    assertThat(Tls.open(Tls.Settings.selfSigned(files, Tls.Protocol.PRESET)).canListen()).isTrue();
    try (var all = Files.list(fixtures)) {
      assertThat(all).hasSize(2);
    }
  }

  @Test
  void namesCountAsInGo() throws Exception {
    Instant now = Instant.now();
    X509Certificate made =
        certificate(now, now.plusSeconds(60), "*.x.org", "b.*.com", "Y.org", "10.0.0.1", "fe80::1");
    for (String host : List.of("a.x.org", "A.X.ORG.", "y.org", "10.0.0.1", "fe80:0:0::1")) {
      assertThat(CertificateNames.isFor(made, host)).as(host).isTrue();
    }
    for (String host :
        List.of(
            "x.org",
            "a.b.x.org",
            ".x.org",
            "z.y.org",
            "b.c.com",
            "10.0.0.2",
            "::2",
            "quorate",
            "")) {
      assertThat(CertificateNames.isFor(made, host)).as(host).isFalse();
    }
  }

  @Test
  void commonNamesMayHoldAnything() throws Exception {
    Instant now = Instant.now();
    assertThat(CertificateNames.commonName(certificate(now, now.plusSeconds(60)))).isEmpty();
    TestAuthority authority = new TestAuthority("ours");
    byte[] der = authority.certificate(TestAuthority.Subject.of("a, b=\"c\"+d"), SelfSigned.pair());
    assertThat(CertificateNames.commonName(Pem.certificates(Pem.encode("CERTIFICATE", der)).get(0)))
        .isEqualTo("a, b=\"c\"+d");
  }
}
