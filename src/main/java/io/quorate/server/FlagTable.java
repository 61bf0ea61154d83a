package io.quorate.server;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All flags of etcd 3.7.3 with their defaults, and a few of our own: those that this version
 * serves, those it only takes at their default, and those etcd ignores. A name that is in none of
 * the tables is a typing mistake.
 */
final class FlagTable {
  static final String NAME = "name";
  static final String DATA_DIR = "data-dir";
  static final String LISTEN_CLIENT_URLS = "listen-client-urls";
  static final String ADVERTISE_CLIENT_URLS = "advertise-client-urls";
  static final String LISTEN_PEER_URLS = "listen-peer-urls";
  static final String ADVERTISE_PEER_URLS = "initial-advertise-peer-urls";
  static final String INITIAL_CLUSTER = "initial-cluster";
  static final String INITIAL_CLUSTER_STATE = "initial-cluster-state";
  static final String INITIAL_CLUSTER_TOKEN = "initial-cluster-token";
  static final String DISCOVERY_SRV = "discovery-srv";
  static final String DISCOVERY_SRV_NAME = "discovery-srv-name";
  static final String DISCOVERY_METHOD = "discovery-method";
  static final String DISCOVERY_SERVICE = "discovery-service";
  static final String DISCOVERY_SIZE = "discovery-size";
  static final String STATEFUL_SET = "stateful-set";
  static final String STRICT_RECONFIG_CHECK = "strict-reconfig-check";
  static final String HEARTBEAT_INTERVAL = "heartbeat-interval";
  static final String ELECTION_TIMEOUT = "election-timeout";
  static final String PRE_VOTE = "pre-vote";
  static final String INITIAL_ELECTION_TICK_ADVANCE = "initial-election-tick-advance";
  static final String AUTO_PROMOTE = "auto-promote";
  static final String REPLACE_LOST_MEMBER = "replace-lost-member";
  static final String FLEET_PORT = "fleet-port";
  static final String PEER_TRUSTED_CA_FILE = "peer-trusted-ca-file";
  static final String PEER_CLIENT_CERT_AUTH = "peer-client-cert-auth";
  static final String PEER_CERT_ALLOWED_CN = "peer-cert-allowed-cn";
  static final String PEER_CERT_ALLOWED_HOSTNAME = "peer-cert-allowed-hostname";
  static final String PEER_CRL_FILE = "peer-crl-file";
  static final String TRUSTED_CA_FILE = "trusted-ca-file";
  static final String CLIENT_CERT_AUTH = "client-cert-auth";
  static final String CLIENT_CRL_FILE = "client-crl-file";
  static final String CLIENT_CERT_ALLOWED_HOSTNAME = "client-cert-allowed-hostname";
  static final String CIPHER_SUITES = "cipher-suites";
  static final String TLS_MIN_VERSION = "tls-min-version";
  static final String TLS_MAX_VERSION = "tls-max-version";
  static final String SELF_SIGNED_CERT_VALIDITY = "self-signed-cert-validity";
  static final String SNAPSHOT_COUNT = "snapshot-count";
  static final String QUOTA_BACKEND_BYTES = "quota-backend-bytes";
  static final String MAX_TXN_OPS = "max-txn-ops";
  static final String MAX_REQUEST_BYTES = "max-request-bytes";
  static final String AUTO_COMPACTION_MODE = "auto-compaction-mode";
  static final String AUTO_COMPACTION_RETENTION = "auto-compaction-retention";
  static final String WATCH_PROGRESS_NOTIFY_INTERVAL = "watch-progress-notify-interval";
  static final String METRICS = "metrics";
  static final String LISTEN_METRICS_URLS = "listen-metrics-urls";
  static final String LOG_LEVEL = "log-level";
  static final String LOG_FORMAT = "log-format";
  static final String CONFIG_FILE = "config-file";
  static final String VERSION = "version";

  private static final String SERVED =
      """
      string name default
      string data-dir
      urls listen-client-urls http://localhost:2379
      urls advertise-client-urls http://localhost:2379
      urls listen-peer-urls http://localhost:2380
      urls initial-advertise-peer-urls http://localhost:2380
      string initial-cluster default=http://localhost:2380
      state initial-cluster-state new
      string initial-cluster-token etcd-cluster
      string discovery-srv
      string discovery-srv-name
      string cert-file
      string key-file
      string client-cert-file
      string client-key-file
      string trusted-ca-file
      bool client-cert-auth false
      string client-crl-file
      string client-cert-allowed-hostname
      bool auto-tls false
      string peer-cert-file
      string peer-key-file
      string peer-client-cert-file
      string peer-client-key-file
      string peer-trusted-ca-file
      bool peer-client-cert-auth false
      string peer-crl-file
      string peer-cert-allowed-cn
      string peer-cert-allowed-hostname
      bool peer-skip-client-san-verification false
      bool peer-auto-tls false
      uint self-signed-cert-validity 1
      string cipher-suites
      string tls-min-version TLS1.2
      string tls-max-version
      bool strict-reconfig-check true
      uint heartbeat-interval 100
      uint election-timeout 1000
      bool pre-vote true
      bool initial-election-tick-advance true
      uint snapshot-count 10000
      int quota-backend-bytes 0
      uint max-txn-ops 128
      uint max-request-bytes 1572864
      string auto-compaction-mode periodic
      string auto-compaction-retention 0
      duration watch-progress-notify-interval 0s
      string metrics basic
      urls listen-metrics-urls
      string log-level info
      string log-format json
      string config-file
      bool version false
      """;

  /** Flags that etcd does not have. */
  private static final String OWN =
      """
      bool auto-promote false
      bool replace-lost-member false
      int fleet-port -1
      string discovery-method
      string discovery-service
      uint discovery-size 0
      string stateful-set
      """;

  private static final String PRESET_ONLY =
      """
      string wal-dir
      urls listen-client-http-urls
      uint max-snapshots 5
      uint max-wals 5
      string backend-bbolt-freelist-type
      duration backend-batch-interval 0s
      int backend-batch-limit 0
      duration grpc-keepalive-min-time 5s
      duration grpc-keepalive-interval 2h
      duration grpc-keepalive-timeout 20s
      bool socket-reuse-port false
      bool socket-reuse-address false
      uint max-concurrent-streams 4294967295
      duration raft-read-timeout 5s
      duration raft-write-timeout 5s
      string discovery-endpoints
      string discovery-token
      duration discovery-dial-timeout 2s
      duration discovery-request-timeout 5s
      duration discovery-keepalive-time 2s
      duration discovery-keepalive-timeout 6s
      bool discovery-insecure-transport true
      bool discovery-insecure-skip-tls-verify false
      string discovery-cert
      string discovery-key
      string discovery-cacert
      string discovery-user
      string discovery-password
      string discovery-fallback exit
      string cors *
      string host-whitelist *
      string logger zap
      string log-outputs default
      bool enable-log-rotation false
      string log-rotation-config-json
      bool enable-pprof false
      bool enable-distributed-tracing false
      string distributed-tracing-address localhost:4317
      string distributed-tracing-service-name etcd
      string distributed-tracing-instance-id
      int distributed-tracing-sampling-rate 0
      string auth-token simple
      uint bcrypt-cost 10
      uint auth-token-ttl 300
      bool enable-grpc-gateway true
      duration corrupt-check-time 0s
      duration compact-hash-check-time 1m
      int compaction-batch-limit 0
      duration compaction-sleep-interval 0s
      duration downgrade-check-time 5s
      duration warning-apply-duration 100ms
      duration warning-unary-request-duration 300ms
      bool memory-mlock false
      uint bootstrap-defrag-threshold-megabytes 0
      int max-learners 1
      uint snapshot-catchup-entries 5000
      string v2-deprecation
      bool unsafe-no-fsync false
      bool force-new-cluster false
      string feature-gates
      """;

  private static final String IGNORED =
      """
      bool cluster-active-size
      bool cluster-remove-delay
      bool cluster-sync-interval
      bool config
      bool force
      bool max-result-buffer
      bool max-retry-attempts
      bool peer-heartbeat-interval
      bool peer-election-timeout
      bool retry-interval
      bool snapshot
      bool v
      bool vv
      """;

  private static final Map<String, Flag> FLAGS = build();

  private FlagTable() {}

  /** The flag called {@code name}, or null when there is none. */
  static @Nullable Flag find(String name) {
    return FLAGS.get(name);
  }

  /** The flag called {@code name}, which exists. */
  static Flag get(String name) {
    Flag flag = FLAGS.get(name);
    if (flag == null) {
      throw new IllegalArgumentException("no flag " + name);
    }
    return flag;
  }

  /** All flags, the served ones first, in the order of the help text. */
  static Collection<Flag> all() {
    return FLAGS.values();
  }

  private static Map<String, Flag> build() {
    Map<String, Flag> flags = new LinkedHashMap<>();
    add(flags, SERVED, Flag.Support.SERVED);
    add(flags, OWN, Flag.Support.OWN);
    add(flags, PRESET_ONLY, Flag.Support.PRESET_ONLY);
    add(flags, IGNORED, Flag.Support.IGNORED);
    return Collections.unmodifiableMap(flags);
  }

  private static void add(Map<String, Flag> flags, String rows, Flag.Support support) {
    rows.lines()
        .map(row -> row.split(" ", 3))
        .map(
            cells ->
                new Flag(
                    cells[1],
                    Flag.Kind.valueOf(cells[0].toUpperCase(Locale.ROOT)),
                    cells.length == 3 ? cells[2] : "",
                    support))
        .forEach(flag -> flags.put(flag.name(), flag));
  }
}
