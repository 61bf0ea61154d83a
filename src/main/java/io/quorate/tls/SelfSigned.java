package io.quorate.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A certificate that a member makes for itself, of an EC key on P-256. It keeps those out that only
 * listen on the wire; who somebody is it does not say, since nobody else vouches for it.
 */
public final class SelfSigned {
  private static final Logger LOG = LoggerFactory.getLogger(SelfSigned.class);

  private static final Duration YEAR = Duration.ofDays(365);
  private static final int SERIAL_BITS = 127;

  private static final String ECDSA_SHA256 = "1.2.840.10045.4.3.2";
  private static final String ORGANIZATION = "2.5.4.10";
  private static final String ALTERNATIVE_NAMES = "2.5.29.17";
  private static final String CONSTRAINTS = "2.5.29.19";
  private static final String USAGE = "2.5.29.15";
  private static final String EXTENDED_USAGE = "2.5.29.37";
  private static final String SERVER = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT = "1.3.6.1.5.5.7.3.2";

  private SelfSigned() {}

  /**
   * The certificate and key in {@code dir}, where they are made unless both are there. Blocks.
   *
   * @param hosts names and addresses that it is for
   * @param years how long it is valid from now on, at least 1
   */
  public static Tls.KeyFiles in(Path dir, List<String> hosts, long years) throws IOException {
    Path certificate = dir.resolve("cert.pem");
    Path key = dir.resolve("key.pem");
    if (!Files.exists(certificate) || !Files.exists(key)) {
      Files.createDirectories(
          dir, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      try {
        KeyPair pair = pair();
        Instant now = Instant.now();
        Instant end = now.plus(YEAR.multipliedBy(years));
        write(key, Pem.encode("PRIVATE KEY", pair.getPrivate().getEncoded()));
        write(certificate, Pem.encode("CERTIFICATE", encode(pair, hosts, now, end)));
        LOG.warn("made a certificate for {} in {}, valid until {}", hosts, dir, end);
      } catch (GeneralSecurityException e) {
        throw new IOException("cannot make a certificate: " + e.getMessage(), e);
      }
    }
    return new Tls.KeyFiles(certificate, key);
  }

  private static void write(Path file, String text) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".tmp");
    try {
      Files.createFile(
          part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException e) {
      LOG.debug("{} is left from before", part);
    }
    Files.writeString(part, text, StandardCharsets.US_ASCII);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }

  static KeyPair pair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  /** A certificate of {@code pair} for {@code hosts}, in DER. */
  static byte[] encode(KeyPair pair, List<String> hosts, Instant begin, Instant end)
      throws GeneralSecurityException {
    byte[] algorithm = Der.sequence(Der.oid(ECDSA_SHA256));
    byte[] name = Der.sequence(Der.set(Der.sequence(Der.oid(ORGANIZATION), Der.text("quorate"))));
    byte[] signed =
        Der.sequence(
            Der.explicit(0, Der.integer(BigInteger.TWO)), // the third version counts as 2
            Der.integer(new BigInteger(SERIAL_BITS, new SecureRandom()).add(BigInteger.ONE)),
            algorithm,
            name,
            Der.sequence(Der.time(begin), Der.time(end)),
            name,
            pair.getPublic().getEncoded(),
            Der.explicit(3, Der.sequence(extensions(hosts))));
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(pair.getPrivate());
    signature.update(signed);
    return Der.sequence(signed, algorithm, Der.bits(0, signature.sign()));
  }

  private static byte[][] extensions(List<String> hosts) {
    List<byte[]> names = new ArrayList<>();
    for (String host : hosts) {
      Optional<InetAddress> address = CertificateNames.address(host);
      names.add(
          address.isPresent()
              ? Der.implicit(7, address.get().getAddress())
              : Der.implicit(2, host.getBytes(StandardCharsets.US_ASCII)));
    }
    List<byte[]> all = new ArrayList<>();
    all.add(extension(CONSTRAINTS, true, Der.sequence(Der.yes())));
    // It signs handshakes, and itself.
    all.add(extension(USAGE, true, Der.bits(2, (byte) 0x84)));
    all.add(extension(EXTENDED_USAGE, false, Der.sequence(Der.oid(SERVER), Der.oid(CLIENT))));
    if (!names.isEmpty()) {
      all.add(extension(ALTERNATIVE_NAMES, false, Der.sequence(names.toArray(new byte[0][]))));
    }
    return all.toArray(new byte[0][]);
  }

  private static byte[] extension(String oid, boolean critical, byte[] value) {
    return critical
        ? Der.sequence(Der.oid(oid), Der.yes(), Der.octets(value))
        : Der.sequence(Der.oid(oid), Der.octets(value));
  }
}
