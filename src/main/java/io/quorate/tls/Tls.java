package io.quorate.tls;

import io.quorate.base.OneLine;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS 1.2 and 1.3: who this member is and whom it believes. Each connection gets an engine of its
 * own, made of what the files say at that moment, see {@link Reloaded}; no session is ever resumed,
 * so that nobody is let in for what the files said before. Safe for threads.
 *
 * <p>As in etcd, a member that knows authorities demands a certificate of whoever dials it, and
 * whoever dials checks that the certificate of the other side is for the host it has dialled. What
 * is allowed as a common name or host is demanded of both sides.
 */
public final class Tls {
  /** Newer updates of the JDK begin what they say with the name of the alert they send or got. */
  private static final Pattern ALERT = Pattern.compile("^\\([a-z_]+\\) ");

  /**
   * Where a certificate, followed by those that lead to an authority, and its private key lie.
   *
   * @param certificate a PEM file
   * @param key a PEM file
   */
  public record KeyFiles(Path certificate, Path key) {}

  /**
   * What somebody is told.
   *
   * @param own who it is; without it, it cannot listen
   * @param dialling who it is where it dials, if that is somebody else
   * @param belief whom it believes
   * @param protocol how it speaks
   */
  public record Settings(
      Optional<KeyFiles> own, Optional<KeyFiles> dialling, Belief belief, Protocol protocol) {
    /** Nothing: it dials as anybody can, and cannot listen. */
    public static final Settings NONE =
        new Settings(Optional.empty(), Optional.empty(), Belief.OF_JDK, Protocol.PRESET);

    /** Somebody who shows no certificate and believes the {@code authorities} in a PEM file. */
    public static Settings believing(Path authorities) {
      Belief belief =
          new Belief(
              Optional.of(authorities), Optional.empty(), false, List.of(), List.of(), false);
      return new Settings(Optional.empty(), Optional.empty(), belief, Protocol.PRESET);
    }

    /** Somebody who made its certificate by itself, see {@link SelfSigned}. */
    public static Settings selfSigned(KeyFiles own, Protocol protocol) {
      return new Settings(Optional.of(own), Optional.empty(), Belief.IN_ALL, protocol);
    }
  }

  /**
   * Whom it believes.
   *
   * @param authorities a PEM file of those whom it believes; without it, those of the JDK
   * @param revoked a list of certificates, in DER or PEM, that it believes no more; only their
   *     serial numbers count, as in etcd
   * @param demanding whether whoever dials it must show a certificate; so it is with authorities
   * @param names common names, one of which the other side must have, if there are any
   * @param hosts hosts for one of which its certificate must be, if there are any
   * @param unverified whether everybody is believed: the certificate was made here
   */
  public record Belief(
      Optional<Path> authorities,
      Optional<Path> revoked,
      boolean demanding,
      List<String> names,
      List<String> hosts,
      boolean unverified) {
    /** Whoever an authority of the JDK vouches for, and whoever dials. */
    public static final Belief OF_JDK =
        new Belief(Optional.empty(), Optional.empty(), false, List.of(), List.of(), false);

    /** Everybody. */
    public static final Belief IN_ALL =
        new Belief(Optional.empty(), Optional.empty(), false, List.of(), List.of(), true);

    /** Copies the lists. */
    public Belief {
      names = List.copyOf(names);
      hosts = List.copyOf(hosts);
    }
  }

  /**
   * How it speaks.
   *
   * @param versions as the JDK calls them, the best first
   * @param suites as the JDK calls them, the best first; those of the JDK without any
   * @param applications what may be spoken within, the best first (RFC 7301); anything without any
   */
  public record Protocol(List<String> versions, List<String> suites, List<String> applications) {
    /** Both versions, and what the JDK thinks good. */
    public static final Protocol PRESET =
        new Protocol(List.of("TLSv1.3", "TLSv1.2"), List.of(), List.of());

    /** Copies the lists. */
    public Protocol {
      versions = List.copyOf(versions);
      suites = List.copyOf(suites);
      applications = List.copyOf(applications);
    }

    private void apply(SSLEngine engine) {
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setProtocols(versions.toArray(new String[0]));
      if (!suites.isEmpty()) {
        parameters.setCipherSuites(suites.toArray(new String[0]));
        parameters.setUseCipherSuitesOrder(true);
      }
      parameters.setApplicationProtocols(applications.toArray(new String[0]));
      engine.setSSLParameters(parameters);
    }
  }

  /** A private key and the certificates that speak for it. */
  record Identity(PrivateKey key, List<X509Certificate> chain) {}

  private final Settings settings;
  private final @Nullable Reloaded<Identity> own;
  private final @Nullable Reloaded<Identity> dialling;
  private final @Nullable Reloaded<X509TrustManager> authorities;
  private final @Nullable Reloaded<Set<BigInteger>> revoked;
  // Loaded when somebody is dialled without other authorities; there are many of them.
  private @Nullable X509TrustManager jdk;

  private Tls(Settings settings) throws IOException {
    this.settings = settings;
    this.own = settings.own().isPresent() ? open(settings.own().get()) : null;
    this.dialling = settings.dialling().isPresent() ? open(settings.dialling().get()) : own;
    Belief belief = settings.belief();
    this.authorities =
        belief.authorities().isPresent()
            ? Reloaded.open(List.of(belief.authorities().get()), pem -> authorities(pem.get(0)))
            : null;
    this.revoked =
        belief.revoked().isPresent()
            ? Reloaded.open(List.of(belief.revoked().get()), list -> Pem.revoked(list.get(0)))
            : null;
  }

  /**
   * Reads all files for the first time. Blocks.
   *
   * @throws IOException when one of them cannot be used; the text is one line, and etcd's where
   *     etcd has one
   */
  public static Tls open(Settings settings) throws IOException {
    return new Tls(settings);
  }

  /** What {@link Settings#NONE} opens. */
  public static Tls none() {
    try {
      return open(Settings.NONE);
    } catch (IOException e) {
      throw new IllegalStateException("there is no file that could be missing", e);
    }
  }

  private static Reloaded<Identity> open(KeyFiles files) throws IOException {
    return Reloaded.open(
        List.of(files.certificate(), files.key()), pem -> identity(pem.get(0), pem.get(1)));
  }

  private static Identity identity(String certificates, String key)
      throws GeneralSecurityException {
    List<X509Certificate> chain = Pem.chain(certificates);
    Identity identity = new Identity(Pem.key(key), chain);
    if (!isPair(identity.key(), chain.get(0))) {
      throw new GeneralSecurityException("tls: private key does not match public key");
    }
    return identity;
  }

  private static boolean isPair(PrivateKey key, X509Certificate certificate)
      throws GeneralSecurityException {
    String algorithm = key.getAlgorithm();
    if (!algorithm.equals(certificate.getPublicKey().getAlgorithm())) {
      return false;
    }
    if (key instanceof RSAKey rsa && certificate.getPublicKey() instanceof RSAKey other) {
      return rsa.getModulus().equals(other.getModulus());
    }
    Signature signature =
        Signature.getInstance(algorithm.equals("EC") ? "SHA256withECDSA" : algorithm);
    byte[] any = {1, 2, 3};
    signature.initSign(key);
    signature.update(any);
    byte[] signed = signature.sign();
    signature.initVerify(certificate.getPublicKey());
    signature.update(any);
    try {
      return signature.verify(signed);
    } catch (SignatureException e) {
      return false; // of another curve
    }
  }

  private static X509TrustManager authorities(String pem) throws GeneralSecurityException {
    List<X509Certificate> certificates = Pem.certificates(pem);
    if (certificates.isEmpty()) {
      throw new GeneralSecurityException("tls: failed to find a certificate of an authority");
    }
    KeyStore store = emptyStore();
    for (int i = 0; i < certificates.size(); i++) {
      store.setCertificateEntry("authority-" + i, certificates.get(i));
    }
    return trusting(store);
  }

  private static KeyStore emptyStore() throws GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try {
      store.load(null, null);
    } catch (IOException e) {
      throw new GeneralSecurityException(e);
    }
    return store;
  }

  /** Trusts the authorities in {@code store}; those of the JDK without one. */
  private static X509TrustManager trusting(@Nullable KeyStore store)
      throws GeneralSecurityException {
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager found) {
        return found;
      }
    }
    throw new GeneralSecurityException("the JDK has no trust manager");
  }

  /** Whether this member has a certificate to show to whoever dials it. */
  public boolean canListen() {
    return own != null;
  }

  /** An engine for somebody who has dialled this member; {@link #canListen} must hold. */
  public SSLEngine accepting() {
    SSLEngine engine = context(own, "").createSSLEngine();
    engine.setUseClientMode(false);
    settings.protocol().apply(engine);
    Belief belief = settings.belief();
    engine.setNeedClientAuth(belief.demanding() || belief.authorities().isPresent());
    return engine;
  }

  /** An engine for a connection that this member opens to {@code host}. */
  public SSLEngine dialling(String host, int port) {
    SSLEngine engine = context(dialling, host).createSSLEngine(host, port);
    engine.setUseClientMode(true);
    settings.protocol().apply(engine);
    return engine;
  }

  /** For a library that makes its own engines: whom it dials must be {@code host}. */
  public SSLContext context(String host) {
    return context(dialling, host);
  }

  private SSLContext context(@Nullable Reloaded<Identity> identity, String dialledHost) {
    try {
      KeyManager[] keys = {};
      if (identity != null) {
        keys = new KeyManager[] {new OneKey(identity.get())};
      }
      SSLContext context = SSLContext.getInstance("TLS");
      Set<BigInteger> serials = revoked == null ? Set.of() : revoked.get();
      Trust trust = new Trust(settings.belief(), believed(), serials, dialledHost);
      context.init(keys, new TrustManager[] {trust}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK cannot do TLS", e);
    }
  }

  private Optional<X509TrustManager> believed() throws GeneralSecurityException {
    if (settings.belief().unverified()) {
      return Optional.empty();
    }
    return Optional.of(authorities == null ? jdk() : authorities.get());
  }

  private synchronized X509TrustManager jdk() throws GeneralSecurityException {
    X509TrustManager known = jdk;
    if (known == null) {
      known = trusting(null);
      jdk = known;
    }
    return known;
  }

  /** What a failed handshake says, in one line that is safe to log. */
  public static String text(Throwable failure) {
    String text = ALERT.matcher(OneLine.of(String.valueOf(failure.getMessage()))).replaceFirst("");
    String alert = "Received fatal alert: ";
    if (text.startsWith(alert)) {
      return "the other side ends the TLS handshake: " + text.substring(alert.length());
    }
    if (text.startsWith("Unsupported or unrecognized SSL message")
        || text.startsWith("Unrecognized SSL message")) {
      return "the other side speaks no TLS";
    }
    if (text.startsWith("Empty client certificate chain")
        || text.startsWith("Empty server certificate chain")) {
      return "no certificate was given";
    }
    return text;
  }
}
