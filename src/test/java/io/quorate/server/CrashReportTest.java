package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrashReportTest {
  private static final String NATIVE =
      "C  [lmdbjava-native-library-4970196413992702598.so+0x5b64]  mdb_xcursor_init1.isra.6+0xf4";
  private static final String COMPILED =
      "J 3409 c1 io.quorate.lmdb.LmdbView$Revisions.next()Z (46 bytes) @ 0x00007f1d0450eb04";
  private static final String ELSEWHERE =
      "V  [libjvm.so+0x8c1e5a]  G1ParScanThreadState::trim_queue()+0x5a";

  @TempDir Path dir;

  private Optional<CrashReport> report(String pid, String frame, Instant since) throws IOException {
    Files.writeString(
        dir.resolve("hs_err_pid4711.log"),
        String.join(
            "\n",
            "#",
            "# A fatal error has been detected by the Java Runtime Environment:",
            "---------------  S U M M A R Y ------------",
            "Command Line: -Dlmdbjava.extract.dir=/somewhere",
            "---------------  T H R E A D  ---------------",
            "Native frames: (J=compiled Java code, j=interpreted, Vv=VM code, C=native code)",
            frame,
            "---------------  P R O C E S S  ---------------",
            "Dynamic libraries:",
            "C lmdbjava-native-library-4970196413992702598.so",
            ""));
    return CrashReport.of(pid, dir.toString(), since);
  }

  @Test
  void tellsWhoseFramesThereAre() throws IOException {
    assertThat(report("4711", NATIVE, Instant.EPOCH).orElseThrow().isWithin("lmdb")).isTrue();
    assertThat(report("4711", COMPILED, Instant.EPOCH).orElseThrow().isWithin("lmdb")).isTrue();
    assertThat(report("4711", ELSEWHERE, Instant.EPOCH).orElseThrow().isWithin("lmdb")).isFalse();
  }

  @Test
  void isOfThatProcessAndNotOfAnEarlierOne() throws IOException {
    assertThat(report("4712", NATIVE, Instant.EPOCH)).isEmpty();
    Instant written = Files.getLastModifiedTime(dir.resolve("hs_err_pid4711.log")).toInstant();
    assertThat(report("4711", NATIVE, written.plusSeconds(60))).isEmpty();
  }

  @Test
  void whatCannotBeAPlaceHasNone() {
    assertThat(CrashReport.of("../4711", dir.toString(), Instant.EPOCH)).isEmpty();
    assertThat(CrashReport.of("4711", "\0", Instant.EPOCH)).isEmpty();
  }

  @Test
  void aNoteIsLeftForTheStoreOfTheProcessThatCrashed() throws Exception {
    Path root = dir.resolve("data");
    Path store;
    try (DataDir first = DataDir.open(root)) {
      first.found(new DataDir.Owner(new MemberIdentity(1, 2, "a"), List.of()));
      store = first.store();
    }
    Path lock = root.resolve("member/lock");
    Files.writeString(lock, "4711\n" + dir + "\n");
    Files.setLastModifiedTime(lock, FileTime.from(Instant.now().minusSeconds(60)));
    report("4711", NATIVE, Instant.EPOCH);
    DataDir.open(root).close();
    assertThat(store.resolve("suspect")).content().contains("hs_err_pid4711.log");
    Files.delete(store.resolve("suspect"));
    // Whoever ran since then has not crashed.
    DataDir.open(root).close();
    assertThat(store.resolve("suspect")).doesNotExist();
  }
}
