package io.quorate.utl;

import io.quorate.lmdb.SnapshotFile;
import io.quorate.server.Version;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code quorate utl snapshot status}. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Says what is in a snapshot: hash, revision, keys, size, version. All of it is read, and",
      "every checksum compared."
    })
final class StatusCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "0..*", paramLabel = "FILE", description = "the snapshot")
  private List<String> files = new ArrayList<>();

  @Option(
      names = {"-w", "--write-out"},
      paramLabel = "FORMAT",
      defaultValue = "simple",
      description = "simple, json, table or fields; ${DEFAULT-VALUE} unless said otherwise")
  private String format = "";

  @Override
  public Integer call() throws UtlException {
    if (files.size() != 1) {
      throw new UtlException(
          UtlException.Exit.BAD_ARGS, "snapshot status requires exactly one argument");
    }
    Path path = Path.of(files.get(0));
    if (!Files.exists(path)) {
      throw new UtlException(
          UtlException.Exit.ERROR, "stat " + path + ": no such file or directory");
    }
    StatusText.check(format);
    PrintWriter err = spec.commandLine().getErr();
    ProgressBar bar = ProgressBar.of(err, "reading");
    try (SnapshotFile file = SnapshotFile.open(path)) {
      file.checkKind();
      file.verify(bytes -> bar.show(bytes, 2 * file.storeBytes()));
      SnapshotFile.Facts facts =
          file.facts(bytes -> bar.show(file.storeBytes() + bytes, 2 * file.storeBytes()));
      bar.end();
      PrintWriter out = spec.commandLine().getOut();
      out.println(StatusText.of(facts, Version.STORAGE, format));
      out.flush();
      return 0;
    } catch (IOException e) {
      bar.end();
      throw new UtlException(UtlException.Exit.ERROR, String.valueOf(e.getMessage()), e);
    }
  }
}
