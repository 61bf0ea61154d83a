package io.quorate.chaos;

import io.quorate.chaos.check.Completeness;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.HistoryFile;
import io.quorate.chaos.nemesis.Nemesis;
import io.quorate.chaos.nemesis.Schedule;
import io.quorate.chaos.workload.Crowd;
import io.quorate.chaos.workload.Recorder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One run: starts members and clients, does faults for a time, lets the cluster become well, reads
 * what it holds in the end, and leaves all of it in a history. Whatever goes wrong is in the
 * history too: its end says that it is not complete, and why.
 */
final class Run {
  /** The name of the history in the folder of a run. */
  static final String HISTORY = "history.jsonl";

  private static final Duration WARM = Duration.ofSeconds(3);

  /** How long clients go on after the last fault if too little was answered for a verdict. */
  private static final Duration LINGER_MAX = Duration.ofMinutes(1);

  private static final Duration LINGER_POLL = Duration.ofMillis(50);

  private final Options options;
  private final Path folder;
  private final Consumer<String> says;
  private final CountDownLatch over = new CountDownLatch(1);

  /**
   * A run that was not begun.
   *
   * @param folder where its history is to lie; made if it is missing
   * @param says is told what happens, a line at a time
   */
  Run(Options options, Path folder, Consumer<String> says) {
    this.options = options;
    this.folder = folder;
    this.says = says;
  }

  /** The history of what it did. */
  Path historyFile() {
    return folder.resolve(HISTORY);
  }

  /** Ends it early: then it is not complete. */
  void end() {
    over.countDown();
  }

  /**
   * Does all of it.
   *
   * @throws IOException if not even a history could be begun
   */
  void go() throws IOException, InterruptedException {
    Files.createDirectories(folder);
    try (Stage stage = stage();
        Recorder recorder = new Recorder(HistoryFile.create(historyFile()))) {
      String why = "";
      recorder.tell(new Fact.Run(options.seed(), stage.title(), stage.names(), options.asText()));
      try {
        stage.open();
        why = work(stage, recorder);
      } catch (IOException e) {
        why = String.valueOf(e.getMessage());
      } catch (RuntimeException e) {
        why = "the harness failed: " + e;
      }
      String incomplete =
          why.isEmpty() ? recorder.failure().map(IOException::toString).orElse("") : why;
      recorder.tell(new Fact.End(recorder.now(), incomplete.isEmpty(), incomplete));
    }
  }

  private Stage stage() throws IOException {
    return options.target() instanceof Target.Foreign foreign
        ? new ForeignStage(foreign, options, says)
        : new OwnStage((Target.Own) options.target(), options, folder.resolve("members"), says);
  }

  /** Why it is not complete; empty if it is. */
  private String work(Stage stage, Recorder recorder) throws InterruptedException {
    try (Crowd crowd = new Crowd(options.plan(), stage.endpoints(), recorder);
        Nemesis nemesis = new Nemesis(stage.site(), crowd.all(), recorder, over, says)) {
      crowd.begin();
      nemesis.awaitWell("the start");
      over.await(WARM.toMillis(), TimeUnit.MILLISECONDS);
      long end = recorder.now() + options.time().toNanos();
      Schedule schedule = new Schedule(stage.kinds(), options.seed());
      while (recorder.now() < end && goesOn(crowd)) {
        nemesis.take(schedule.next());
      }
      linger(crowd, recorder);
      crowd.stop();
      if (over.getCount() == 0) {
        return "it was ended early";
      }
      if (crowd.failure().isPresent()) {
        return "a client failed: " + crowd.failure().get();
      }
      says.accept("reading what each member holds");
      crowd.tellFinalState();
      return "";
    } catch (Nemesis.StuckException | IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private boolean goesOn(Crowd crowd) {
    return over.getCount() > 0 && crowd.failure().isEmpty();
  }

  /**
   * Waits until a verdict has enough to look at: a short run on a slow machine is over before most
   * clients have done much, since whatever they asked during a fault came to nothing.
   */
  private void linger(Crowd crowd, Recorder recorder) throws InterruptedException {
    long end = recorder.now() + LINGER_MAX.toNanos();
    while (crowd.fewestAnswered() < Completeness.OPERATIONS_MIN
        && recorder.now() < end
        && goesOn(crowd)) {
      over.await(LINGER_POLL.toMillis(), TimeUnit.MILLISECONDS);
    }
  }
}
