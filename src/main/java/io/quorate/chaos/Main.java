package io.quorate.chaos;

import ch.qos.logback.classic.Level;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line of the chaos harness: {@code quorate chaos}. */
@Command(
    name = "quorate chaos",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "run | check | report | replay",
    description = {
      "Lets clients work on a cluster while faults happen, and says whether it kept its promises.",
      ""
    },
    footer = {
      "",
      "The exit status is 0 if every promise held, 1 if one was broken, 3 if that cannot be said,",
      "2 for a mistake on the command line."
    },
    subcommands = {RunCommand.class, CheckCommand.class, ReportCommand.class, ReplayCommand.class})
public final class Main {
  /** Each promise held. */
  public static final int HELD = 0;

  /** A promise was broken. */
  public static final int BROKEN = 1;

  /** What was asked for cannot be understood. */
  public static final int USAGE = 2;

  /** Whether promises held cannot be said. */
  public static final int INCONCLUSIVE = 3;

  /** Does what the arguments say, and ends the process. */
  public static void main(String... args) {
    System.exit(execute(args));
  }

  /** Does what the arguments say; the exit status. */
  public static int execute(String... args) {
    // What libraries think of broken connections is nobody's business here.
    if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)
        instanceof ch.qos.logback.classic.Logger root) {
      root.setLevel(Level.ERROR);
    }
    CommandLine line = new CommandLine(new Main());
    line.setExecutionExceptionHandler(
        (e, command, parsed) -> {
          command.getErr().println("quorate chaos: " + e.getMessage());
          return e instanceof IllegalArgumentException ? USAGE : INCONCLUSIVE;
        });
    return args.length == 0 ? usage(line) : line.execute(args);
  }

  private static int usage(CommandLine line) {
    line.usage(line.getErr());
    return USAGE;
  }
}
