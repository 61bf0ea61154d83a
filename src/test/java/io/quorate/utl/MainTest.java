package io.quorate.utl;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.lmdb.Snapshots;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts and exit codes are those of etcdutl and etcdctl 3.7.3, run with the same arguments. */
class MainTest {
  @TempDir Path dir;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.execute(new PrintWriter(out), new PrintWriter(err), args);
  }

  private void refused(int exit, String why, String... args) {
    assertThat(run(args)).isEqualTo(exit);
    assertThat(err.toString()).isEqualTo("Error: " + why + "\n");
    assertThat(out.toString()).isEmpty();
  }

  private Path snapshot() throws IOException {
    return Snapshots.save(dir.resolve("store"), dir.resolve("s.db"));
  }

  @Test
  void restoresAndSaysWhatIsInAFile() throws Exception {
    Path file = snapshot();
    assertThat(run("snapshot", "status", file.toString(), "-w", "json")).isZero();
    assertThat(out.toString())
        .matches(
            "\\{\"hash\":[0-9]+,\"revision\":7,\"totalKey\":3,\"totalSize\":[0-9]+,"
                + "\"version\":\"3.7.0\"}\n");
    Path data = dir.resolve("data");
    String[] restore = {"snapshot", "restore", file.toString(), "--data-dir=" + data};
    assertThat(run(restore)).isZero();
    assertThat(err.toString()).matches("restored member [0-9a-f]+ of cluster [0-9a-f]+ in .*\n");
    assertThat(data.resolve("member/identity")).exists();
    refused(1, "data-dir \"" + data + "\" not empty or could not be read", restore);
  }

  @Test
  void bumpsWhereItIsToldTo() throws Exception {
    assertThat(
            run(
                "snapshot",
                "restore",
                snapshot().toString(),
                "--data-dir=" + dir.resolve("data"),
                "--bump-revision=1000",
                "--mark-compacted"))
        .isZero();
    Path store = dir.resolve("data/member/store/gen-1/data.mdb");
    Path bare = Files.copy(store, dir.resolve("bare.db"));
    assertThat(run("snapshot", "status", bare.toString())).isZero();
    assertThat(out.toString()).matches("[0-9a-f]+, 1007, 3, [0-9]+ kB, 3.7.0\n");
  }

  @Test
  void restoreRefusesAsEtcdutl() throws Exception {
    refused(128, "snapshot restore requires exactly one argument", "snapshot", "restore");
    String file = snapshot().toString();
    refused(
        128,
        "--mark-compacted required if --revision-bump > 0",
        "snapshot",
        "restore",
        file,
        "--bump-revision=5");
    refused(
        128,
        "--mark-compacted required if --revision-bump > 0",
        "snapshot",
        "restore",
        file,
        "--mark-compacted=true");
    refused(
        1,
        "invalid argument \"x\" for \"--bump-revision\" flag: strconv.ParseUint: parsing \"x\":"
            + " invalid syntax",
        "snapshot",
        "restore",
        file,
        "--bump-revision=x");
    refused(
        1,
        "couldn't find local name \"x\" in the initial cluster configuration",
        "snapshot",
        "restore",
        file,
        "--name=x");
    refused(
        1,
        "--wal-dir is /w, but the log always lies in the data directory",
        "snapshot",
        "restore",
        file,
        "--wal-dir=/w");
    Path none = dir.resolve("none");
    refused(
        1,
        "open " + none + ": no such file or directory",
        "snapshot",
        "restore",
        none.toString(),
        "--data-dir=" + dir.resolve("d"));
    assertThat(dir.resolve("d")).doesNotExist();
  }

  @Test
  void statusRefusesAsEtcdutl() throws Exception {
    refused(128, "snapshot status requires exactly one argument", "snapshot", "status");
    Path none = dir.resolve("none");
    refused(
        1, "stat " + none + ": no such file or directory", "snapshot", "status", none.toString());
    String file = snapshot().toString();
    refused(4, "unsupported output format", "snapshot", "status", file, "-w", "xx");
    refused(1, "unknown flag: --bogus", "snapshot", "status", file, "--bogus");
    refused(1, "unknown command \"bogus\" for \"quorate utl\"", "bogus");
  }

  @Test
  void saveRefusesAsEtcdctl() {
    refused(128, "snapshot save expects one argument <filename>", "snapshot", "save");
    refused(
        5,
        "snapshot must be requested to one selected node, not multiple [a:1 b:2]",
        "snapshot",
        "save",
        "f",
        "--endpoints=a:1,b:2");
    refused(
        1,
        "invalid argument \"soon\" for \"--command-timeout\" flag: time: invalid duration \"soon\"",
        "snapshot",
        "save",
        "f",
        "--command-timeout=soon");
  }

  @Test
  void saysWithinTheTimeThatNobodyIsThere() throws Exception {
    int port;
    try (java.net.ServerSocket free = new java.net.ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Path file = dir.resolve("s.db");
    assertThat(
            run(
                "snapshot",
                "save",
                file.toString(),
                "--endpoints=127.0.0.1:" + port,
                "--command-timeout=0.5s"))
        .isEqualTo(5);
    assertThat(err.toString()).startsWith("Error: ").contains(":" + port);
    assertThat(file).doesNotExist();
  }

  @Test
  void withoutACommandItSaysWhichThereAre() {
    assertThat(run("snapshot")).isZero();
    assertThat(out.toString()).contains("save | status | restore");
    assertThat(run()).isZero();
    assertThat(run("snapshot", "restore", "--help")).isZero();
    assertThat(out.toString()).contains("--initial-cluster-token").contains("--bump-revision");
  }
}
