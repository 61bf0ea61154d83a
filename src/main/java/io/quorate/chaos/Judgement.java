package io.quorate.chaos;

import io.quorate.chaos.check.Checks;
import io.quorate.chaos.check.Finding;
import io.quorate.chaos.check.Verdict;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.HistoryFile;
import io.quorate.chaos.report.Report;
import io.quorate.chaos.report.Summary;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Judges the history of a run that is over: the page, the summary, the exit status. */
final class Judgement {
  /** The name of the page in the folder of a run. */
  static final String PAGE = "report.html";

  private Judgement() {}

  /** The history that {@code place} names: a file, or the folder of a run. */
  static Path history(Path place) throws IOException {
    Path file = Files.isDirectory(place) ? place.resolve(Run.HISTORY) : place;
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("no history: " + file);
    }
    return file;
  }

  /**
   * Checks a history and prints what was found.
   *
   * @param withPage whether the page is written, beside the history
   */
  static int judge(Path file, boolean withPage, PrintWriter out) throws IOException {
    History history = HistoryFile.read(file);
    List<Finding> findings = Checks.all(history);
    String again = "quorate chaos replay " + file;
    out.print(Summary.text(history, findings, again));
    if (withPage) {
      Path page = file.resolveSibling(PAGE);
      Report.write(page, history, findings, again);
      out.println("the report is " + page);
    }
    out.flush();
    return status(Checks.verdict(findings));
  }

  static int status(Verdict verdict) {
    return switch (verdict) {
      case HELD -> Main.HELD;
      case BROKEN -> Main.BROKEN;
      case INCONCLUSIVE -> Main.INCONCLUSIVE;
    };
  }
}
