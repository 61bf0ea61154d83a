package io.quorate.chaos.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryFileTest {
  private static final Row ROW = new Row("k\n\u0000\u20ac", "v\"", 2, 3, 2, -1);

  private static final Request REQUEST =
      new Request(
          List.of(new Guard("k", Guard.Field.MODIFIED, "0")),
          List.of(new Step.Read("k"), new Step.Scan("p"), new Step.Write("k", "v", 7)),
          List.of(new Step.Remove("k")),
          false);

  private static final Reply REPLY = new Reply(3, true, List.of(new Reply.Result(List.of(ROW), 1)));

  private static final List<Fact> EACH_KIND =
      List.of(
          new Fact.Run(-1, "etcd", List.of("m1"), Map.of("members", "3")),
          new Fact.Operation(
              "register-0", "m1", new Span(0, 1), REQUEST, Outcome.DONE, Optional.of(REPLY), ""),
          new Fact.Operation(
              "register-0", "", new Span(5, 5), REQUEST, Outcome.UNKNOWN, Optional.empty(), "late"),
          new Fact.WatchOpened(1, "w", "m1", "p", 2, true),
          new Fact.WatchTold(2, "w", 3, List.of(new Fact.Event(ROW, false, Optional.of(ROW)))),
          new Fact.WatchEnded(3, "w", "compacted", 9),
          new Fact.LeaseTold(4, Long.MIN_VALUE, "k", Fact.LeaseChange.GRANTED, Long.MAX_VALUE),
          new Fact.LockTold(5, "lock-1", "l", 6, true),
          new Fact.Fault(new Span(1, 2), "kill", List.of("m1"), true, "pid 1 is gone"),
          new Fact.Leader(6, "m1", "m2", 3),
          new Fact.Hash(7, "m1", 3, 1, -5),
          new Fact.State(8, "m1", 3, List.of(ROW)),
          new Fact.End(9, false, "no quorum"));

  @TempDir Path folder;

  private Path written() throws IOException {
    Path file = folder.resolve("history.jsonl");
    try (HistoryFile out = HistoryFile.create(file)) {
      for (Fact each : EACH_KIND) {
        out.write(each);
      }
    }
    return file;
  }

  @Test
  void readsEachKindOfFactAsItWasWritten() throws IOException {
    Path file = written();
    assertThat(Files.readAllLines(file)).hasSameSizeAs(EACH_KIND);
    assertThat(HistoryFile.read(file).facts()).isEqualTo(EACH_KIND);
  }

  @Test
  void leavesOutALastLineThatIsCut() throws IOException {
    Path file = written();
    Files.writeString(file, "{\"fact\":\"end\",\"at\":", StandardOpenOption.APPEND);
    assertThat(HistoryFile.read(file).facts()).isEqualTo(EACH_KIND);
  }

  @Test
  void namesALineThatIsNoFact() throws IOException {
    Path file = folder.resolve("history.jsonl");
    for (String line :
        List.of(
            "{}",
            "[]",
            "{\"fact\":\"hearsay\"}",
            "{\"fact\":\"end\",\"at\":1}",
            "{\"fact\":\"lock\",\"at\":null,\"client\":\"c\",\"lock\":\"l\",\"fence\":1,"
                + "\"isHeld\":true}")) {
      Files.writeString(file, "{\"fact\":\"end\",\"at\":1,\"isComplete\":true,\"why\":\"\"}\n");
      Files.writeString(file, line + "\n\n", StandardOpenOption.APPEND);
      assertThatThrownBy(() -> HistoryFile.read(file))
          .as(line)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("line 2 is no fact");
    }
  }

  @Test
  void overwritesNoHistory() throws IOException {
    Path file = written();
    assertThatThrownBy(() -> HistoryFile.create(file)).isInstanceOf(IOException.class);
  }

  @Test
  void findsOperationsOfAWorkload() throws IOException {
    History history = HistoryFile.read(written());
    assertThat(history.operations("register")).hasSize(2);
    assertThat(history.operations("regis")).isEmpty();
    assertThat(history.of(Fact.Leader.class)).hasSize(1);
  }
}
