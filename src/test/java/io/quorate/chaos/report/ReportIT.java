package io.quorate.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opens pages in a browser, where there is one. */
class ReportIT {
  private static final long BROWSER_SECONDS_MAX = 120;

  private static final List<String> BROWSERS =
      List.of("chromium", "chromium-browser", "google-chrome");

  /**
   * Measures what a browser shows: whether the page is wider than its window, and which texts of
   * pictures touch each other or leave their picture. Tells the page around it.
   */
  private static final String MEASURE =
      """
      addEventListener('load', function () {
        var wide = document.documentElement.scrollWidth - innerWidth;
        var wrong = [];
        var count = 0;
        Array.from(document.querySelectorAll('svg')).forEach(function (svg) {
          var edge = svg.getBoundingClientRect();
          if (edge.width === 0) { return; }
          var texts = Array.from(svg.querySelectorAll('text'));
          var boxes = texts.map(function (text) { return text.getBoundingClientRect(); });
          count += boxes.length;
          boxes.forEach(function (a, i) {
            var leaves = Math.max(edge.left - a.left, a.right - edge.right, a.bottom - edge.bottom);
            if (leaves > 1) { wrong.push('leaves: ' + texts[i].textContent); }
            boxes.slice(0, i).forEach(function (b, j) {
              var x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
              var y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
              var touches = Math.min(x, y - a.height / 4) > 1;
              if (touches) { wrong.push(texts[i].textContent + ' on ' + texts[j].textContent); }
            });
          });
        });
        parent.postMessage([wide, count, wrong.join('; ')].join('|'), '*');
      });
      """;

  @TempDir private Path folder;

  private static Optional<Path> browser() {
    for (String place : System.getenv("PATH").split(File.pathSeparator)) {
      for (String each : BROWSERS) {
        if (Files.isExecutable(Path.of(place, each))) {
          return Optional.of(Path.of(place, each));
        }
      }
    }
    System.out.println("left out: the report in a browser: no chromium on PATH");
    return Optional.empty();
  }

  /** The page as the browser understood it, and what the browser complained of. */
  private record Shown(String page, String log) {}

  private Shown show(Path browser, Path file) throws IOException, InterruptedException {
    Path page = folder.resolve("page.txt");
    Path log = folder.resolve("log.txt");
    Process process =
        new ProcessBuilder(
                browser.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--enable-logging=stderr",
                "--virtual-time-budget=3000",
                "--window-size=1400,1000",
                "--user-data-dir=" + Files.createTempDirectory(folder, "browser"),
                "--dump-dom",
                file.toUri().toString())
            .redirectOutput(page.toFile())
            .redirectError(log.toFile())
            .start();
    try {
      assertThat(process.waitFor(BROWSER_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    return new Shown(Files.readString(page), Files.readString(log));
  }

  @Test
  void aBrowserShowsEverySectionAndRunsOnlyOurScript() throws Exception {
    Optional<Path> browser = browser();
    if (browser.isEmpty()) {
      return;
    }
    Path file = folder.resolve("report.html");
    Report.write(file, SampleRun.of(7, 120, 6000), SampleRun.broken(), "replay");
    Shown shown = show(browser.get(), file);
    assertThat(shown.page())
        .contains(">a promise was broken</h1>")
        .contains("id=\"promises\"", "id=\"evidence\"", "id=\"timeline\"")
        .contains("id=\"faults\"", "id=\"workloads\"", "id=\"options\"");
    assertThat(shown.log()).doesNotContain("Content Security Policy", "SyntaxError");
  }

  @Test
  void nothingIsWiderThanItsWindowAndNoLabelsTouch() throws Exception {
    Optional<Path> browser = browser();
    if (browser.isEmpty()) {
      return;
    }
    String page =
        Report.page(SampleRun.of(7, 300, 9000), SampleRun.broken(), "replay " + "x".repeat(500));
    String measured =
        page.replaceFirst("<meta http-equiv[^>]*>", "")
            .replace("</head>", "<script>" + MEASURE + "</script></head>");
    assertThat(measured).doesNotContain("http-equiv");
    Files.writeString(folder.resolve("measured.html"), measured);
    List<Integer> widths = List.of(1200, 800, 400, 330);
    StringBuilder frames = new StringBuilder("<!DOCTYPE html><body>");
    for (int each : widths) {
      frames.append("<iframe src='measured.html' width='" + each + "' height='700'></iframe>");
    }
    frames.append("<script>addEventListener('message', function (event) {");
    frames.append(
        "var told = document.createElement('p'); told.textContent = 'told|' + event.data");
    frames.append(" + '|'; document.body.append(told);});</script>");
    Path file = Files.writeString(folder.resolve("frames.html"), frames);

    List<String> told = new ArrayList<>();
    for (String each : show(browser.get(), file).page().split("<p>")) {
      if (each.startsWith("told|")) {
        told.add(each);
      }
    }
    assertThat(told).hasSize(widths.size());
    assertThat(told)
        .allSatisfy(
            each -> {
              String[] parts = each.split("\\|", 5);
              assertThat(Integer.parseInt(parts[1])).as("pixels too wide").isLessThanOrEqualTo(0);
              assertThat(Integer.parseInt(parts[2])).as("texts").isGreaterThan(50);
              assertThat(parts[3]).isEmpty();
            });
  }
}
