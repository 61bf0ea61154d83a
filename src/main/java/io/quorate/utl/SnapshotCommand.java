package io.quorate.utl;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code quorate utl snapshot}. */
@Command(
    name = "snapshot",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "save | status | restore",
    description = "Saves a snapshot of a member, says what is in one, or restores a member.",
    subcommands = {SaveCommand.class, StatusCommand.class, RestoreCommand.class})
final class SnapshotCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
