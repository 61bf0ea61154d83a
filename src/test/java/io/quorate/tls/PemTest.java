package io.quorate.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys in the forms in which OpenSSL writes them; the refusals are those of etcd 3.7.3. */
class PemTest {
  /** Made once, since an RSA key takes a while. */
  @TempDir static Path keys;

  @TempDir Path dir;

  @BeforeAll
  static void make() throws Exception {
    TestAuthority authority = new TestAuthority("ca");
    for (String name : List.of("rsa", "ec", "ed")) {
      KeyPair pair =
          TestAuthority.keyPair(
              switch (name) {
                case "rsa" -> "RSA";
                case "ec" -> "EC";
                default -> "Ed25519";
              });
      byte[] certificate = authority.certificate(TestAuthority.Subject.of(name), pair);
      Files.writeString(keys.resolve(name + ".pem"), Pem.encode("CERTIFICATE", certificate));
      byte[] pkcs8 = pair.getPrivate().getEncoded();
      write(name + "-pkcs8.key", "PRIVATE KEY", pkcs8);
      // What PKCS#8 wraps is the key in the form that is the algorithm's own.
      List<Der.Value> parts = Der.read(Der.read(pkcs8).get(0).content().toArray());
      byte[] own = parts.get(2).content().toArray();
      if (name.equals("rsa")) {
        write("rsa-pkcs1.key", "RSA PRIVATE KEY", own);
        write("rsa-pkcs8-encrypted.key", "ENCRYPTED PRIVATE KEY", own);
        Files.writeString(
            keys.resolve("rsa-pkcs1-encrypted.key"),
            Pem.encode("RSA PRIVATE KEY", own)
                .replaceFirst("\n", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n"));
      } else if (name.equals("ec")) {
        write("ec-sec1.key", "EC PRIVATE KEY", sec1(own, parts.get(1)));
      }
    }
  }

  /** With the curve, which SEC1 leaves out where PKCS#8 says it. */
  private static byte[] sec1(byte[] inner, Der.Value algorithm) {
    List<Der.Value> curve = Der.read(algorithm.content().toArray());
    byte[] named = Der.explicit(0, Der.value(Der.OID, curve.get(1).content().toArray()));
    List<Der.Value> parts = Der.read(Der.read(inner).get(0).content().toArray());
    return Der.sequence(
        Der.value(Der.INTEGER, parts.get(0).content().toArray()),
        Der.value(Der.OCTETS, parts.get(1).content().toArray()),
        named);
  }

  private static void write(String name, String type, byte[] der) throws IOException {
    Files.writeString(keys.resolve(name), Pem.encode(type, der));
  }

  private static Tls open(Path certificate, Path key) throws IOException {
    return Tls.open(
        new Tls.Settings(
            Optional.of(new Tls.KeyFiles(certificate, key)),
            Optional.empty(),
            Tls.Belief.OF_JDK,
            Tls.Protocol.PRESET));
  }

  @ParameterizedTest
  @CsvSource({
    "rsa.pem, rsa-pkcs8.key, RSA",
    "rsa.pem, rsa-pkcs1.key, RSA",
    "ec.pem, ec-sec1.key, EC",
    "ed.pem, ed-pkcs8.key, EdDSA"
  })
  void keysAreReadInAllTheirForms(String certificate, String key, String algorithm)
      throws Exception {
    assertThat(open(keys.resolve(certificate), keys.resolve(key)).canListen()).isTrue();
    assertThat(Pem.key(Files.readString(keys.resolve(key))).getAlgorithm()).isEqualTo(algorithm);
  }

  @Test
  void bothFormsOfAnRsaKeyAreTheSameKey() throws Exception {
    assertThat(Pem.key(Files.readString(keys.resolve("rsa-pkcs1.key"))))
        .isEqualTo(Pem.key(Files.readString(keys.resolve("rsa-pkcs8.key"))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rsa.pem | ec-sec1.key | tls: private key does not match public key",
        "ec.pem | rsa-pkcs1.key | tls: private key does not match public key",
        "rsa-pkcs1.key | rsa.pem | tls: failed to find certificate PEM data in certificate input,"
            + " but did find a private key; PEM inputs may have been switched",
        "rsa.pem | rsa.pem | tls: found a certificate rather than a key in the PEM for the private"
            + " key",
        "rsa.pem | none | open KEYS/none: no such file or directory",
        "none | rsa-pkcs1.key | open KEYS/none: no such file or directory",
        "rsa.pem | rsa-pkcs1-encrypted.key | tls: the private key is encrypted",
        "rsa.pem | rsa-pkcs8-encrypted.key | tls: the private key is encrypted"
      })
  void refusesInTheWordsOfEtcd(String certificate, String key, String message) {
    assertThatThrownBy(() -> open(keys.resolve(certificate), keys.resolve(key)))
        .isInstanceOf(IOException.class)
        .hasMessage(message.replace("KEYS", keys.toString()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "-----BEGIN CERTIFICATE-----", "-----BEGIN X-----\nAAAA"})
  void whatIsNoPemIsRefusedAsSuch(String text) throws IOException {
    Path file = Files.writeString(dir.resolve("x"), text);
    assertThatThrownBy(() -> open(file, keys.resolve("rsa-pkcs1.key")))
        .hasMessage("tls: failed to find any PEM data in certificate input");
    assertThatThrownBy(() -> open(keys.resolve("rsa.pem"), file))
        .hasMessage("tls: failed to find any PEM data in key input");
  }

  @Test
  void keysThatAreCutOffAreRefused() throws Exception {
    for (String name : List.of("rsa-pkcs8.key", "rsa-pkcs1.key", "ec-sec1.key", "ed-pkcs8.key")) {
      String[] lines = Files.readString(keys.resolve(name)).split("\n", -1);
      int begin = List.of(lines).lastIndexOf(lines[lines.length - 2].replace("END", "BEGIN"));
      for (int keep = 1; keep < lines[begin + 1].length(); keep += 7) {
        String cut =
            lines[begin]
                + "\n"
                + lines[begin + 1].substring(0, keep)
                + "\n"
                + lines[lines.length - 2];
        assertThatThrownBy(() -> Pem.key(cut)).isInstanceOf(GeneralSecurityException.class);
      }
    }
  }

  @Test
  void aChainKeepsItsOrder() throws Exception {
    String both =
        Files.readString(keys.resolve("ec.pem")) + Files.readString(keys.resolve("rsa.pem"));
    List<X509Certificate> chain = Pem.chain("text before\n" + both);
    assertThat(chain)
        .extracting(c -> c.getSubjectX500Principal().getName())
        .containsExactly("CN=ec", "CN=rsa");
  }

  @Test
  void writesWhatItReads() throws Exception {
    KeyPair pair = SelfSigned.pair();
    String text = Pem.encode("PRIVATE KEY", pair.getPrivate().getEncoded());
    assertThat(text.lines()).allMatch(line -> line.length() <= 64);
    assertThat(Pem.key(text)).isEqualTo(pair.getPrivate());
  }
}
