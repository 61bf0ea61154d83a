package io.quorate.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Signs certificates, and writes them and their keys to files as people have them. */
public final class TestAuthority {
  private static final String ECDSA_SHA256 = "1.2.840.10045.4.3.2";
  private static final String COMMON_NAME = "2.5.4.3";

  private final String name;
  private final KeyPair pair;
  private long serial;

  /**
   * What a certificate says.
   *
   * @param commonName whom it is for
   * @param hosts alternative names
   * @param begin from when on it is valid
   * @param end until when
   */
  public record Subject(String commonName, List<String> hosts, Instant begin, Instant end) {
    /** Valid since a week, and for one. */
    public static Subject of(String commonName, String... hosts) {
      Instant now = Instant.now();
      Duration week = Duration.ofDays(7);
      return new Subject(commonName, List.of(hosts), now.minus(week), now.plus(week));
    }
  }

  /** An authority called {@code name}, with a key of its own. */
  public TestAuthority(String name) {
    this.name = name;
    this.pair = keyPair("EC");
  }

  /** A new key. */
  public static KeyPair keyPair(String algorithm) {
    try {
      return algorithm.equals("EC")
          ? SelfSigned.pair()
          : KeyPairGenerator.getInstance(algorithm).generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** Writes its own certificate to {@code file}. */
  public Path writeTo(Path file) throws IOException {
    Subject self = Subject.of(name);
    byte[] certificate = encode(self, pair, extension("2.5.29.19", Der.sequence(Der.yes())));
    return Files.writeString(file, Pem.encode("CERTIFICATE", certificate));
  }

  /** Writes a certificate for {@code hosts} and its key to {@code dir}. */
  public Tls.KeyFiles issue(Path dir, String commonName, String... hosts) throws IOException {
    return issue(dir, Subject.of(commonName, hosts), keyPair("EC"));
  }

  /** Writes a certificate for {@code subject} and its key to {@code dir}. */
  public Tls.KeyFiles issue(Path dir, Subject subject, KeyPair keys) throws IOException {
    Files.createDirectories(dir);
    Path certificate = dir.resolve("cert.pem");
    Files.writeString(certificate, Pem.encode("CERTIFICATE", certificate(subject, keys)));
    Path key = dir.resolve("key.pem");
    Files.writeString(key, Pem.encode("PRIVATE KEY", keys.getPrivate().getEncoded()));
    return new Tls.KeyFiles(certificate, key);
  }

  /** Writes a list of certificates that it has revoked to {@code file}, in DER. */
  public Path revoke(Path file, Tls.KeyFiles... revoked) throws Exception {
    Instant now = Instant.now().minusSeconds(60);
    List<byte[]> entries = new ArrayList<>();
    for (Tls.KeyFiles each : revoked) {
      BigInteger number =
          Pem.certificates(Files.readString(each.certificate())).get(0).getSerialNumber();
      entries.add(Der.sequence(Der.integer(number), Der.time(now)));
    }
    byte[] algorithm = Der.sequence(Der.oid(ECDSA_SHA256));
    byte[] signed =
        Der.sequence(
            Der.integer(BigInteger.ONE),
            algorithm,
            named(name),
            Der.time(now),
            Der.time(now.plus(Duration.ofDays(7))),
            entries.isEmpty() ? new byte[0] : Der.sequence(entries.toArray(new byte[0][])));
    return Files.write(file, Der.sequence(signed, algorithm, Der.bits(0, signature(signed))));
  }

  byte[] certificate(Subject subject, KeyPair keys) {
    List<byte[]> names = new ArrayList<>();
    for (String host : subject.hosts()) {
      Optional<InetAddress> address = CertificateNames.address(host);
      names.add(
          address.isPresent()
              ? Der.implicit(7, address.get().getAddress())
              : Der.implicit(2, host.getBytes(StandardCharsets.US_ASCII)));
    }
    return names.isEmpty()
        ? encode(subject, keys)
        : encode(subject, keys, extension("2.5.29.17", Der.sequence(names.toArray(new byte[0][]))));
  }

  private static byte[] extension(String oid, byte[] value) {
    return Der.sequence(Der.oid(oid), Der.octets(value));
  }

  private static byte[] named(String commonName) {
    return Der.sequence(Der.set(Der.sequence(Der.oid(COMMON_NAME), Der.text(commonName))));
  }

  private byte[] encode(Subject subject, KeyPair keys, byte[]... extensions) {
    byte[] algorithm = Der.sequence(Der.oid(ECDSA_SHA256));
    byte[] none = {};
    byte[] signed =
        Der.sequence(
            Der.explicit(0, Der.integer(BigInteger.TWO)),
            Der.integer(BigInteger.valueOf(++serial)),
            algorithm,
            named(name),
            Der.sequence(Der.time(subject.begin()), Der.time(subject.end())),
            named(subject.commonName()),
            keys.getPublic().getEncoded(),
            extensions.length == 0 ? none : Der.explicit(3, Der.sequence(extensions)));
    return Der.sequence(signed, algorithm, Der.bits(0, signature(signed)));
  }

  private byte[] signature(byte[] signed) {
    try {
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(pair.getPrivate());
      signature.update(signed);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** A member that shows what is in {@code own} and believes the authority in {@code trusted}. */
  public static Tls.Settings mutual(Tls.KeyFiles own, Path trusted) {
    return new Tls.Settings(
        Optional.of(own),
        Optional.empty(),
        new Tls.Belief(Optional.of(trusted), Optional.empty(), true, List.of(), List.of(), false),
        Tls.Protocol.PRESET);
  }
}
