package io.quorate.server;

import io.quorate.tls.Tls;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;

/**
 * From the flags that say how TLS is spoken, with members and with clients, to what the JDK knows;
 * names and refusals are those of etcd and of Go.
 */
final class TlsProtocol {
  private static final String TLS_1_2 = "TLS1.2";
  private static final String TLS_1_3 = "TLS1.3";

  /** Suites of TLS 1.3, which the flag may name and which it does not rule. */
  private static final List<String> SUITES_1_3 =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  /** The other suites that Go knows. */
  private static final Set<String> SUITES_1_2 =
      Set.of(
          "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_RSA_WITH_RC4_128_SHA",
          "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
          "TLS_RSA_WITH_AES_128_CBC_SHA",
          "TLS_RSA_WITH_AES_256_CBC_SHA",
          "TLS_RSA_WITH_AES_128_CBC_SHA256",
          "TLS_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
          "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
          "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
          "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256");

  /** What etcd takes for other names of suites. */
  private static final Map<String, String> ALIASES =
      Map.of(
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");

  private TlsProtocol() {}

  /** What the flags say, for connections within which {@code applications} are spoken. */
  static Tls.Protocol of(FlagValues values, List<String> applications) throws ConfigException {
    return new Tls.Protocol(versions(values), suites(values), applications);
  }

  private static List<String> versions(FlagValues values) throws ConfigException {
    String min = version(values.text(FlagTable.TLS_MIN_VERSION));
    String max = version(values.text(FlagTable.TLS_MAX_VERSION));
    if (min.equals(TLS_1_3) && max.equals(TLS_1_2)) {
      throw ConfigException.verify(
          "min version (" + min + ") is greater than max version (" + max + ")");
    }
    if (min.equals(TLS_1_3) && !values.text(FlagTable.CIPHER_SUITES).isEmpty()) {
      throw ConfigException.verify(
          "cipher suites cannot be configured when only TLS1.3 is enabled");
    }
    List<String> versions = new ArrayList<>();
    if (!max.equals(TLS_1_2)) {
      versions.add("TLSv1.3");
    }
    if (!min.equals(TLS_1_3)) {
      versions.add("TLSv1.2");
    }
    return versions;
  }

  /** Checks a version; empty means whatever there is. */
  private static String version(String text) throws ConfigException {
    if (!text.isEmpty() && !text.equals(TLS_1_2) && !text.equals(TLS_1_3)) {
      throw ConfigException.verify(
          "unexpected TLS version " + GoText.quote(text) + " (must be one of: TLS1.2, TLS1.3)");
    }
    return text;
  }

  private static List<String> suites(FlagValues values) throws ConfigException {
    String text = values.text(FlagTable.CIPHER_SUITES);
    if (text.isEmpty()) {
      return List.of();
    }
    Set<String> known = known();
    List<String> suites = new ArrayList<>(SUITES_1_3);
    suites.retainAll(known);
    List<String> asked = new ArrayList<>();
    for (String name : Arrays.asList(text.split(",", -1))) {
      String suite = ALIASES.getOrDefault(name, name);
      if (SUITES_1_2.contains(suite)) {
        asked.add(suite);
      } else if (!SUITES_1_3.contains(suite)) {
        throw ConfigException.start("unexpected TLS cipher suite " + GoText.quote(name));
      }
    }
    boolean isNone = !asked.isEmpty() && asked.stream().noneMatch(known::contains);
    if (isNone) {
      throw ConfigException.start("--cipher-suites has " + text + ", of which Java has none");
    }
    asked.stream().filter(known::contains).forEach(suites::add);
    return suites;
  }

  private static Set<String> known() {
    try {
      return Set.of(SSLContext.getDefault().getSupportedSSLParameters().getCipherSuites());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK cannot do TLS", e);
    }
  }
}
