package io.quorate.chaos;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.HistoryFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quorate chaos replay}. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description = {
      "Runs again with the options and the seed of a run: the same faults in the same order, and",
      "clients that ask the same. What processes make of it is theirs."
    })
final class ReplayCommand implements Callable<Integer> {
  @Parameters(paramLabel = "RUN", description = "the folder of a run, or a history")
  private Path run = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      description = "a new folder; chaos-SEED unless said otherwise")
  private @Nullable Path out;

  @Override
  public Integer call() throws IOException {
    Path file = Judgement.history(run);
    Fact.Run begun =
        HistoryFile.read(file).of(Fact.Run.class).stream()
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(file + " does not say what was run"));
    List<String> arguments = new ArrayList<>(List.of("run"));
    arguments.addAll(Options.arguments(begun.options()));
    if (out != null) {
      arguments.add("--out=" + out);
    }
    return Main.execute(arguments.toArray(String[]::new));
  }
}
