package io.quorate.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whatever Java the documentation shows stands, line by line, in a test that is run. */
class SnippetsTest {
  private static final Pattern SNIPPET = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  @Test
  void everySnippetIsPartOfATest() throws IOException {
    List<String> tests = texts(Path.of("src/test/java"), ".java");
    List<String> strange = new ArrayList<>();
    int seen = 0;
    for (Path page : pages()) {
      Matcher snippets = SNIPPET.matcher(Files.readString(page));
      while (snippets.find()) {
        seen++;
        String snippet = snippets.group(1);
        if (!isPartOf(tests, snippet)) {
          strange.add(page + ": no test has these lines:\n" + snippet);
        }
      }
    }
    assertThat(strange).isEmpty();
    assertThat(seen).isGreaterThan(5);
  }

  @Test
  void aSnippetThatNoTestHasIsFound() {
    List<String> tests = List.of("class A {\n  int a;\n}\n");
    assertThat(isPartOf(tests, "  int a;\n}\n")).isTrue();
    assertThat(isPartOf(tests, "int a;\n\n}")).isTrue();
    assertThat(isPartOf(tests, "int b;\n}\n")).isFalse();
  }

  private static boolean isPartOf(List<String> tests, String snippet) {
    String wanted = plain(snippet);
    return tests.stream().anyMatch(test -> plain(test).contains(wanted));
  }

  /** Without what differs where a text stands: indentation and empty lines. */
  private static String plain(String text) {
    StringBuilder plain = new StringBuilder("\n");
    text.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .forEach(line -> plain.append(line).append('\n'));
    return plain.toString();
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(Path.of("README.md")));
    try (Stream<Path> docs = Files.list(Path.of("docs"))) {
      docs.filter(page -> page.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    return pages;
  }

  private static List<String> texts(Path folder, String ending) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> path.toString().endsWith(ending)).map(SnippetsTest::read).toList();
    }
  }

  private static String read(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
