package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class RecipesDocTest {
  private static final Path PAGE = Path.of("docs/RECIPES.md");
  private static final Path RUN = Path.of("src/test/java/io/quorate/compat/RecipesIT.java");
  private static final Pattern SNIPPET = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  /** But for how far it is indented. */
  @Test
  void showsOnlyWhatIsRun() throws IOException {
    String run = Files.readString(RUN).stripIndent();
    List<String> snippets =
        SNIPPET
            .matcher(Files.readString(PAGE))
            .results()
            .map((MatchResult found) -> found.group(1).indent(4))
            .toList();
    assertThat(snippets).hasSizeGreaterThanOrEqualTo(5);
    assertThat(snippets).allSatisfy(snippet -> assertThat(run).contains(snippet));
  }
}
