package io.quorate.server;

import io.quorate.link.PeerTls;
import io.quorate.link.SelfSigned;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From the flags of TLS between members to what links are given; refusals and texts are etcd's. */
final class PeerSecurity {
  private static final Logger LOG = LoggerFactory.getLogger(PeerSecurity.class);

  /** Where certificates that were made here lie, below the data directory; as in etcd. */
  static final String FIXTURES = "fixtures";

  private final FlagValues values;
  private final Path workingDir;

  /**
   * @param workingDir where relative paths begin
   */
  PeerSecurity(FlagValues values, Path workingDir) {
    this.values = values;
    this.workingDir = workingDir;
  }

  /** What the flags say, checked against each other and {@code listenPeer}; reads no file. */
  ServeConfig.PeerSecurity resolve(List<EtcdUrl> listenPeer) throws ConfigException {
    Optional<PeerTls.KeyFiles> own =
        pair(
            FlagTable.PEER_CERT_FILE,
            FlagTable.PEER_KEY_FILE,
            "KeyFile and CertFile must both be present[key: %s, cert: %s]");
    boolean auto = values.isTrue(FlagTable.PEER_AUTO_TLS);
    if (auto && own.isPresent()) {
      LOG.warn("ignoring peer auto TLS since certs given");
    }
    boolean selfSigned = auto && own.isEmpty();
    long years = values.number(FlagTable.SELF_SIGNED_CERT_VALIDITY);
    if (selfSigned && years == 0) {
      throw ConfigException.start(
          "failed to get peer self-signed certs: selfSignedCertValidity is invalid,it should be"
              + " greater than 0");
    }
    if (selfSigned) {
      return new ServeConfig.PeerSecurity(PeerTls.Settings.NONE, true, years);
    }
    if (own.isEmpty()) {
      refuseTls(listenPeer);
    }
    PeerTls.Settings settings =
        new PeerTls.Settings(
            own,
            own.isEmpty() ? Optional.empty() : dialling(),
            file(FlagTable.PEER_TRUSTED_CA_FILE),
            values.isTrue(FlagTable.PEER_CLIENT_CERT_AUTH),
            list(FlagTable.PEER_CERT_ALLOWED_CN),
            list(FlagTable.PEER_CERT_ALLOWED_HOSTNAME),
            false);
    if (own.isPresent()) {
      checkAllowed(settings);
      warnOfPlain(listenPeer);
    }
    return new ServeConfig.PeerSecurity(settings, false, years);
  }

  private Optional<PeerTls.KeyFiles> dialling() throws ConfigException {
    return pair(
        FlagTable.PEER_CLIENT_CERT_FILE,
        FlagTable.PEER_CLIENT_KEY_FILE,
        "ClientKeyFile and ClientCertFile must both be present or both absent: key: %s, cert: %s]");
  }

  private Optional<PeerTls.KeyFiles> pair(String certFlag, String keyFlag, String refusal)
      throws ConfigException {
    Optional<Path> cert = file(certFlag);
    Optional<Path> key = file(keyFlag);
    if (cert.isPresent() != key.isPresent()) {
      throw ConfigException.start(
          String.format(refusal, values.text(keyFlag), values.text(certFlag)));
    }
    return cert.isEmpty()
        ? Optional.empty()
        : Optional.of(new PeerTls.KeyFiles(cert.get(), key.orElseThrow()));
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

  private static void checkAllowed(PeerTls.Settings settings) throws ConfigException {
    if (!settings.allowedNames().isEmpty() && !settings.allowedHosts().isEmpty()) {
      throw ConfigException.start(
          "AllowedCNs and AllowedHostnames are mutually exclusive (cns="
              + quoted(settings.allowedNames())
              + ", hostnames="
              + quoted(settings.allowedHosts())
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

  /** Reads the files, or makes a certificate in {@code dataDir} where that is asked for. Blocks. */
  static PeerTls open(ServeConfig config, DataDir dataDir) throws ConfigException {
    ServeConfig.PeerSecurity security = config.urls().peerSecurity();
    try {
      if (!security.selfSigned()) {
        return PeerTls.open(security.settings());
      }
      List<String> hosts =
          config.urls().listenPeer().stream().map(EtcdUrl::host).distinct().toList();
      Path dir = dataDir.root().resolve(FIXTURES).resolve("peer");
      return PeerTls.open(
          PeerTls.Settings.selfSigned(SelfSigned.in(dir, hosts, security.selfSignedYears())));
    } catch (IOException e) {
      throw ConfigException.start(
          (security.selfSigned() ? "failed to get peer self-signed certs: " : "") + e.getMessage());
    }
  }
}
