package io.quorate.tls;

import io.quorate.base.OneLine;
import java.math.BigInteger;
import java.net.Socket;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whether the certificate of the other side is good enough: signed by an authority, for the host
 * that was dialled, and of an allowed name.
 */
final class Trust extends X509ExtendedTrustManager {
  private final Tls.Belief belief;
  private final Optional<X509TrustManager> authorities;
  private final Set<BigInteger> revoked;
  private final String dialledHost;

  /**
   * @param authorities empty where everybody is believed
   * @param revoked the serial numbers of certificates that are not believed any more
   * @param dialledHost whom we mean to have reached; empty on the side that was dialled
   */
  Trust(
      Tls.Belief belief,
      Optional<X509TrustManager> authorities,
      Set<BigInteger> revoked,
      String dialledHost) {
    this.belief = belief;
    this.authorities = authorities;
    this.revoked = revoked;
    this.dialledHost = dialledHost;
  }

  private interface Verification {
    void run(X509TrustManager authorities) throws CertificateException;
  }

  private void check(X509Certificate[] chain, Verification verification)
      throws CertificateException {
    if (authorities.isEmpty()) {
      return;
    }
    try {
      verification.run(authorities.get());
    } catch (CertificateException e) {
      throw new CertificateException(text(e, chain[0]), e);
    }
    if (!dialledHost.isEmpty()) {
      CertificateNames.check(chain[0], dialledHost);
    }
    checkAllowed(chain[0]);
    for (X509Certificate certificate : chain) {
      if (revoked.contains(certificate.getSerialNumber())) {
        throw new CertificateException(
            "certificate serial " + certificate.getSerialNumber().toString(16) + " revoked");
      }
    }
  }

  private void checkAllowed(X509Certificate certificate) throws CertificateException {
    List<String> names = belief.names();
    String name = CertificateNames.commonName(certificate);
    if (!names.isEmpty() && !names.contains(name)) {
      throw new CertificateException(
          "certificate has the common name " + shown(name) + ", allowed is " + names);
    }
    List<String> hosts = belief.hosts();
    for (String host : hosts) {
      if (CertificateNames.isFor(certificate, host)) {
        return;
      }
    }
    if (!hosts.isEmpty()) {
      throw new CertificateException("certificate is for none of the allowed hosts " + hosts);
    }
  }

  private static String text(CertificateException failure, X509Certificate certificate) {
    String subject = shown(certificate.getSubjectX500Principal().getName());
    Throwable root = failure;
    for (Throwable e = failure; e != null; e = e.getCause()) {
      root = e;
      if (e instanceof CertPathValidatorException) {
        break;
      }
    }
    if (failure instanceof CertificateExpiredException
        || root.getCause() instanceof CertificateExpiredException) {
      return "certificate of "
          + subject
          + " has expired at "
          + certificate.getNotAfter().toInstant();
    }
    if (failure instanceof CertificateNotYetValidException
        || root.getCause() instanceof CertificateNotYetValidException) {
      return "certificate of "
          + subject
          + " is not valid before "
          + certificate.getNotBefore().toInstant();
    }
    if (String.valueOf(root.getMessage()).contains("unable to find valid certification path")) {
      return "certificate of " + subject + " is signed by an unknown authority";
    }
    return "certificate of " + subject + " is not good: " + root.getMessage();
  }

  private static String shown(String text) {
    return '"' + OneLine.of(text) + '"';
  }

  @Override
  public void checkClientTrusted(
      X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
      throws CertificateException {
    check(chain, trusted -> trusted.checkClientTrusted(chain, authType));
  }

  @Override
  public void checkServerTrusted(
      X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
      throws CertificateException {
    check(chain, trusted -> trusted.checkServerTrusted(chain, authType));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
      throws CertificateException {
    check(chain, trusted -> trusted.checkClientTrusted(chain, authType));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
      throws CertificateException {
    check(chain, trusted -> trusted.checkServerTrusted(chain, authType));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(chain, trusted -> trusted.checkClientTrusted(chain, authType));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(chain, trusted -> trusted.checkServerTrusted(chain, authType));
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0]; // whoever dials shows what it has, see OneKey
  }
}
