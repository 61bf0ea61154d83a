package io.quorate.utl;

import io.quorate.client.Client;
import io.quorate.client.ClientBuilder;
import io.quorate.client.ClientException;
import io.quorate.client.Maintenance;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code quorate utl snapshot save}. */
@Command(
    name = "save",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Saves what one member holds, every write acknowledged before among it. The member needs no",
      "leader. Flags may also be given as variables, as in ETCDCTL_ENDPOINTS.",
      ""
    })
final class SaveCommand implements Callable<Integer> {
  /** How long a member may take to say that it is there. */
  private static final Duration HELLO_WITHIN = Duration.ofSeconds(5);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "0..*", paramLabel = "FILE", description = "where to")
  private List<String> files = new ArrayList<>();

  @Option(
      names = "--endpoints",
      paramLabel = "URL",
      defaultValue = "${env:ETCDCTL_ENDPOINTS:-127.0.0.1:2379}",
      description = "of the one member; 127.0.0.1:2379 unless said otherwise")
  private String endpoints = "";

  @Option(
      names = "--cacert",
      paramLabel = "FILE",
      defaultValue = "${env:ETCDCTL_CACERT:-}",
      description = "the authorities that are believed, PEM")
  private String authorities = "";

  @Option(
      names = "--cert",
      paramLabel = "FILE",
      defaultValue = "${env:ETCDCTL_CERT:-}",
      description = "the certificate that is shown, PEM")
  private String certificate = "";

  @Option(
      names = "--key",
      paramLabel = "FILE",
      defaultValue = "${env:ETCDCTL_KEY:-}",
      description = "its key, PEM")
  private String key = "";

  @Option(
      names = "--user",
      paramLabel = "NAME[:PASSWORD]",
      defaultValue = "${env:ETCDCTL_USER:-}",
      description = "who asks")
  private String user = "";

  @Option(
      names = "--password",
      paramLabel = "PASSWORD",
      defaultValue = "${env:ETCDCTL_PASSWORD:-}",
      description = "if it is not part of --user")
  private String password = "";

  @Option(
      names = "--command-timeout",
      paramLabel = "TIME",
      defaultValue = "${env:ETCDCTL_COMMAND_TIMEOUT:-}",
      description = "how long it may take, as in 90s, 15m; a day unless said otherwise")
  private String timeout = "";

  @Override
  public Integer call() throws UtlException {
    if (files.size() != 1) {
      throw refused(UtlException.Exit.BAD_ARGS, "snapshot save expects one argument <filename>");
    }
    List<String> members = List.of(endpoints.split(",", -1));
    if (members.size() != 1) {
      throw refused(
          UtlException.Exit.INTERRUPTED,
          "snapshot must be requested to one selected node, not multiple ["
              + String.join(" ", members)
              + "]");
    }
    Path file = Path.of(files.get(0));
    Duration within = timeout.isEmpty() ? ClientBuilder.TIMEOUT_MAX : parsed(timeout);
    ClientBuilder builder;
    try {
      builder = builder(members.get(0));
    } catch (IllegalArgumentException e) {
      throw refused(UtlException.Exit.BAD_ARGS, String.valueOf(e.getMessage()));
    }
    PrintWriter err = spec.commandLine().getErr();
    ProgressBar bar = ProgressBar.of(err, "saving");
    try (Client hello = open(builder.callTimeout(min(within, HELLO_WITHIN)));
        // The member copies its store before it sends the first part, however long that takes.
        Client client = open(builder.callTimeout(within))) {
      long total = storeBytes(hello);
      SnapshotSave.save(
          client.maintenance().snapshot(), file, within, bytes -> bar.show(bytes, total));
    } finally {
      bar.end();
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println("Snapshot saved at " + file);
    out.flush();
    return 0;
  }

  private ClientBuilder builder(String endpoint) {
    boolean isTls = !authorities.isEmpty() || !certificate.isEmpty();
    ClientBuilder builder =
        Client.at(isTls && !endpoint.contains("://") ? "https://" + endpoint : endpoint)
            .withoutMemberSync();
    if (!authorities.isEmpty()) {
      builder = builder.trusting(Path.of(authorities));
    }
    if (certificate.isEmpty() != key.isEmpty()) {
      throw new IllegalArgumentException("--cert and --key go together");
    }
    if (!certificate.isEmpty()) {
      builder = builder.showing(Path.of(certificate), Path.of(key));
    }
    int colon = user.indexOf(':');
    if (colon >= 0 && password.isEmpty()) {
      builder = builder.user(user.substring(0, colon), user.substring(colon + 1));
    } else if (!user.isEmpty()) {
      builder = builder.user(user, password);
    }
    return builder;
  }

  private static Client open(ClientBuilder builder) throws UtlException {
    try {
      return builder.open();
    } catch (IllegalArgumentException e) {
      throw refused(UtlException.Exit.BAD_ARGS, String.valueOf(e.getMessage()));
    }
  }

  /**
   * About how many bytes will come, 0 if the member may not say it. Who is not there is so told
   * within seconds.
   */
  private static long storeBytes(Client client) throws UtlException {
    try {
      Maintenance.Status status = client.maintenance().status().toCompletableFuture().join();
      return status.db().sizeBytes();
    } catch (CompletionException e) {
      if (e.getCause() instanceof ClientException.Refused) {
        return 0;
      }
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new UtlException(
          UtlException.Exit.INTERRUPTED, String.valueOf(cause.getMessage()), cause);
    }
  }

  private static Duration parsed(String text) throws UtlException {
    try {
      Duration duration = Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
      if (duration.isNegative() || duration.isZero()) {
        throw refused(UtlException.Exit.INTERRUPTED, "context deadline exceeded");
      }
      return min(duration, ClientBuilder.TIMEOUT_MAX);
    } catch (DateTimeParseException e) {
      throw refused(
          UtlException.Exit.ERROR,
          "invalid argument \"%s\" for \"--command-timeout\" flag: time: invalid duration \"%s\""
              .formatted(text, text));
    }
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static UtlException refused(UtlException.Exit exit, String why) {
    return new UtlException(exit, why);
  }
}
