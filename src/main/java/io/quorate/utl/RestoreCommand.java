package io.quorate.utl;

import io.quorate.server.ConfigException;
import io.quorate.server.MemberIdentity;
import io.quorate.server.Restoration;
import java.io.PrintWriter;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code quorate utl snapshot restore}. */
@Command(
    name = "restore",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Makes the data directory of one member of a new cluster out of a snapshot. To be called for",
      "each member with the same file, and with the flags that the member is started with then.",
      ""
    })
final class RestoreCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "0..*", paramLabel = "FILE", description = "the snapshot")
  private List<String> files = new ArrayList<>();

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "not there or empty; NAME.quorate unless said otherwise")
  private String dataDir = "";

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "default",
      description = "of this member; ${DEFAULT-VALUE} unless said otherwise")
  private String name = "";

  @Option(
      names = "--initial-cluster",
      paramLabel = "NAME=URL,...",
      defaultValue = "default=http://localhost:2380",
      description = "all members; ${DEFAULT-VALUE} unless said")
  private String initialCluster = "";

  @Option(
      names = "--initial-cluster-token",
      paramLabel = "TOKEN",
      defaultValue = "etcd-cluster",
      description = "keeps clusters apart; ${DEFAULT-VALUE} unless said")
  private String token = "";

  @Option(
      names = "--initial-advertise-peer-urls",
      paramLabel = "URLS",
      defaultValue = "http://localhost:2380",
      description = "of this member; ${DEFAULT-VALUE} unless said")
  private String advertised = "";

  @Option(
      names = "--skip-hash-check",
      arity = "0..1",
      fallbackValue = "true",
      defaultValue = "false",
      paramLabel = "BOOL",
      description = {
        "takes a file without a digest, or with another one, such as a",
        "copy of data.mdb of a member that is stopped; checks every row"
      })
  private boolean skipHashCheck;

  @Option(
      names = "--bump-revision",
      paramLabel = "N",
      defaultValue = "0",
      description = {
        "so many revisions are left out, so that none comes twice that",
        "clients may have seen after the snapshot was saved"
      })
  private String bump = "";

  @Option(
      names = "--mark-compacted",
      arity = "0..1",
      fallbackValue = "true",
      defaultValue = "false",
      paramLabel = "BOOL",
      description = {
        "compacts all up to the last of those, so that old watches end",
        "and caches read anew; goes together with --bump-revision"
      })
  private boolean markCompacted;

  @Option(
      names = "--wal-dir",
      paramLabel = "DIR",
      description = "only taken empty: the log lies in the data directory")
  private String walDir = "";

  @Option(
      names = "--initial-memory-map-size",
      paramLabel = "BYTES",
      description = "taken, and without effect")
  private String mapSize = "";

  @Override
  public Integer call() throws UtlException {
    if (files.size() != 1) {
      throw refused(UtlException.Exit.BAD_ARGS, "snapshot restore requires exactly one argument");
    }
    long revisions = unsigned("bump-revision", bump);
    if (!mapSize.isEmpty()) {
      unsigned("initial-memory-map-size", mapSize);
    }
    if (revisions != 0 != markCompacted) {
      throw refused(UtlException.Exit.BAD_ARGS, "--mark-compacted required if --revision-bump > 0");
    }
    if (!walDir.isEmpty()) {
      throw refused(
          UtlException.Exit.ERROR,
          "--wal-dir is " + walDir + ", but the log always lies in the data directory");
    }
    PrintWriter err = spec.commandLine().getErr();
    ProgressBar bar = ProgressBar.of(err, "restoring");
    Path dir = Path.of(dataDir.isEmpty() ? name + ".quorate" : dataDir);
    try {
      MemberIdentity identity =
          Restoration.restore(
              new Restoration.Request(
                  Path.of(files.get(0)),
                  dir,
                  new Restoration.Founders(name, initialCluster, token, advertised),
                  skipHashCheck,
                  revisions),
              bar::show);
      bar.end();
      err.println(
          "restored member "
              + MemberIdentity.hex(identity.memberId())
              + " of cluster "
              + MemberIdentity.hex(identity.clusterId())
              + " in "
              + dir);
      err.flush();
      return 0;
    } catch (ConfigException e) {
      bar.end();
      throw new UtlException(UtlException.Exit.ERROR, String.valueOf(e.getMessage()), e);
    }
  }

  private static long unsigned(String flag, String text) throws UtlException {
    String why = "invalid syntax";
    if (text.matches("[0-9]+")) {
      BigInteger number = new BigInteger(text);
      if (number.bitLength() < Long.SIZE) {
        return number.longValueExact();
      }
      why = "value out of range";
    }
    throw refused(
        UtlException.Exit.ERROR,
        "invalid argument \"%s\" for \"--%s\" flag: strconv.ParseUint: parsing \"%s\": %s"
            .formatted(text, flag, text, why));
  }

  private static UtlException refused(UtlException.Exit exit, String why) {
    return new UtlException(exit, why);
  }
}
