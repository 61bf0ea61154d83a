package io.quorate.tls;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and private keys as text. Keys may be in PKCS#8, as the JDK reads them, or in the
 * older forms of RSA (PKCS#1) and elliptic curves (SEC1), round which PKCS#8 is put here. Refusals
 * are worded as by Go, which etcd's users know.
 */
final class Pem {
  private static final String CERTIFICATE = "CERTIFICATE";
  private static final String REVOKED = "X509 CRL";
  private static final String KEY_PKCS8 = "PRIVATE KEY";
  private static final String KEY_PKCS1 = "RSA PRIVATE KEY";
  private static final String KEY_SEC1 = "EC PRIVATE KEY";
  private static final String KEY_ENCRYPTED = "ENCRYPTED PRIVATE KEY";

  private static final String RSA = "1.2.840.113549.1.1.1";
  private static final String EC = "1.2.840.10045.2.1";

  /** What the JDK calls the keys that it can use in TLS. */
  private static final List<String> ALGORITHMS = List.of("EC", "RSA", "EdDSA", "RSASSA-PSS");

  private static final Pattern BEGIN = Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,64})-----");

  private Pem() {}

  /** One block; the body is still text. */
  private record Block(String type, String body) {
    byte[] decode() throws GeneralSecurityException {
      try {
        return Base64.getMimeDecoder().decode(body);
      } catch (IllegalArgumentException e) {
        throw new GeneralSecurityException(type + " is no base64: " + e.getMessage(), e);
      }
    }
  }

  private static List<Block> blocks(String text) {
    List<Block> blocks = new ArrayList<>();
    Matcher begin = BEGIN.matcher(text);
    int at = 0;
    while (begin.find(at)) {
      String type = begin.group(1);
      int end = text.indexOf("-----END " + type + "-----", begin.end());
      if (end < 0) {
        break;
      }
      blocks.add(new Block(type, text.substring(begin.end(), end)));
      at = end;
    }
    return blocks;
  }

  private static List<String> types(List<Block> blocks) {
    return blocks.stream().map(Block::type).toList();
  }

  /** All certificates in {@code text}, in order; anything else is passed over. */
  static List<X509Certificate> certificates(String text) throws GeneralSecurityException {
    List<X509Certificate> certificates = new ArrayList<>();
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    for (Block block : blocks(text)) {
      if (block.type().equals(CERTIFICATE)) {
        certificates.add(certificate(factory, block.decode()));
      }
    }
    return certificates;
  }

  private static X509Certificate certificate(CertificateFactory factory, byte[] der)
      throws CertificateException {
    return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
  }

  /** The serial numbers in a list of revoked certificates, in DER or PEM (RFC 5280, section 5). */
  static Set<BigInteger> revoked(String list) throws GeneralSecurityException {
    byte[] der = list.getBytes(StandardCharsets.ISO_8859_1);
    for (Block block : blocks(list)) {
      if (block.type().equals(REVOKED)) {
        der = block.decode();
      }
    }
    Set<BigInteger> serials = new HashSet<>();
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    if (factory.generateCRL(new ByteArrayInputStream(der)) instanceof X509CRL read
        && read.getRevokedCertificates() != null) {
      read.getRevokedCertificates().forEach(each -> serials.add(each.getSerialNumber()));
    }
    return serials;
  }

  /** A certificate, and behind it those that lead to an authority. */
  static List<X509Certificate> chain(String text) throws GeneralSecurityException {
    List<X509Certificate> chain = certificates(text);
    if (!chain.isEmpty()) {
      return chain;
    }
    List<Block> blocks = blocks(text);
    if (blocks.isEmpty()) {
      throw new GeneralSecurityException("tls: failed to find any PEM data in certificate input");
    }
    if (blocks.get(0).type().endsWith(KEY_PKCS8)) {
      throw new GeneralSecurityException(
          "tls: failed to find certificate PEM data in certificate input, but did find a private"
              + " key; PEM inputs may have been switched");
    }
    throw new GeneralSecurityException(
        "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM"
            + " blocks of the following types: "
            + types(blocks));
  }

  /** The first private key in {@code text}. */
  static PrivateKey key(String text) throws GeneralSecurityException {
    List<Block> blocks = blocks(text);
    for (Block block : blocks) {
      if (block.type().endsWith(KEY_PKCS8)) {
        return key(block);
      }
    }
    if (blocks.isEmpty()) {
      throw new GeneralSecurityException("tls: failed to find any PEM data in key input");
    }
    if (blocks.get(0).type().equals(CERTIFICATE)) {
      throw new GeneralSecurityException(
          "tls: found a certificate rather than a key in the PEM for the private key");
    }
    throw new GeneralSecurityException(
        "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after"
            + " skipping PEM blocks of the following types: "
            + types(blocks));
  }

  private static PrivateKey key(Block block) throws GeneralSecurityException {
    if (block.type().equals(KEY_ENCRYPTED) || block.body().contains("4,ENCRYPTED")) {
      throw new GeneralSecurityException("tls: the private key is encrypted");
    }
    byte[] der = block.decode();
    return switch (block.type()) {
      case KEY_PKCS8 -> ofPkcs8(der);
      case KEY_PKCS1 -> ofPkcs8(wrap(Der.oid(RSA), Der.value(5), der));
      case KEY_SEC1 -> ofPkcs8(wrap(Der.oid(EC), curve(der), der));
      default ->
          throw new GeneralSecurityException("tls: unknown kind of private key: " + block.type());
    };
  }

  private static byte[] wrap(byte[] algorithm, byte[] parameters, byte[] key) {
    return Der.sequence(
        Der.integer(BigInteger.ZERO), Der.sequence(algorithm, parameters), Der.octets(key));
  }

  /** The curve that a key in SEC1 names; PKCS#8 wants it in another place. */
  private static byte[] curve(byte[] sec1) throws GeneralSecurityException {
    try {
      for (Der.Value part : Der.read(Der.read(sec1).get(0).content().unsafeArray())) {
        if (Der.isExplicit(part, 0)) {
          return part.content().unsafeArray();
        }
      }
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new InvalidKeyException("tls: failed to parse private key: " + e.getMessage(), e);
    }
    throw new InvalidKeyException("tls: failed to parse private key: it names no curve");
  }

  private static PrivateKey ofPkcs8(byte[] der) throws GeneralSecurityException {
    PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(der);
    GeneralSecurityException failure =
        new GeneralSecurityException("tls: failed to parse private key");
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (InvalidKeySpecException e) {
        failure.addSuppressed(e); // perhaps of another algorithm
      }
    }
    throw failure;
  }

  /** {@code der} as a block of {@code type}. */
  static String encode(String type, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n";
  }
}
