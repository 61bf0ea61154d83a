package io.quorate.server;

import java.nio.file.Path;
import java.security.Security;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** The server's process. */
public final class Main {
  /** Set while an archive of classes is made: the JVM writes it only at an orderly exit. */
  static final String TRAIN = "quorate.train";

  private static final String COMMON_POOL = "java.util.concurrent.ForkJoinPool.common.parallelism";

  private static final int ADDRESS_SECONDS = 2;
  private static final int NO_ADDRESS_SECONDS = 1;

  private Main() {}

  /** Serves until it is told to stop; the exit code is etcd's for the same end. */
  public static void main(String[] args) {
    run(Serve.realMember(), args);
  }

  /** Serves members of {@code given} until told to stop, and ends the process. */
  static void run(MemberStarter given, String... args) {
    Logs.ofProcess();
    // With one worker the JDK starts a thread for each asynchronous task instead of using the pool.
    if (Runtime.getRuntime().availableProcessors() <= 2
        && System.getProperty(COMMON_POOL) == null) {
      System.setProperty(COMMON_POOL, "2");
    }
    forgetAddressesSoon();
    Signals signals = Signals.install();
    MemberStarter starter = given;
    List<String> arguments = List.of(args);
    CompletionStage<Signals.Signal> stop = signals.received();
    if (Boolean.getBoolean(TRAIN)) {
      Training training = new Training(arguments);
      arguments = training.args();
      starter = training.around(starter);
      stop = training.stop();
    }
    Serve.Surroundings surroundings =
        new Serve.Surroundings(
            System.getenv(), Path.of("").toAbsolutePath(), System.out, System.err, stop);
    Serve.Outcome outcome = new Serve(starter, surroundings).run(arguments);
    end(outcome);
  }

  /**
   * The JVM remembers for half a minute where a host is, and for ten seconds that nobody knows it.
   * So long a pod that comes back at another address would be away.
   */
  private static void forgetAddressesSoon() {
    setUnlessSet("networkaddress.cache.ttl", ADDRESS_SECONDS);
    setUnlessSet("networkaddress.cache.negative.ttl", NO_ADDRESS_SECONDS);
  }

  private static void setUnlessSet(String property, int seconds) {
    // The JDK's own file sets the second one.
    if (System.getProperty(property) == null) {
      Security.setProperty(property, Integer.toString(seconds));
    }
  }

  private static void end(Serve.Outcome outcome) {
    System.out.flush();
    System.err.flush();
    boolean isFirstProcess = ProcessHandle.current().pid() == 1;
    if (Boolean.getBoolean(TRAIN)) {
      System.exit(outcome.exitCode());
    }
    if (outcome.signal().isPresent() && !isFirstProcess) {
      Signals.dieOf(outcome.signal().get());
    }
    // The kernel does not let process 1 die of a signal; etcd exits with 0 there.
    boolean zero = isFirstProcess && outcome.signal().isPresent();
    Runtime.getRuntime().halt(zero ? 0 : outcome.exitCode());
  }
}
