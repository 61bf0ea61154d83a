package io.quorate.server;

import io.quorate.tls.SelfSigned;
import io.quorate.tls.Tls;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From the flags of TLS, with other members or with clients, to what is read when the member
 * starts; refusals and texts are etcd's.
 */
final class TlsFlags {
  private static final Logger LOG = LoggerFactory.getLogger(TlsFlags.class);

  /** Where certificates that were made here lie, below the data directory; as in etcd. */
  static final String FIXTURES = "fixtures";

  /**
   * With whom one speaks.
   *
   * @param noun what etcd calls them
   * @param prefix of the names of flags
   * @param applications what is spoken within, the best first; anything without any
   */
  private record Side(String noun, String prefix, List<String> applications) {
    String flag(String name) {
      return prefix + name;
    }
  }

  private static final Side PEERS = new Side("peer", "peer-", List.of());

  private static final Side CLIENTS = new Side("client", "", List.of("h2", "http/1.1"));

  private final FlagValues values;
  private final Path workingDir;

  /**
   * @param workingDir where relative paths begin
   */
  TlsFlags(FlagValues values, Path workingDir) {
    this.values = values;
    this.workingDir = workingDir;
  }

  /** TLS between members, checked against itself and {@code listen}; reads no file. */
  ServeConfig.Security peers(List<EtcdUrl> listen) throws ConfigException {
    Tls.Protocol protocol = TlsProtocol.of(values, PEERS.applications());
    Tls.Belief belief =
        new Tls.Belief(
            file(FlagTable.PEER_TRUSTED_CA_FILE),
            file(FlagTable.PEER_CRL_FILE),
            values.isTrue(FlagTable.PEER_CLIENT_CERT_AUTH),
            list(FlagTable.PEER_CERT_ALLOWED_CN),
            list(FlagTable.PEER_CERT_ALLOWED_HOSTNAME),
            false);
    ServeConfig.Security security = resolve(PEERS, belief, protocol);
    if (!security.isSecure()) {
      refuseTls(listen);
    } else if (!security.selfSigned()) {
      warnOfPlain(listen);
    }
    return security;
  }

  /** TLS with clients, in the same way. */
  ServeConfig.Security clients(List<EtcdUrl> listen) throws ConfigException {
    Tls.Protocol protocol = TlsProtocol.of(values, CLIENTS.applications());
    Tls.Belief belief =
        new Tls.Belief(
            file(FlagTable.TRUSTED_CA_FILE),
            file(FlagTable.CLIENT_CRL_FILE),
            values.isTrue(FlagTable.CLIENT_CERT_AUTH),
            List.of(),
            list(FlagTable.CLIENT_CERT_ALLOWED_HOSTNAME),
            false);
    ServeConfig.Security security = resolve(CLIENTS, belief, protocol);
    for (EtcdUrl url : listen) {
      if (url.isTls() && !security.isSecure()) {
        throw ConfigException.start(
            "TLS key/cert (--cert-file, --key-file) must be provided for client url "
                + url.text()
                + " with HTTPS scheme");
      }
      if (!url.isTls()) {
        warnOfPlainClients(url, security);
      }
    }
    return security;
  }

  /** Refuses to show metrics within TLS where there is no certificate for clients. */
  static void checkMetrics(List<EtcdUrl> listen, ServeConfig.Security clients)
      throws ConfigException {
    if (!clients.isSecure() && listen.stream().anyMatch(EtcdUrl::isTls)) {
      throw ConfigException.start(
          "client TLS key/cert (--cert-file, --key-file) must be provided for metrics secure url");
    }
  }

  private ServeConfig.Security resolve(Side side, Tls.Belief belief, Tls.Protocol protocol)
      throws ConfigException {
    Optional<Tls.KeyFiles> own =
        pair(
            side.flag("cert-file"),
            side.flag("key-file"),
            "KeyFile and CertFile must both be present[key: %s, cert: %s]");
    boolean auto = values.isTrue(side.flag("auto-tls"));
    if (auto && own.isPresent()) {
      LOG.warn("ignoring {} auto TLS since certs given", side.noun());
    }
    boolean selfSigned = auto && own.isEmpty();
    long years = values.number(FlagTable.SELF_SIGNED_CERT_VALIDITY);
    if (selfSigned && years == 0) {
      throw ConfigException.start(
          refusedSelfSigned(side)
              + "selfSignedCertValidity is invalid,it should be greater than 0");
    }
    if (selfSigned) {
      Tls.Settings settings =
          new Tls.Settings(Optional.empty(), Optional.empty(), Tls.Belief.OF_JDK, protocol);
      return new ServeConfig.Security(settings, true, years);
    }
    Optional<Tls.KeyFiles> dialling = own.isEmpty() ? Optional.empty() : dialling(side);
    if (own.isPresent()) {
      checkAllowed(belief);
    }
    return new ServeConfig.Security(
        new Tls.Settings(own, dialling, belief, protocol), false, years);
  }

  private static String refusedSelfSigned(Side side) {
    return "failed to get " + side.noun() + " self-signed certs: ";
  }

  private Optional<Tls.KeyFiles> dialling(Side side) throws ConfigException {
    return pair(
        side.flag("client-cert-file"),
        side.flag("client-key-file"),
        "ClientKeyFile and ClientCertFile must both be present or both absent: key: %s, cert: %s]");
  }

  private Optional<Tls.KeyFiles> pair(String certFlag, String keyFlag, String refusal)
      throws ConfigException {
    Optional<Path> cert = file(certFlag);
    Optional<Path> key = file(keyFlag);
    if (cert.isPresent() != key.isPresent()) {
      throw ConfigException.start(
          String.format(refusal, values.text(keyFlag), values.text(certFlag)));
    }
    return cert.isEmpty()
        ? Optional.empty()
        : Optional.of(new Tls.KeyFiles(cert.get(), key.orElseThrow()));
  }

  private Optional<Path> file(String flag) throws ConfigException {
    String text = values.text(flag);
    try {
      return text.isEmpty() ? Optional.empty() : Optional.of(workingDir.resolve(text));
    } catch (InvalidPathException e) {
      throw ConfigException.start("--" + flag + " is no path: " + e.getMessage());
    }
  }

  private List<String> list(String flag) {
    String text = values.text(flag);
    return text.isEmpty() ? List.of() : Arrays.asList(text.split(",", -1));
  }

  private static void refuseTls(List<EtcdUrl> listenPeer) throws ConfigException {
    for (EtcdUrl url : listenPeer) {
      if (url.isTls()) {
        throw ConfigException.start(
            "cannot listen on TLS for "
                + url.text().replaceFirst("^[a-z]+://", "")
                + ": KeyFile and CertFile are not presented");
      }
    }
  }

  private static void checkAllowed(Tls.Belief belief) throws ConfigException {
    if (!belief.names().isEmpty() && !belief.hosts().isEmpty()) {
      throw ConfigException.start(
          "AllowedCNs and AllowedHostnames are mutually exclusive (cns="
              + quoted(belief.names())
              + ", hostnames="
              + quoted(belief.hosts())
              + ")");
    }
  }

  private static String quoted(List<String> texts) {
    return texts.stream().map(GoText::quote).collect(Collectors.joining(" ", "[", "]"));
  }

  private static void warnOfPlain(List<EtcdUrl> listenPeer) {
    for (EtcdUrl url : listenPeer) {
      if (!url.isTls()) {
        LOG.atWarn()
            .addKeyValue("peer-url", url.text())
            .log(
                "scheme is HTTP while key and cert files are present;"
                    + " ignoring key and cert files");
      }
    }
  }

  private static void warnOfPlainClients(EtcdUrl url, ServeConfig.Security security) {
    if (security.isSecure()) {
      LOG.atWarn()
          .addKeyValue("client-url", url.text())
          .log(
              "scheme is http or unix while key and cert files are present;"
                  + " ignoring key and cert files");
    }
    if (security.settings().belief().demanding()) {
      LOG.atWarn()
          .addKeyValue("client-url", url.text())
          .log(
              "scheme is http or unix while --client-cert-auth is enabled;"
                  + " ignoring client cert auth for this URL");
    }
  }

  /**
   * Reads the files for the links between members, or makes a certificate in {@code dataDir} where
   * that is asked for. Blocks.
   */
  static Tls openPeers(ServeConfig config, DataDir dataDir) throws ConfigException {
    ServeConfig.Urls urls = config.urls();
    return open(PEERS, urls.peerSecurity(), urls.listenPeer(), dataDir);
  }

  /** The same for clients. */
  static Tls openClients(ServeConfig config, DataDir dataDir) throws ConfigException {
    ServeConfig.Urls urls = config.urls();
    return urls.clientSecurity().isSecure()
        ? open(CLIENTS, urls.clientSecurity(), urls.listenClient(), dataDir)
        : Tls.none();
  }

  private static Tls open(
      Side side, ServeConfig.Security security, List<EtcdUrl> listen, DataDir dataDir)
      throws ConfigException {
    try {
      if (!security.selfSigned()) {
        return Tls.open(security.settings());
      }
      List<String> hosts = listen.stream().map(EtcdUrl::host).distinct().toList();
      Path dir = dataDir.root().resolve(FIXTURES).resolve(side.noun());
      Tls.KeyFiles made = SelfSigned.in(dir, hosts, security.selfSignedYears());
      return Tls.open(Tls.Settings.selfSigned(made, security.settings().protocol()));
    } catch (IOException e) {
      throw ConfigException.start(
          (security.selfSigned() ? refusedSelfSigned(side) : "") + e.getMessage());
    }
  }
}
