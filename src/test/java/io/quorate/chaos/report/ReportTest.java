package io.quorate.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.chaos.check.Finding;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.history.Step;
import io.quorate.chaos.report.Pages.Box;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ReportTest {
  private static final String HOSTILE = hostilePage();
  private static final String REPLAY = "bin/quorate chaos run --seed 7 --members 3";

  private static String sample(int seconds, List<Finding> findings) {
    return Report.page(SampleRun.of(7, seconds, 6000), findings, REPLAY);
  }

  private static List<String> sections(Document page) {
    return Pages.all(page, "section").stream().map(each -> each.getAttribute("id")).toList();
  }

  @Test
  void showsEverySectionInItsOrder() {
    Document held = Pages.parse(sample(60, SampleRun.held()));
    assertThat(sections(held))
        .containsExactly("promises", "timeline", "faults", "workloads", "options");
    assertThat(Pages.all(held, "h1").get(0).getTextContent()).isEqualTo("every promise held");
    Document broken = Pages.parse(sample(60, SampleRun.broken()));
    assertThat(sections(broken))
        .containsExactly("promises", "evidence", "timeline", "faults", "workloads", "options");
    assertThat(Pages.all(broken, "h1").get(0).getTextContent()).isEqualTo("a promise was broken");
    assertThat(Pages.all(broken, "code").get(0).getTextContent()).isEqualTo(REPLAY);
  }

  @Test
  void showsTheWorstPromisesFirst() {
    List<String> verdicts =
        Pages.all(Pages.parse(sample(60, SampleRun.broken())), "td").stream()
            .filter(each -> each.getAttribute("data-name").equals("verdict"))
            .map(Element::getTextContent)
            .toList();
    assertThat(verdicts)
        .containsExactly("broken", "broken", "inconclusive", "held", "held", "held");
  }

  @Test
  void isTheSameForTheSameHistory() {
    assertThat(sample(60, SampleRun.broken())).isEqualTo(sample(60, SampleRun.broken()));
  }

  @Test
  void labelsOfPicturesNeitherTouchNorLeaveThem() {
    for (int seconds : new int[] {10, 60, 300, 3600}) {
      for (Element svg : Pages.all(Pages.parse(sample(seconds, SampleRun.broken())), "svg")) {
        List<Box> boxes = Pages.boxes(svg);
        double[] extent = Pages.extent(svg);
        assertThat(boxes).isNotEmpty();
        for (int i = 0; i < boxes.size(); i++) {
          Box box = boxes.get(i);
          assertThat(box.left()).as("%s", box).isGreaterThanOrEqualTo(-0.1);
          assertThat(box.right()).as("%s", box).isLessThanOrEqualTo(extent[0] + 0.1);
          assertThat(box.bottom()).as("%s", box).isLessThanOrEqualTo(extent[1]);
          assertThat(boxes.subList(0, i)).as("%s", box).noneMatch(box::touches);
        }
      }
    }
  }

  @Test
  void faultsLieInTheLanesOfTheirMembers() {
    Fact.Run run = new Fact.Run(1, "x", List.of("n1", "n2"), Map.of());
    Fact.Fault fault = new Fact.Fault(new Span(0, 5), "kill", List.of("n2"), true, "gone");
    Fact.Fault wide = new Fact.Fault(new Span(0, 5), "clock", List.of(), false, "nothing seen");
    Fact.Leader leader = new Fact.Leader(0, "n1", "n1", 4);
    Fact.Leader agrees = new Fact.Leader(0, "n2", "n1", 4);
    History history =
        new History(List.of(run, fault, wide, leader, agrees, new Fact.End(10, true, "")));
    Element svg = Pages.all(Pages.parse(Report.page(history, List.of(), "")), "svg").get(0);
    List<String> texts = Pages.boxes(svg).stream().map(Box::text).toList();
    int lanes = texts.indexOf("leaders and faults by member");
    assertThat(texts.subList(lanes + 1, lanes + 7))
        .containsExactly("n1", "leads term 4", "n2", "2 kill", Lanes.EVERYWHERE, "1 clock");
  }

  @Test
  void everyFaultHasItsNumberWhereThereIsRoom() {
    Element svg = Pages.all(Pages.parse(sample(400, SampleRun.held())), "svg").get(0);
    List<String> styles = Pages.styles(svg, "text");
    long faults =
        Pages.styles(svg, "rect").stream().filter(each -> each.matches("[fu]\\d")).count();
    long kinds =
        SampleRun.of(7, 400, 6000).of(Fact.Fault.class).stream()
            .map(Fact.Fault::kind)
            .distinct()
            .count();
    // The legend has a sample of each kind and one of a fault that is not proven.
    long drawn = faults - kinds - 1;
    assertThat(styles.stream().filter("mark"::equals).count()).isEqualTo(drawn).isPositive();
  }

  private static String hostile() {
    return "<script>alert(1)</script>\"' onload='x' ]]> <!-- &amp; \0\u001b\u202e\ud800";
  }

  private static Fact.Operation hostileOperation(int i) {
    String text = hostile() + i + "&".repeat(5000);
    Row row = new Row(text, text, 1, 2, 3, 4);
    Reply reply = new Reply(1, true, Collections.nCopies(50, new Reply.Result(List.of(row), 1)));
    Step[] steps = Collections.nCopies(50, new Step.Read(text)).toArray(Step[]::new);
    return new Fact.Operation(
        text + "-0",
        text,
        new Span(i, i + 5),
        Request.of(steps),
        Outcome.DONE,
        Optional.of(reply),
        "");
  }

  private static String hostilePage() {
    List<Fact> facts = new ArrayList<>();
    String text = hostile() + "&".repeat(50_000);
    Map<String, String> options = new TreeMap<>();
    List<Finding> findings = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      options.put(i + text, text);
      facts.add(hostileOperation(i));
      facts.add(new Fact.Fault(new Span(i, i + 3), i + text, List.of(i + text), false, text));
      facts.add(new Fact.Leader(i, "n1", i + text, i));
    }
    for (int i = 0; i < 150; i++) {
      findings.add(Finding.broken(i + text, text, 1, facts));
    }
    facts.add(0, new Fact.Run(1, text, List.of("n1"), options));
    facts.add(new Fact.End(2000, false, text));
    return Report.page(new History(facts), findings, text);
  }

  @Test
  void escapesAllThatComesFromTheHistory() {
    Document page = Pages.parse(HOSTILE);
    assertThat(Pages.all(page, "script")).hasSize(1);
    assertThat(Pages.all(page, "script").get(0).getTextContent()).isEqualTo(Look.SCRIPT);
    assertThat(Pages.all(page, "h3").get(0).getTextContent())
        .startsWith("0<script>alert(1)</script>\"' onload='x' ]]> <!-- &amp; \\u{0}\\u{1b}");
  }

  @Test
  void staysBelowItsBoundWhateverTheHistoryHolds() {
    assertThat(HOSTILE.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(Report.PAGE_BYTES_MAX);
  }

  @Test
  void showsABoundedNumberOfOptions() {
    List<String> columns =
        Pages.all(Pages.parse(HOSTILE), "td").stream()
            .map(each -> each.getAttribute("data-name"))
            .toList();
    assertThat(columns.stream().filter("option"::equals)).hasSize(Report.OPTIONS_MAX);
    assertThat(HOSTILE).contains("900 more options not shown");
  }

  @Test
  void tellsAnHourOfAMillionOperationsInLessThanAMebibyte() {
    Fact.Operation one =
        SampleRun.done("register-0", 0, 1, Request.of(new Step.Write("k", "v", 0)), 1);
    List<Fact> facts = new ArrayList<>(SampleRun.of(3, 3600, 20_000).facts());
    for (int i = 0; i < 1_000_000; i++) {
      long at = i * 3600L * SampleRun.SECOND / 1_000_000;
      Span span = new Span(at, at + SampleRun.MILLI + i % 977 * 10_000L);
      facts.add(
          new Fact.Operation(
              "register-0", "n1", span, one.request(), one.outcome(), one.reply(), ""));
    }
    String page = Report.page(new History(facts), SampleRun.broken(), REPLAY);
    assertThat(page.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(1024 * 1024);
    assertThat(page).contains("1,0");
    Pages.parse(page);
  }

  @Test
  void saysHowMuchEvidenceIsLeftOut() {
    List<Fact> facts = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      facts.add(new Fact.LockTold(i * SampleRun.SECOND, "lock-0", "l0", i, true));
    }
    String page = sample(10, List.of(Finding.broken("fences", "why", 1, facts)));
    assertThat(page)
        .contains("76 facts in the middle not drawn", "60 facts in the middle not listed")
        .contains("holds l0, fence 0<", "holds l0, fence 99<")
        .doesNotContain("holds l0, fence 50<");
  }

  @Test
  void tellsOfARunOfWhichNothingIsKnown(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("report.html");
    Report.write(file, new History(List.of()), List.of(), "");
    Document page = Pages.parse(Files.readString(file));
    assertThat(Pages.all(page, "h1").get(0).getTextContent()).isEqualTo("inconclusive");
    assertThat(Pages.all(page, "p").get(0).getTextContent())
        .isEqualTo("the run did not come to its end");
  }
}
