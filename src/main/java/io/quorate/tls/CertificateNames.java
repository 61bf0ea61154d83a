package io.quorate.tls;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * Whom a certificate is for: the hosts among its alternative names, and its common name. As in Go,
 * the common name never counts as a host, and a star stands for exactly the first label.
 */
final class CertificateNames {
  private static final int DNS = 2;
  private static final int ADDRESS = 7;
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final int OCTET_MAX = 255;

  private CertificateNames() {}

  /** Refuses a certificate that is not for {@code host}, a name or an address. */
  static void check(X509Certificate certificate, String host) throws CertificateException {
    if (!isFor(certificate, host)) {
      List<String> names = new ArrayList<>(names(certificate, ADDRESS));
      names.addAll(names(certificate, DNS));
      throw new CertificateException(
          names.isEmpty()
              ? "certificate is not valid for any names, but wanted to match " + host
              : "certificate is valid for " + String.join(", ", names) + ", not " + host);
    }
  }

  /** Whether {@code certificate} is for {@code host}, a name or an address. */
  static boolean isFor(X509Certificate certificate, String host)
      throws CertificateParsingException {
    Optional<InetAddress> address = address(host);
    if (address.isPresent()) {
      return names(certificate, ADDRESS).stream().anyMatch(name -> address(name).equals(address));
    }
    return names(certificate, DNS).stream().anyMatch(pattern -> matches(pattern, host));
  }

  /** The names of hosts, among them patterns. */
  static List<String> hosts(X509Certificate certificate) throws CertificateParsingException {
    return names(certificate, DNS);
  }

  /** The addresses, as text. */
  static List<String> addresses(X509Certificate certificate) throws CertificateParsingException {
    return names(certificate, ADDRESS);
  }

  private static List<String> names(X509Certificate certificate, int type)
      throws CertificateParsingException {
    Collection<List<?>> all = certificate.getSubjectAlternativeNames();
    List<String> names = new ArrayList<>();
    if (all != null) {
      for (List<?> name : all) {
        if (name.get(0).equals(type)) {
          names.add(String.valueOf(name.get(1)));
        }
      }
    }
    return names;
  }

  private static boolean matches(String pattern, String host) {
    String[] wanted = labels(pattern);
    String[] given = labels(host);
    if (wanted.length != given.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      boolean star = i == 0 && wanted[i].equals("*");
      if (given[i].isEmpty() || (!star && !wanted[i].equals(given[i]))) {
        return false;
      }
    }
    return true;
  }

  private static String[] labels(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return (lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower).split("\\.", -1);
  }

  /** The address that {@code host} spells; empty if it is a name. Asks nobody. */
  static Optional<InetAddress> address(String host) {
    if (!host.contains(":")) {
      if (!IPV4.matcher(host).matches()) {
        return Optional.empty();
      }
      for (String octet : host.split("\\.", -1)) {
        if (Integer.parseInt(octet) > OCTET_MAX) {
          return Optional.empty();
        }
      }
    }
    try {
      return Optional.of(InetAddress.getByName(host));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  /** The common name; the last one if there are several, empty if there is none. */
  static String commonName(X509Certificate certificate) throws CertificateException {
    String common = "";
    try {
      for (Rdn rdn : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        if (rdn.getType().equalsIgnoreCase("CN") && rdn.getValue() instanceof String text) {
          common = text;
        }
      }
    } catch (InvalidNameException e) {
      throw new CertificateException("malformed subject", e);
    }
    return common;
  }
}
