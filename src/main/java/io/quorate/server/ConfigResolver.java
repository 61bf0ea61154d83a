package io.quorate.server;

import io.quorate.server.ConfigException.Kind;
import io.quorate.server.ServeConfig.CompactionMode;
import io.quorate.server.ServeConfig.LogFormat;
import io.quorate.server.ServeConfig.LogLevel;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * From the values of flags to a {@link ServeConfig}: defaults that depend on other values, and the
 * checks, in etcd's order and words.
 */
final class ConfigResolver {
  private static final String ANY_IPV4 = "0.0.0.0";

  /** Heartbeats that an election time-out is at least. */
  private static final int ELECTION_HEARTBEATS_MIN = 5;

  private static final long ELECTION_MILLIS_MAX = 50_000;

  private static final long PORT_MAX = 65_535;

  /** A request travels between members in one frame. */
  private static final long REQUEST_BYTES_MAX = 16L << 20;

  private final FlagValues values;
  private final boolean fromFile;
  private final Path workingDir;

  /**
   * A resolver of {@code values}.
   *
   * @param fromFile whether they come from the configuration file, where etcd is milder
   * @param workingDir where relative paths begin
   */
  ConfigResolver(FlagValues values, boolean fromFile, Path workingDir) {
    this.values = values;
    this.fromFile = fromFile;
    this.workingDir = workingDir;
  }

  /** Level and format of the log, checked: the first thing that is needed. */
  ServeConfig.Logging logging() throws ConfigException {
    return new ServeConfig.Logging(
        level(values.text(FlagTable.LOG_LEVEL)), format(values.text(FlagTable.LOG_FORMAT)));
  }

  /** All values but those of the log, checked one by one and against each other. */
  ServeConfig resolve() throws ConfigException {
    ServeConfig.Urls urls = urls();
    InitialCluster cluster = new InitialCluster(values);
    cluster.check();
    ServeConfig.Consensus consensus = consensus();
    checkAdvertised();
    checkServed(urls);
    CompactionMode mode = mode(values.text(FlagTable.AUTO_COMPACTION_MODE));
    String name = values.text(FlagTable.NAME);
    ServeConfig.Urls detected = withDefaultHost(urls);
    Path dataDir = dataDir(name);
    ServeConfig.Limits limits = limits();
    TlsFlags.checkMetrics(limits.metrics().listen(), urls.clientSecurity());
    return new ServeConfig(
        name,
        dataDir,
        detected,
        new ServeConfig.Bootstrap(
            cluster.resolve(name, detected.advertisePeer(), dataDir),
            values.text(FlagTable.INITIAL_CLUSTER_TOKEN),
            values.text(FlagTable.INITIAL_CLUSTER_STATE).equals("existing"),
            cluster.pods(name, detected.advertisePeer())),
        consensus,
        limits,
        new ServeConfig.Compaction(
            mode, retention(mode, values.text(FlagTable.AUTO_COMPACTION_RETENTION))));
  }

  private ServeConfig.Limits limits() throws ConfigException {
    long requestBytes = values.number(FlagTable.MAX_REQUEST_BYTES);
    if (Long.compareUnsigned(requestBytes, REQUEST_BYTES_MAX) > 0) {
      throw ConfigException.verify(
          "--max-request-bytes is "
              + Long.toUnsignedString(requestBytes)
              + ", but members exchange at most "
              + REQUEST_BYTES_MAX);
    }

    Duration interval;
    try {
      interval = GoDuration.parse(values.text(FlagTable.WATCH_PROGRESS_NOTIFY_INTERVAL));
    } catch (GoText.BadValue e) {
      throw new IllegalStateException("interval was not checked", e);
    }
    return new ServeConfig.Limits(
        values.number(FlagTable.SNAPSHOT_COUNT),
        values.number(FlagTable.QUOTA_BACKEND_BYTES),
        values.number(FlagTable.MAX_TXN_OPS),
        requestBytes,
        interval.isZero() ? ServeConfig.Limits.PROGRESS_PRESET : interval,
        metrics());
  }

  /** As in etcd, any other word than the one is the basic level. */
  private ServeConfig.Metrics metrics() throws ConfigException {
    boolean none = values.text(FlagTable.LISTEN_METRICS_URLS).isEmpty();
    List<EtcdUrl> listen = none ? List.of() : list(FlagTable.LISTEN_METRICS_URLS);
    checkBind(listen);
    checkServed(FlagTable.LISTEN_METRICS_URLS, listen);
    return new ServeConfig.Metrics(values.text(FlagTable.METRICS).equals("extensive"), listen);
  }

  private Path dataDir(String name) throws ConfigException {
    String given = values.text(FlagTable.DATA_DIR);
    try {
      return workingDir.resolve(given.isEmpty() ? name + ".quorate" : given).normalize();
    } catch (InvalidPathException e) {
      throw ConfigException.verify("--data-dir is no path: " + e.getMessage());
    }
  }

  private ServeConfig.Urls urls() throws ConfigException {
    List<EtcdUrl> listenPeer = list(FlagTable.LISTEN_PEER_URLS);
    List<EtcdUrl> listenClient = list(FlagTable.LISTEN_CLIENT_URLS);
    List<EtcdUrl> advertisePeer = list(FlagTable.ADVERTISE_PEER_URLS);
    List<EtcdUrl> advertiseClient = list(FlagTable.ADVERTISE_CLIENT_URLS);
    checkBind(listenPeer);
    checkBind(listenClient);
    checkHosts(advertisePeer, "--initial-advertise-peer-urls %s must be \"host:port\" (%s)");
    checkHosts(
        advertiseClient,
        "--advertise-client-urls %s must be in the format \"host:port\","
            + " \"unix:/path/to/socket\" or \"unixs:/path/to/socket\" (%s)");
    TlsFlags tls = new TlsFlags(values, workingDir);
    return new ServeConfig.Urls(
        listenClient,
        advertiseClient,
        listenPeer,
        advertisePeer,
        tls.clients(listenClient),
        tls.peers(listenPeer),
        fleetPort());
  }

  private int fleetPort() throws ConfigException {
    long port = values.number(FlagTable.FLEET_PORT);
    if (port < -1 || port > PORT_MAX) {
      throw ConfigException.verify(
          "--fleet-port is " + port + ", but a port is at most " + PORT_MAX);
    }
    return (int) port;
  }

  private ServeConfig.Consensus consensus() throws ConfigException {
    long heartbeat = values.number(FlagTable.HEARTBEAT_INTERVAL);
    long election = values.number(FlagTable.ELECTION_TIMEOUT);
    if (heartbeat == 0) {
      throw ConfigException.verify("--heartbeat-interval must be >0 (set to 0ms)");
    }
    if (election == 0) {
      throw ConfigException.verify("--election-timeout must be >0 (set to 0ms)");
    }
    if (heartbeat > election / ELECTION_HEARTBEATS_MIN) {
      throw ConfigException.verify(
          "--election-timeout["
              + election
              + "ms] should be at least as 5 times as --heartbeat-interval["
              + heartbeat
              + "ms]");
    }
    if (election > ELECTION_MILLIS_MAX) {
      throw ConfigException.verify(
          "--election-timeout["
              + election
              + "ms] is too long, and should be set less than "
              + ELECTION_MILLIS_MAX
              + "ms");
    }
    return new ServeConfig.Consensus(
        Duration.ofMillis(heartbeat),
        (int) (election / heartbeat),
        values.isTrue(FlagTable.PRE_VOTE),
        values.isTrue(FlagTable.STRICT_RECONFIG_CHECK),
        values.isTrue(FlagTable.INITIAL_ELECTION_TICK_ADVANCE),
        values.isTrue(FlagTable.AUTO_PROMOTE),
        values.isTrue(FlagTable.REPLACE_LOST_MEMBER));
  }

  private void checkAdvertised() throws ConfigException {
    if (!fromFile
        && values.isSet(FlagTable.LISTEN_CLIENT_URLS)
        && !values.isSet(FlagTable.ADVERTISE_CLIENT_URLS)) {
      throw ConfigException.verify(
          "--advertise-client-urls is required when --listen-client-urls is set explicitly");
    }
  }

  private List<EtcdUrl> list(String flag) {
    try {
      return EtcdUrl.parseList(values.text(flag));
    } catch (GoText.BadValue e) {
      throw new IllegalStateException("flag " + flag + " was not checked", e);
    }
  }

  private static void checkBind(List<EtcdUrl> urls) throws ConfigException {
    for (EtcdUrl url : urls) {
      if (!url.isUnix() && !url.host().equals("localhost") && !url.hasAddress()) {
        throw ConfigException.verify("expected IP in URL for binding (" + url + ")");
      }
    }
  }

  private static void checkHosts(List<EtcdUrl> urls, String format) throws ConfigException {
    for (EtcdUrl url : urls) {
      if (!url.isUnix() && url.host().isEmpty()) {
        String why = "unexpected empty host (" + url + ")";
        throw ConfigException.verify(String.format(format, GoText.quote(EtcdUrl.join(urls)), why));
      }
    }
  }

  private static void checkServed(ServeConfig.Urls urls) throws ConfigException {
    checkServed(FlagTable.LISTEN_PEER_URLS, urls.listenPeer());
    checkServed(FlagTable.LISTEN_CLIENT_URLS, urls.listenClient());
    checkServed(FlagTable.ADVERTISE_PEER_URLS, urls.advertisePeer());
  }

  private static void checkServed(String flag, List<EtcdUrl> urls) throws ConfigException {
    for (EtcdUrl url : urls) {
      if (url.isUnix()) {
        throw ConfigException.verify(
            "--" + flag + " has " + url + ", but this version only serves http:// and https://");
      }
    }
  }

  /** Listening everywhere and advertising the default means advertising this machine. */
  private ServeConfig.Urls withDefaultHost(ServeConfig.Urls urls) {
    boolean peer =
        isDetected(FlagTable.ADVERTISE_PEER_URLS, urls.advertisePeer(), urls.listenPeer());
    boolean client =
        isDetected(FlagTable.ADVERTISE_CLIENT_URLS, urls.advertiseClient(), urls.listenClient());
    Optional<String> host = peer || client ? Addresses.defaultHost() : Optional.empty();
    if (host.isEmpty()) {
      return urls;
    }
    return new ServeConfig.Urls(
        urls.listenClient(),
        client
            ? at(urls.advertiseClient(), host.get(), urls.listenClient())
            : urls.advertiseClient(),
        urls.listenPeer(),
        peer ? at(urls.advertisePeer(), host.get(), urls.listenPeer()) : urls.advertisePeer(),
        urls.clientSecurity(),
        urls.peerSecurity(),
        urls.fleetPort());
  }

  private static boolean isDetected(String flag, List<EtcdUrl> advertised, List<EtcdUrl> listened) {
    return EtcdUrl.join(advertised).equals(FlagTable.get(flag).preset())
        && listened.get(0).host().equals(ANY_IPV4);
  }

  private static List<EtcdUrl> at(List<EtcdUrl> advertised, String host, List<EtcdUrl> listened) {
    return List.of(advertised.get(0).at(host, listened.get(0).port()));
  }

  private static CompactionMode mode(String text) throws ConfigException {
    return switch (text) {
      case "periodic" -> CompactionMode.PERIODIC;
      case "revision" -> CompactionMode.REVISION;
      case "" -> throw ConfigException.verify("undefined auto-compaction-mode");
      default -> throw ConfigException.verify("unknown auto-compaction-mode " + GoText.quote(text));
    };
  }

  /** A bare number counts hours or revisions; anything else is a duration in both modes. */
  private static long retention(CompactionMode mode, String text) throws ConfigException {
    String given = text.isEmpty() ? "0" : text;
    try {
      if (given.matches("\\+?[0-9]{1,18}")) {
        long number = Long.parseLong(given);
        return mode == CompactionMode.REVISION ? number : Duration.ofHours(number).toNanos();
      }
      long nanos = GoDuration.parse(given).toNanos();
      if (nanos < 0) {
        throw ConfigException.start("--auto-compaction-retention is negative: " + given);
      }
      return nanos;
    } catch (GoText.BadValue e) {
      throw ConfigException.start("error parsing CompactionRetention: " + e.getMessage());
    } catch (ArithmeticException e) {
      throw ConfigException.start("--auto-compaction-retention is too long: " + given);
    }
  }

  private static LogLevel level(String text) throws ConfigException {
    return switch (text) {
      case "debug", "DEBUG" -> LogLevel.DEBUG;
      case "info", "INFO", "" -> LogLevel.INFO;
      case "warn", "WARN", "warning", "WARNING" -> LogLevel.WARN;
      case "error", "ERROR" -> LogLevel.ERROR;
      case "dpanic", "DPANIC", "panic", "PANIC" -> LogLevel.PANIC;
      case "fatal", "FATAL" -> LogLevel.FATAL;
      default -> throw new ConfigException(Kind.PLAIN, "unrecognized level: " + GoText.quote(text));
    };
  }

  private static LogFormat format(String text) throws ConfigException {
    return switch (text) {
      case "json", "" -> LogFormat.JSON;
      case "console" -> LogFormat.CONSOLE;
      default ->
          throw ConfigException.verify(
              "unknown log format: " + text + ", supported values json, console");
    };
  }
}
