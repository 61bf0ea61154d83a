package io.quorate.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Guard;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.history.Step;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TellingTest {
  private static String told(
      Request request, Outcome outcome, Optional<Reply> reply, String error) {
    return Telling.what(
        new Fact.Operation("a-0", "n1", new Span(1, 2), request, outcome, reply, error));
  }

  @Test
  void tellsAWrite() {
    Request request = Request.of(new Step.Write("k0", "c3-17", 0));
    Reply reply = new Reply(42, true, List.of(new Reply.Result(List.of(), 0)));
    assertThat(told(request, Outcome.DONE, Optional.of(reply), ""))
        .isEqualTo("put k0=c3-17 → rev 42");
  }

  @Test
  void tellsAReadOfWhatIsAndIsNotThere() {
    Request request = Request.of(new Step.Read("k0"), new Step.Read("k1"));
    Row row = new Row("k0", "v", 3, 41, 2, 0);
    Reply reply =
        new Reply(
            42, true, List.of(new Reply.Result(List.of(row), 1), new Reply.Result(List.of(), 0)));
    assertThat(told(request, Outcome.DONE, Optional.of(reply), ""))
        .isEqualTo("get k0; get k1 → k0=v @41; nothing; rev 42");
  }

  @Test
  void tellsAGuardAndThatItDidNotHold() {
    Request request =
        new Request(
            List.of(new Guard("k0", Guard.Field.MODIFIED, "7")),
            List.of(new Step.Remove("k0")),
            List.of(new Step.Read("k0")),
            false);
    Reply reply = new Reply(42, false, List.of(new Reply.Result(List.of(), 0)));
    assertThat(told(request, Outcome.DONE, Optional.of(reply), ""))
        .isEqualTo("if mod(k0)=7; del k0; else; get k0 → not held; nothing; rev 42");
  }

  @Test
  void tellsWhyNobodyKnows() {
    Request request = Request.of(new Step.Remove("k0"));
    assertThat(told(request, Outcome.UNKNOWN, Optional.empty(), "deadline exceeded"))
        .isEqualTo("del k0 → unknown: deadline exceeded");
  }

  @Test
  void tellsAWatch() {
    Fact.Event put =
        new Fact.Event(
            new Row("k0", "b", 3, 42, 2, 0), false, Optional.of(new Row("k0", "a", 3, 41, 1, 0)));
    Fact.Event removal = new Fact.Event(new Row("k1", "", 0, 42, 0, 0), true, Optional.empty());
    assertThat(Telling.what(new Fact.WatchTold(1, "w", 42, List.of(put, removal))))
        .isEqualTo("rev 42: put k0=b @42 (was a), del k1 @42");
    assertThat(Telling.what(new Fact.WatchTold(1, "w", 42, List.of())))
        .isEqualTo("rev 42: bookmark");
  }

  @Test
  void staysShortWhateverTheFactHolds() {
    Row row = new Row("k".repeat(10_000), "v\n".repeat(100_000), 1, 2, 3, 0);
    Fact state = new Fact.State(1, "n1", 9, Collections.nCopies(50_000, row));
    assertThat(Telling.what(state)).hasSizeLessThan(2000).endsWith("and 49,994 more");
  }
}
