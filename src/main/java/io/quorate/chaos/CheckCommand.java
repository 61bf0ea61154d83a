package io.quorate.chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code quorate chaos check}. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = "Checks a history that is there, and prints what was found.")
final class CheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "RUN", description = "the folder of a run, or a history")
  private Path run = Path.of("");

  @Override
  public Integer call() throws IOException {
    return Judgement.judge(Judgement.history(run), false, spec.commandLine().getOut());
  }
}
