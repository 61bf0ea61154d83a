package io.quorate.server;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A member in the JVM of another program. It is what {@link Serve} runs, without what belongs to a
 * process: it configures no log, takes no signal, reads no variable and ends no JVM. A member whose
 * store is damaged starts again by itself, as in a process. All methods may be called from any
 * thread.
 */
public final class EmbeddedMember {
  /**
   * Flags that say what the program says in another way, or that only mean something to a process.
   */
  private static final List<String> NOT_TAKEN =
      List.of(
          FlagTable.NAME,
          FlagTable.DATA_DIR,
          FlagTable.LISTEN_CLIENT_URLS,
          FlagTable.ADVERTISE_CLIENT_URLS,
          FlagTable.LISTEN_PEER_URLS,
          FlagTable.ADVERTISE_PEER_URLS,
          FlagTable.INITIAL_CLUSTER,
          FlagTable.INITIAL_CLUSTER_STATE,
          FlagTable.DISCOVERY_SRV,
          FlagTable.DISCOVERY_METHOD,
          FlagTable.STATEFUL_SET,
          FlagTable.FLEET_PORT,
          FlagTable.LOG_LEVEL,
          FlagTable.LOG_FORMAT,
          FlagTable.CONFIG_FILE,
          FlagTable.VERSION);

  private final Config overrides;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final CompletableFuture<Throwable> failed = new CompletableFuture<>();
  private MemberStarter.Request request;
  private RealMember member;
  private @Nullable CompletableFuture<Void> end;

  private EmbeddedMember(MemberStarter.Request request, Config overrides) throws ConfigException {
    this.request = request;
    this.overrides = overrides;
    this.member = RealMember.start(request, overrides);
  }

  /**
   * What a member is told.
   *
   * @param given flags as on the command line of a process, in etcd's words
   * @param own flags of the caller, which count more; those of them that matter to more than one
   *     member are refused among {@code given}
   * @param workingDir where relative paths begin
   * @throws ConfigException with the line that a process would end with
   */
  public static ServeConfig config(List<String> given, List<String> own, Path workingDir)
      throws ConfigException {
    CommandLine line = CommandLine.parse(given);
    line.refuseLeftOver();
    if (line.isHelp()) {
      throw ConfigException.verify("--help is not for an embedded member");
    }
    for (String flag : NOT_TAKEN) {
      if (line.values().isSet(flag)) {
        throw ConfigException.verify("--" + flag + " is not for an embedded member");
      }
    }
    List<String> all = new ArrayList<>(given);
    all.addAll(own);
    ServeConfig config =
        new ConfigResolver(CommandLine.parse(all).values(), false, workingDir).resolve();
    if (!DataDir.isFounded(config.dataDir())) {
      Founding.check(config);
    }
    return config;
  }

  /**
   * Starts a member; returns before it is ready. Blocks while its data is opened and its ports are
   * bound.
   *
   * @param dataDir that of {@code config}; the member closes it when it has ended, also where it
   *     does not start
   * @param durable whether what is acknowledged has to outlive the machine; if not, the log is not
   *     synced
   * @throws ConfigException when a port is taken, with a {@link java.net.BindException} among its
   *     causes, or the data cannot be served; nothing is left running
   */
  public static EmbeddedMember start(ServeConfig config, DataDir dataDir, boolean durable)
      throws ConfigException {
    boolean started = false;
    try {
      EmbeddedMember embedded =
          new EmbeddedMember(
              new MemberStarter.Request(
                  config, Serve.begin(config, dataDir), dataDir, new CompletableFuture<>()),
              overrides(durable));
      embedded.follow();
      started = true;
      return embedded;
    } finally {
      if (!started) {
        dataDir.close();
      }
    }
  }

  /** Nothing of the host's system properties: they are about its own actor systems. */
  private static Config overrides(boolean durable) {
    return ConfigFactory.parseMap(Map.of("quorate.journal.sync", durable))
        .withFallback(
            ConfigFactory.parseResources(
                EmbeddedMember.class.getClassLoader(), "quorate-embedded.conf"));
  }

  private synchronized void follow() {
    RealMember followed = member;
    followed.ready().thenAccept(ready::complete);
    followed
        .failed()
        .thenAccept(
            cause -> {
              // It comes from a thread of the member that is to end.
              Thread thread = new Thread(() -> goOn(followed, cause), "quorate-again");
              thread.setDaemon(true);
              thread.start();
            });
  }

  private void goOn(RealMember gone, Throwable cause) {
    gone.kill().toCompletableFuture().join();
    synchronized (this) {
      if (end != null) {
        return;
      }
      try {
        request = Serve.again(request, cause);
        member = RealMember.start(request, overrides);
        follow();
        return;
      } catch (ConfigException | RuntimeException e) {
        end = CompletableFuture.completedFuture(null);
        request.dataDir().close();
        failed.complete(e);
      }
    }
  }

  /** Completes as {@link RunningMember#ready} does. */
  public CompletionStage<Void> ready() {
    return ready;
  }

  /** Completes with the reason when the member has ended by itself, for good. */
  public CompletionStage<Throwable> failed() {
    return failed;
  }

  /** Where clients are served. */
  public synchronized List<InetSocketAddress> clientAddresses() {
    return member.clientAddresses();
  }

  /** Whether it leads, as of a moment ago. */
  public synchronized boolean isLeader() {
    return end == null && member.isLeader();
  }

  /**
   * Ends it in good order: leadership is handed over, streams get a status. Completes when ports,
   * threads and directory are free; of this and {@link #kill} the first call counts.
   */
  public CompletionStage<Void> stop() {
    return end(RealMember::stop);
  }

  /** Ends it without a word, as {@link #stop} else. What was acknowledged is on disk anyway. */
  public CompletionStage<Void> kill() {
    return end(RealMember::kill);
  }

  private synchronized CompletionStage<Void> end(Function<RealMember, CompletionStage<Void>> how) {
    if (end == null) {
      end = how.apply(member).thenRun(request.dataDir()::close).toCompletableFuture();
    }
    return end;
  }
}
