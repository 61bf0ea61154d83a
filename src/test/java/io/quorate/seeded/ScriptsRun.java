package io.quorate.seeded;

import static org.junit.platform.engine.discovery.ClassNameFilter.includeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs the unit tests of some rooms, one room after the other, until the first test fails. A
 * program of its own: a mistake may keep a test from ever coming to its end, and then only a
 * process can be ended.
 */
public final class ScriptsRun {
  /** The exit status if no test failed. */
  static final int NONE_FAILED = 0;

  /** The exit status if one did. */
  static final int FAILED = 3;

  private static final int MESSAGE_MAX = 100;

  private ScriptsRun() {}

  /**
   * Runs them and ends the process.
   *
   * @param args the file in which the first test that failed is named, and the rooms in their order
   */
  public static void main(String... args) {
    Path result = Path.of(args[0]);
    Launcher launcher = LauncherFactory.create();
    for (String room : Arrays.asList(args).subList(1, args.length)) {
      launcher.execute(
          LauncherDiscoveryRequestBuilder.request()
              .selectors(selectPackage("io.quorate." + room))
              .filters(includeClassNamePatterns(".*Test"))
              .build(),
          new UntilOneFails(result));
    }
    System.exit(NONE_FAILED);
  }

  /** Ends the process at once when a test has failed. */
  private static final class UntilOneFails implements TestExecutionListener {
    private final Path result;

    UntilOneFails(Path result) {
      this.result = result;
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult outcome) {
      if (outcome.getStatus() != TestExecutionResult.Status.FAILED) {
        return;
      }
      String why = outcome.getThrowable().map(ScriptsRun::firstLine).orElse("");
      try {
        Files.writeString(result, name(test) + " | " + why);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Runtime.getRuntime().halt(FAILED);
    }
  }

  private static String name(TestIdentifier test) {
    String shown = test.getDisplayName();
    return test.getSource()
        .filter(MethodSource.class::isInstance)
        .map(MethodSource.class::cast)
        .map(
            source -> {
              String type = source.getClassName();
              String method =
                  type.substring(type.lastIndexOf('.') + 1) + "." + source.getMethodName();
              return shown.startsWith("[") ? method + " " + plain(shown) : method;
            })
        .orElse(plain(shown));
  }

  private static String firstLine(Throwable failure) {
    String type = failure.getClass().getSimpleName();
    return failure.getMessage() == null ? type : plain(failure.getMessage());
  }

  /** One line that fits into a cell of a table. */
  private static String plain(String text) {
    String line = text.strip().replaceAll("[\\s|]+", " ");
    return line.substring(0, Math.min(line.length(), MESSAGE_MAX));
  }
}
