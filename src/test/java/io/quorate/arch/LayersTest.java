package io.quorate.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LayersTest {
  private static final String REAL = "io.quorate";
  private static final String BROKEN = "io.quorate.arch.violations";

  /** Generated messages break no rule by themselves, and there are hundreds of them. */
  private static final ImportOption NO_GENERATED = location -> !location.contains("/proto/");

  private static final JavaClasses REAL_CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(NO_GENERATED)
          .importPackages(REAL);

  private static final JavaClasses BROKEN_CLASSES = new ClassFileImporter().importPackages(BROKEN);

  static Set<String> ruleNames() {
    return new Layers(REAL).rules().keySet();
  }

  @ParameterizedTest
  @MethodSource("ruleNames")
  void everyRoomKeepsTheRule(String name) {
    assertThat(REAL_CLASSES.size()).isGreaterThan(100);
    new Layers(REAL).rules().get(name).check(REAL_CLASSES);
  }

  /** Each example breaks one rule, and no other example breaks it by accident. */
  @ParameterizedTest
  @CsvSource({
    "arrows,base.KnowsRaft",
    "arrows,raft.KnowsMvcc",
    "arrows,link.KnowsMvcc",
    "arrows,node.KnowsServer",
    "arrows,node.KnowsProto",
    "arrows,server.KnowsProto",
    "arrows,client.KnowsServer",
    "arrows,embedded.KnowsClient",
    "arrows,junit.KnowsServer",
    "arrows,cellar.LiesInNoRoom",
    "libraries,auth.WritesFiles",
    "libraries,lease.HasExecutor",
    "libraries,apply.Logs",
    "threads,mvcc.StartsThread",
    "calls,mvcc.ReadsClock",
    "calls,raft.HasLuck",
    "calls,watch.UsesSetOf",
    "order,watch.IteratesHash",
    "lmdbjava,node.OpensTable",
    "jupiter,chaos.KnowsJUnit"
  })
  void everyRuleCanFail(String rule, String example) {
    EvaluationResult result = new Layers(BROKEN).rules().get(rule).evaluate(BROKEN_CLASSES);
    assertThat(result.getFailureReport().getDetails())
        .anyMatch(detail -> detail.contains(BROKEN + "." + example));
  }

  @Test
  void everyRuleHasAnExampleThatBreaksIt() {
    Map<String, ArchRule> rules = new Layers(BROKEN).rules();
    assertThat(rules)
        .allSatisfy(
            (name, rule) -> assertThat(rule.evaluate(BROKEN_CLASSES).hasViolation()).isTrue());
  }

  @Test
  void roomsEndAtTheFirstName() {
    Layers layers = new Layers(REAL);
    assertThat(
            List.of("raft.quorum", "server", "server.grpc.x", "base").stream()
                .map(name -> layers.room(REAL + "." + name)))
        .containsExactly("raft", "server", "server.grpc", "base");
    assertThat(layers.room("java.util")).isEmpty();
  }
}
