package io.quorate.server;

import io.quorate.server.ConfigException.Kind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line, read as Go's flag package reads it: one dash or two, {@code --flag=value} or
 * {@code --flag value}, bare booleans, the last one wins, everything after the first word that is
 * no flag is left over.
 */
final class CommandLine {
  private final List<String> args;
  private final FlagValues values = new FlagValues();
  private boolean help;
  private int at;

  private CommandLine(List<String> args) {
    this.args = args;
  }

  /** Reads {@code args}; the refusals and their order are etcd's. */
  static CommandLine parse(List<String> args) throws ConfigException {
    CommandLine line = new CommandLine(args);
    while (!line.help && line.at < args.size() && line.parseOne()) {
      // Each turn consumes at least one argument.
    }
    return line;
  }

  /** What was set. */
  FlagValues values() {
    return values;
  }

  /** Whether help was asked for; flags after it were not read. */
  boolean isHelp() {
    return help;
  }

  /** Refuses words that are no flags. Asked after {@code --help}, before {@code --version}. */
  void refuseLeftOver() throws ConfigException {
    if (at < args.size()) {
      throw ConfigException.verify(GoText.quote(args.get(at)) + " is not a valid flag");
    }
  }

  private boolean parseOne() throws ConfigException {
    String arg = args.get(at);
    if (arg.length() < 2 || arg.charAt(0) != '-') {
      return false;
    }
    at++;
    if (arg.equals("--")) {
      return false;
    }
    String body = arg.substring(arg.charAt(1) == '-' ? 2 : 1);
    if (body.startsWith("-") || body.startsWith("=")) {
      throw usage("bad flag syntax: " + arg);
    }
    int equals = body.indexOf('=');
    String name = equals < 0 ? body : body.substring(0, equals);
    Flag flag = FlagTable.find(name);
    if (flag == null) {
      if (name.equals("help") || name.equals("h")) {
        help = true;
        return false;
      }
      throw usage("flag provided but not defined: -" + name);
    }
    set(flag, value(flag, equals < 0 ? null : body.substring(equals + 1)));
    return true;
  }

  private String value(Flag flag, @Nullable String attached) throws ConfigException {
    if (attached != null) {
      return attached;
    }
    if (flag.isBool()) {
      return "true";
    }
    if (at == args.size()) {
      throw usage("flag needs an argument: -" + flag.name());
    }
    return args.get(at++);
  }

  private void set(Flag flag, String value) throws ConfigException {
    try {
      values.put(flag, value);
    } catch (GoText.BadValue e) {
      String what = flag.isBool() ? "invalid boolean value " : "invalid value ";
      String where = flag.isBool() ? " for -" : " for flag -";
      throw usage(what + GoText.quote(value) + where + flag.name() + ": " + e.getMessage());
    }
    if (!values.refused().isEmpty()) {
      throw new ConfigException(
          Kind.PLAIN,
          "flag -"
              + flag.name()
              + " is known to etcd, but this version only takes its default, not "
              + GoText.quote(value));
    }
  }

  private static ConfigException usage(String message) {
    return new ConfigException(Kind.USAGE, message);
  }
}
