package io.quorate.utl;

import ch.qos.logback.classic.Level;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line for what lies in files: {@code quorate utl}. */
@Command(
    name = "quorate utl",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "snapshot",
    description = {"Saves what a cluster holds, and brings a lost cluster back.", ""},
    subcommands = SnapshotCommand.class)
public final class Main implements Runnable {
  /** Set by the launcher where standard error is a terminal: then it is shown how far it is. */
  static final String TERMINAL = "quorate.terminal";

  private static final int HELP_COLUMNS = 100;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Does what the arguments say, and ends the process. */
  public static void main(String... args) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(execute(out, err, args));
  }

  /** Does what the arguments say; the exit status. */
  public static int execute(PrintWriter out, PrintWriter err, String... args) {
    // What libraries think of broken connections is nobody's business here.
    if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)
        instanceof ch.qos.logback.classic.Logger root) {
      root.setLevel(Level.ERROR);
    }
    CommandLine line = new CommandLine(new Main());
    line.setUsageHelpWidth(HELP_COLUMNS);
    line.setOut(out);
    line.setErr(err);
    line.setParameterExceptionHandler((e, given) -> refused(err, text(e), UtlException.Exit.ERROR));
    line.setExecutionExceptionHandler(
        (e, command, parsed) ->
            e instanceof UtlException refusal
                ? refused(err, String.valueOf(e.getMessage()), refusal.exit())
                : refused(err, e.toString(), UtlException.Exit.ERROR));
    return line.execute(args);
  }

  private static int refused(PrintWriter err, String why, UtlException.Exit exit) {
    err.println("Error: " + why);
    err.flush();
    return exit.code();
  }

  /** Where etcd says something about the same mistake, its words. */
  private static String text(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched) {
      List<String> arguments = unmatched.getUnmatched();
      String first = arguments.isEmpty() ? "" : arguments.get(0);
      String name = e.getCommandLine().getCommandSpec().qualifiedName();
      return first.startsWith("-")
          ? "unknown flag: " + first
          : "unknown command \"" + first + "\" for \"" + name + "\"";
    }
    return String.valueOf(e.getMessage());
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
