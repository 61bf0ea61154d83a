package io.quorate.server;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** The server's process. */
public final class Main {
  /** Set while an archive of classes is made: the JVM writes it only at an orderly exit. */
  static final String TRAIN = "quorate.train";

  private static final String COMMON_POOL = "java.util.concurrent.ForkJoinPool.common.parallelism";

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
