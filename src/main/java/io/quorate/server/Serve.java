package io.quorate.server;

import com.typesafe.config.ConfigFactory;
import io.quorate.journal.CorruptJournalException;
import io.quorate.node.MemberGoneException;
import io.quorate.node.QuarantinedException;
import io.quorate.server.ConfigException.Kind;
import io.quorate.server.Signals.Signal;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The verb {@code serve}: from arguments to a member that serves, and from a signal to a member
 * that has stopped. Everything the process touches is passed in, so that tests run it in theirs.
 */
public final class Serve {
  /** What a stop may take before the process ends without it. */
  static final long STOP_MILLIS_MAX = 1_200;

  /** What a stop may take where the process goes on with the same directory and ports. */
  private static final long AGAIN_MILLIS_MAX = 10_000;

  /** What the log may take to write its last lines, at least and together with the stop. */
  private static final long LOG_MILLIS_MIN = 300;

  private static final long END_MILLIS_MAX = STOP_MILLIS_MAX + LOG_MILLIS_MIN;

  private static final Logger LOG = LoggerFactory.getLogger(Serve.class);

  private final MemberStarter starter;
  private final Surroundings surroundings;

  /**
   * What the process finds around it.
   *
   * @param env its variables
   * @param workingDir where relative paths begin
   * @param out standard output
   * @param err standard error, where the log goes too
   * @param stop completes with the signal that ends the process
   */
  record Surroundings(
      Map<String, String> env,
      Path workingDir,
      PrintStream out,
      PrintStream err,
      CompletionStage<Signal> stop) {}

  /**
   * How it ended.
   *
   * @param exitCode for the process, where no signal ended it
   * @param signal what ended it
   */
  record Outcome(int exitCode, Optional<Signal> signal) {
    static Outcome exit(int code) {
      return new Outcome(code, Optional.empty());
    }
  }

  /** A verb whose members come from {@code starter}. */
  Serve(MemberStarter starter, Surroundings surroundings) {
    this.starter = starter;
    this.surroundings = surroundings;
  }

  /** The starter of real members. */
  static MemberStarter realMember() {
    return request -> RealMember.start(request, ConfigFactory.defaultOverrides());
  }

  /** Serves until a signal, a failure or a refusal ends it; returns when nothing runs any more. */
  Outcome run(List<String> args) {
    LogFormatHolder format = new LogFormatHolder();
    try {
      return serve(args, format);
    } catch (ConfigException e) {
      Logs.close(END_MILLIS_MAX);
      refuse(e, format);
      return Outcome.exit(e.kind().exitCode());
    }
  }

  private Outcome serve(List<String> args, LogFormatHolder format) throws ConfigException {
    CommandLine line = CommandLine.parse(args);
    if (line.isHelp()) {
      surroundings.out().print(help());
      return Outcome.exit(0);
    }
    line.refuseLeftOver();
    if (line.values().isTrue(FlagTable.VERSION)) {
      surroundings.out().print(Version.text());
      return Outcome.exit(0);
    }
    List<Runnable> lateLines = new ArrayList<>();
    ConfigResolver resolver = resolver(line.values(), lateLines);
    ServeConfig.Logging logging = resolver.logging();
    format.value = logging.format();
    Logs.configure(logging, surroundings.err());
    lateLines.forEach(Runnable::run);
    LOG.atInfo().addKeyValue("args", args).log("running");
    ServeConfig config = resolver.resolve();
    if (!DataDir.isFounded(config.dataDir())) {
      Founding.check(config);
    }
    try (DataDir dataDir = DataDir.open(config.dataDir())) {
      Begin begin = begin(config, dataDir);
      announce(config, begin);
      return serve(new MemberStarter.Request(config, begin, dataDir, surroundings.stop()));
    } finally {
      LOG.debug("ended");
    }
  }

  private ConfigResolver resolver(FlagValues flags, List<Runnable> lateLines)
      throws ConfigException {
    String file = flags.text(FlagTable.CONFIG_FILE);
    if (file.isEmpty()) {
      file = surroundings.env().getOrDefault("ETCD_CONFIG_FILE", "");
    }
    if (file.isEmpty()) {
      lateLines.addAll(Environment.apply(surroundings.env(), flags));
      return new ConfigResolver(flags, false, surroundings.workingDir());
    }
    String path = file;
    lateLines.add(
        () ->
            LOG.atInfo()
                .addKeyValue("path", path)
                .log("loaded server configuration; flags and variables are ignored"));
    return new ConfigResolver(
        YamlFile.read(surroundings.workingDir().resolve(path).toString()),
        true,
        surroundings.workingDir());
  }

  /** How a member of {@code config} begins with what its directory says. */
  static Begin begin(ServeConfig config, DataDir dataDir) throws ConfigException {
    MemberIdentity asked = MemberIdentity.of(config);
    Optional<DataDir.Owner> owner = dataDir.owner();
    if (owner.isPresent()) {
      MemberIdentity kept = owner.get().identity();
      DataDir.refuseOther(dataDir.root(), kept, asked);
      return new Begin.Restart(
          new DataDir.Owner(
              new MemberIdentity(kept.clusterId(), kept.memberId(), asked.name()),
              owner.get().founders()));
    }
    Optional<PodSet> pods = config.bootstrap().pods();
    if (pods.isPresent()) {
      return new Begin.Pod(pods.get(), config.bootstrap().token());
    }
    return config.bootstrap().existing()
        ? new Begin.Join(config.name(), config.bootstrap().initialCluster())
        : new Begin.Found(new DataDir.Owner(asked, MemberIdentity.founders(config)));
  }

  private static void announce(ServeConfig config, Begin begin) {
    LoggingEventBuilder line =
        LOG.atInfo()
            .addKeyValue("quorate-version", Version.QUORATE)
            .addKeyValue("etcd-version", Version.ETCD)
            .addKeyValue("java-version", Runtime.version().toString())
            .addKeyValue("name", config.name());
    Optional<MemberIdentity> identity = begin.identity();
    if (identity.isPresent()) {
      line =
          line.addKeyValue("member-id", MemberIdentity.hex(identity.get().memberId()))
              .addKeyValue("cluster-id", MemberIdentity.hex(identity.get().clusterId()));
    }
    line.addKeyValue("member-initialized", begin instanceof Begin.Restart)
        .addKeyValue("data-dir", config.dataDir())
        .addKeyValue("listen-peer-urls", config.urls().listenPeer())
        .addKeyValue("initial-advertise-peer-urls", config.urls().advertisePeer())
        .addKeyValue("listen-client-urls", config.urls().listenClient())
        .addKeyValue("advertise-client-urls", config.urls().advertiseClient())
        .log("starting a member");
  }

  /** Serves, and starts again after what a member can recover from with the help of others. */
  private Outcome serve(MemberStarter.Request first) throws ConfigException {
    MemberStarter.Request request = first;
    while (true) {
      RunningMember member;
      try {
        member = starter.start(request);
      } catch (CancellationException unwanted) {
        return stopped(Optional.empty(), surroundings.stop().toCompletableFuture().join());
      }
      Object cause = end(member);
      if (cause instanceof Signal signal) {
        return stopped(Optional.of(member), signal);
      }
      stop(member, AGAIN_MILLIS_MAX);
      request = again(request, (Throwable) cause);
    }
  }

  /** What ended {@code member}: a {@link Signal}, or what it failed with. */
  private Object end(RunningMember member) {
    CompletableFuture<Object> end = new CompletableFuture<>();
    surroundings.stop().thenAccept(end::complete);
    member.failed().thenAccept(end::complete);
    member
        .ready()
        .thenRun(
            () ->
                LOG.atInfo()
                    .addKeyValue(
                        "client-addresses",
                        member.clientAddresses().stream().map(Serve::shown).toList())
                    .log("ready to serve client requests"));
    return end.join();
  }

  private Outcome stopped(Optional<RunningMember> member, Signal signal) {
    LOG.atInfo().addKeyValue("signal", signal.text()).log("received signal; shutting down");
    member.ifPresent(leaving -> leaving.leave().toCompletableFuture().join());
    long begin = System.nanoTime();
    member.ifPresent(stopping -> stop(stopping, STOP_MILLIS_MAX));
    LOG.info("stopped");
    long passed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    Logs.close(Math.max(LOG_MILLIS_MIN, END_MILLIS_MAX - passed));
    return new Outcome(signal.exitCode(), Optional.of(signal));
  }

  /**
   * How a member goes on that has failed with {@code cause}: with the state of others where its own
   * is damaged, as a new member where even its log is, or was lost, and it may be replaced, and as
   * a new pod where its old membership has ended.
   *
   * @throws ConfigException when it does not
   */
  static MemberStarter.Request again(MemberStarter.Request request, Throwable cause)
      throws ConfigException {
    ServeConfig config = request.config();
    if (cause instanceof QuarantinedException) {
      LOG.atError()
          .addKeyValue("reason", cause.getMessage())
          .log("store is damaged; starting again");
    } else if (isOfTheLog(cause) && mayBeReplaced(config)) {
      LOG.atError().addKeyValue("reason", cause.getMessage()).log("log is damaged; to be replaced");
      request.dataDir().setAside();
    } else if (cause instanceof MemberGoneException gone && mayComeBack(gone, config)) {
      LOG.atWarn().addKeyValue("reason", gone.getMessage()).log("to become a member anew");
      request.dataDir().setAside();
    } else {
      throw ConfigException.run(
          cause instanceof MemberGoneException gone
              ? String.valueOf(gone.getMessage())
              : String.valueOf(cause));
    }
    return new MemberStarter.Request(
        config, begin(config, request.dataDir()), request.dataDir(), request.stop());
  }

  private static boolean mayBeReplaced(ServeConfig config) {
    ServeConfig.Bootstrap bootstrap = config.bootstrap();
    return config.consensus().replaceLostMember()
        && (bootstrap.pods().isPresent() || bootstrap.initialCluster().size() > 1);
  }

  /** One that was removed only comes back as a pod: then it is there because it is wanted again. */
  private static boolean mayComeBack(MemberGoneException gone, ServeConfig config) {
    return switch (gone.kind()) {
      case REMOVED, ELSEWHERE -> config.bootstrap().pods().isPresent();
      case BOOTSTRAPPED -> mayBeReplaced(config);
    };
  }

  private static boolean isOfTheLog(@Nullable Throwable failure) {
    Throwable cause = failure;
    while (cause != null && !(cause instanceof CorruptJournalException)) {
      cause = cause.getCause();
    }
    return cause != null;
  }

  private static String shown(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  private static void stop(RunningMember member, long millisMax) {
    try {
      member.stop().toCompletableFuture().get(millisMax, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.atWarn()
          .addKeyValue("limit-millis", millisMax)
          .log("gave up waiting for a stop in good order");
    } catch (ExecutionException e) {
      LOG.atWarn().setCause(e.getCause()).log("failed to stop in good order");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void refuse(ConfigException e, LogFormatHolder format) {
    String message = String.valueOf(e.getMessage());
    if (e.kind() == Kind.USAGE) {
      surroundings.err().println(message);
      surroundings.err().println("Usage: quorate serve [flags], see quorate serve --help");
    } else if (e.kind() == Kind.PLAIN) {
      surroundings.err().println(message);
    } else {
      String level = e.kind() == Kind.VERIFY ? "warn" : "fatal";
      String what =
          switch (e.kind()) {
            case VERIFY -> "failed to verify flags";
            case RUN -> "stopped by a failure";
            default -> "failed to start";
          };
      surroundings.err().print(LogLines.last(level, what, message, format.value));
    }
    surroundings.err().flush();
  }

  private static String help() {
    try (InputStream text = Serve.class.getResourceAsStream("help.txt")) {
      if (text == null) {
        throw new IllegalStateException("the jar holds no help text");
      }
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The format as far as it is known when something is refused. */
  private static final class LogFormatHolder {
    private ServeConfig.LogFormat value = ServeConfig.LogFormat.JSON;
  }
}
