package io.quorate.chaos;

import io.quorate.chaos.nemesis.Kind;
import io.quorate.chaos.workload.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code quorate chaos run}. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Starts members, does faults while clients work, checks, and writes a report.")
final class RunCommand implements Callable<Integer> {
  /** The program that is run unless another one is named; the launcher sets it. */
  static final String PROGRAM = "quorate.program";

  private static final String ALL = "all";
  private static final int FOLDERS_MAX = 10_000;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--program",
      paramLabel = "COMMAND",
      description = "what starts a member, such as '/usr/bin/etcd'; Quorate unless said otherwise")
  private String program = System.getProperty(PROGRAM, "");

  @Option(
      names = "--members",
      paramLabel = "N",
      defaultValue = "3",
      description = "1, 3, 5 or 7; ${DEFAULT-VALUE} unless said otherwise")
  private int members;

  @Option(
      names = "--endpoints",
      paramLabel = "URLS",
      description = {
        "instead of --program and --members: a cluster that somebody else runs, and nobody else",
        "uses, by comma, as in m1=http://10.0.0.1:2379,m2=..."
      })
  private String endpoints = "";

  @Option(
      names = "--hook",
      paramLabel = "COMMAND",
      description =
          "what does faults to it: HOOK kinds | begin KIND MEMBER... | end KIND MEMBER...")
  private String hook = "";

  @Option(
      names = "--time",
      paramLabel = "TIME",
      defaultValue = "60s",
      description = "how long faults are done, as in 90s, 15m; ${DEFAULT-VALUE} unless said")
  private String time = "";

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "decides which faults come when, and what clients ask; by chance unless said")
  private Long seed = new Random().nextLong(1_000_000);

  @Option(
      names = "--faults",
      paramLabel = "KINDS",
      defaultValue = ALL,
      description = {
        "by comma; all that can be done here unless said otherwise, without clock:",
        "it makes members slow all the time"
      })
  private String faults = "";

  @Option(
      names = "--workloads",
      paramLabel = "KINDS",
      defaultValue = ALL,
      description = "by comma: register, set, append, kubernetes, lease, lock; all unless said")
  private String workloads = "";

  @Option(
      names = "--clients",
      paramLabel = "N",
      defaultValue = "4",
      description = "of each workload; ${DEFAULT-VALUE} unless said otherwise")
  private int clients;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "300",
      description = "operations a second, all together; ${DEFAULT-VALUE} unless said otherwise")
  private int rate;

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      description = "a new folder for the history and the report; chaos-SEED unless said otherwise")
  private @Nullable Path out;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Options options =
        new Options(
            target(),
            duration(time),
            seed,
            faults.equals(ALL)
                ? Arrays.stream(Kind.values()).filter(kind -> kind != Kind.CLOCK).toList()
                : chosen("--faults", faults, Kind.values(), Kind::label),
            new Options.Load(
                chosen("--workloads", workloads, Workload.Kind.values(), Workload.Kind::label),
                clients,
                rate));
    Run run = new Run(options, folder(), this::say);
    Thread hook = new Thread(run::end, "chaos-end");
    Runtime.getRuntime().addShutdownHook(hook);
    say("seed " + seed + ", " + run.historyFile());
    run.go();
    return Judgement.judge(run.historyFile(), true, spec.commandLine().getOut());
  }

  private Target target() {
    if (!endpoints.isBlank()) {
      return Target.Foreign.parse(endpoints, hook);
    }
    if (!hook.isBlank()) {
      throw new IllegalArgumentException("--hook is for a cluster that --endpoints name");
    }
    if (program.isBlank()) {
      throw new IllegalArgumentException("--program is missing: what starts a member");
    }
    return new Target.Own(List.of(program.strip().split(" +")), members);
  }

  private void say(String line) {
    spec.commandLine().getErr().println("quorate chaos: " + line);
    spec.commandLine().getErr().flush();
  }

  private Path folder() {
    Path given = out;
    if (given != null) {
      if (Files.exists(given.resolve(Run.HISTORY))) {
        throw new IllegalArgumentException(given + " holds a history already");
      }
      return given;
    }
    for (int i = 1; i <= FOLDERS_MAX; i++) {
      Path folder = Path.of("chaos-" + seed + (i == 1 ? "" : "." + i));
      if (!Files.exists(folder)) {
        return folder;
      }
    }
    throw new IllegalArgumentException("too many folders called chaos-" + seed);
  }

  private static Duration duration(String text) {
    try {
      return Duration.parse("PT" + text.strip());
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("--time is a time as in 90s or 15m, not " + text, e);
    }
  }

  private static <T> List<T> chosen(String flag, String text, T[] all, Function<T, String> label) {
    if (text.equals(ALL)) {
      return List.of(all);
    }
    return Arrays.stream(text.split(","))
        .map(String::strip)
        .map(
            name ->
                Arrays.stream(all)
                    .filter(each -> label.apply(each).equals(name))
                    .findFirst()
                    .orElseThrow(
                        () ->
                            new IllegalArgumentException(
                                flag
                                    + " knows no "
                                    + name
                                    + ", but "
                                    + String.join(", ", Arrays.stream(all).map(label).toList()))))
        .distinct()
        .toList();
  }
}
