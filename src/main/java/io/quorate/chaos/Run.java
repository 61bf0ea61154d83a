package io.quorate.chaos;

import io.quorate.chaos.cluster.Disk;
import io.quorate.chaos.cluster.LocalCluster;
import io.quorate.chaos.cluster.Member;
import io.quorate.chaos.cluster.Program;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.HistoryFile;
import io.quorate.chaos.nemesis.Kind;
import io.quorate.chaos.nemesis.Nemesis;
import io.quorate.chaos.nemesis.Schedule;
import io.quorate.chaos.workload.Crowd;
import io.quorate.chaos.workload.Recorder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    Program program = Program.of(options.command());
    List<Kind> kinds = kinds(program);
    if (kinds.isEmpty()) {
      throw new IOException("none of the faults can be done here");
    }
    try (Recorder recorder = new Recorder(HistoryFile.create(historyFile()))) {
      String why = "";
      try (LocalCluster cluster =
          LocalCluster.create(folder.resolve("members"), setup(program, kinds))) {
        List<String> names = cluster.members().stream().map(Member::name).toList();
        recorder.tell(new Fact.Run(options.seed(), program.title(), names, options.asText()));
        says.accept("starting " + names.size() + " members of " + program.title());
        cluster.startAll();
        why = work(cluster, kinds, recorder);
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

  private LocalCluster.Setup setup(Program program, List<Kind> kinds) {
    LocalCluster.Setup setup = LocalCluster.Setup.of(program, options.members(), options.seed());
    // A clock that can be set costs a member something all the time.
    LocalCluster.Setup own = kinds.contains(Kind.CLOCK) ? setup.withClocks() : setup;
    return program.kind() == Program.Kind.QUORATE
        ? own.withFlags(List.of("--replace-lost-member"))
        : own;
  }

  private List<Kind> kinds(Program program) {
    List<Kind> kinds = new ArrayList<>();
    for (Kind kind : options.faults()) {
      Optional<String> missing =
          Nemesis.missing(kind, program, options.members(), Disk.missingHere());
      if (missing.isPresent()) {
        says.accept("without " + kind.label() + ": " + missing.get());
      } else {
        kinds.add(kind);
      }
    }
    return kinds;
  }

  /** Why it is not complete; empty if it is. */
  private String work(LocalCluster cluster, List<Kind> kinds, Recorder recorder)
      throws InterruptedException {
    Map<String, String> endpoints = new LinkedHashMap<>();
    cluster.members().forEach(member -> endpoints.put(member.name(), member.endpoint()));
    try (Crowd crowd = new Crowd(options.plan(), endpoints, recorder);
        Nemesis nemesis = new Nemesis(cluster, crowd.all(), recorder, over, says)) {
      crowd.begin();
      nemesis.awaitWell("the start");
      over.await(WARM.toMillis(), TimeUnit.MILLISECONDS);
      long end = recorder.now() + options.time().toNanos();
      Schedule schedule = new Schedule(kinds, options.seed());
      while (recorder.now() < end && over.getCount() > 0 && crowd.failure().isEmpty()) {
        nemesis.take(schedule.next());
      }
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
}
