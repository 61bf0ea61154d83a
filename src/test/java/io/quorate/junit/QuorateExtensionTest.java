package io.quorate.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.container;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.test;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.instanceOf;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import io.quorate.embedded.Quorate;
import io.quorate.embedded.QuorateException;
import io.quorate.embedded.QuorateMember;
import io.quorate.embedded.QuorateOptions;
import java.net.URI;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** Runs classes that use the extension, below, and looks at what became of them. */
class QuorateExtensionTest {
  /** The clusters that methods of the classes below were given, in their order. */
  private static final Queue<Quorate> SEEN = new ConcurrentLinkedQueue<>();

  @AfterEach
  void forget() {
    SEEN.clear();
  }

  private static EngineExecutionResults run(Class<?> type) {
    return EngineTestKit.engine("junit-jupiter").selectors(selectClass(type)).execute();
  }

  private static void succeeds(Class<?> type, int tests) {
    Events events = run(type).testEvents();
    events.assertStatistics(numbers -> numbers.started(tests).succeeded(tests));
    assertThat(SEEN)
        .flatExtracting(Quorate::members)
        .as("closed with what they were for")
        .noneMatch(QuorateMember::isRunning);
  }

  private static List<URI> seen() {
    return SEEN.stream().map(quorate -> quorate.endpoints().get(0)).distinct().toList();
  }

  @QuorateTest
  static class ForTheClass {
    private final Quorate ofConstructor;

    ForTheClass(Quorate quorate) {
      ofConstructor = quorate;
    }

    @BeforeAll
    static void beforeAll(Quorate quorate) {
      SEEN.add(quorate);
    }

    @BeforeEach
    void beforeEach(Quorate quorate) {
      SEEN.add(quorate);
    }

    @Test
    void one(Quorate quorate) {
      assertThat(quorate).isSameAs(ofConstructor);
      assertThat(quorate.member().isRunning()).isTrue();
      SEEN.add(quorate);
    }

    @Test
    void other(Quorate quorate) {
      SEEN.add(quorate);
    }

    @Nested
    class Inner {
      @Test
      void inner(Quorate quorate) {
        SEEN.add(quorate);
      }
    }
  }

  @Test
  void methodsAndNestedClassesShareTheClusterOfTheClass() {
    succeeds(ForTheClass.class, 3);
    assertThat(SEEN).hasSize(7);
    assertThat(seen()).hasSize(1);
  }

  @QuorateTest
  static class OuterOfTwo {
    @Test
    void outer(Quorate quorate) {
      SEEN.add(quorate);
    }

    @Nested
    @QuorateTest(members = 3)
    class Inner {
      @Test
      void inner(Quorate quorate) {
        assertThat(quorate.members()).hasSize(3);
        SEEN.add(quorate);
      }
    }
  }

  @Test
  void nestedClassMayHaveItsOwn() {
    succeeds(OuterOfTwo.class, 2);
    assertThat(seen()).hasSize(2);
  }

  @QuorateTest(scope = QuorateTest.Scope.METHOD)
  static class ForEachMethod {
    private final Quorate ofConstructor;

    ForEachMethod(Quorate quorate) {
      ofConstructor = quorate;
    }

    @RepeatedTest(2)
    void repeated(Quorate quorate) {
      assertThat(quorate).isSameAs(ofConstructor);
      assertThat(SEEN).noneMatch(other -> other.member().isRunning());
      SEEN.add(quorate);
    }

    @Nested
    class Inner {
      @Test
      void inner(Quorate quorate) {
        SEEN.add(quorate);
      }
    }
  }

  @Test
  void eachMethodAndRepetitionHasAFreshOne() {
    succeeds(ForEachMethod.class, 3);
    assertThat(SEEN).doesNotHaveDuplicates().hasSize(3);
  }

  static class Registered {
    @RegisterExtension
    static final QuorateExtension SHARED =
        QuorateExtension.of(QuorateOptions.defaults().withName("shared"));

    @Test
    void one() {
      SEEN.add(SHARED.quorate());
    }

    @Test
    void other(Quorate quorate) {
      assertThat(quorate).isSameAs(SHARED.quorate());
      assertThat(quorate.member().name()).isEqualTo("shared-1");
      SEEN.add(quorate);
    }

    @Nested
    class Inner {
      @Test
      void inner() {
        SEEN.add(SHARED.quorate());
      }
    }
  }

  @Test
  void staticFieldHasOneForTheClass() {
    succeeds(Registered.class, 3);
    assertThat(seen()).hasSize(1);
  }

  static class RegisteredForEach {
    @RegisterExtension
    final QuorateExtension fresh = QuorateExtension.of(QuorateOptions.defaults());

    @RepeatedTest(2)
    void repeated(Quorate quorate) {
      assertThat(fresh.quorate()).isSameAs(quorate);
      SEEN.add(quorate);
    }
  }

  @Test
  void fieldOfTheInstanceHasAFreshOneForEachMethod() {
    succeeds(RegisteredForEach.class, 2);
    assertThat(SEEN).doesNotHaveDuplicates().hasSize(2);
  }

  @QuorateTest(flags = "--no-such-flag")
  static class Refused {
    @Test
    void never() {}
  }

  @Test
  void classWhoseClusterDoesNotStartFailsWithTheReason() {
    run(Refused.class)
        .containerEvents()
        .assertThatEvents()
        .haveExactly(
            1,
            event(
                container(Refused.class),
                finishedWithFailure(
                    instanceOf(QuorateException.class),
                    message("flag provided but not defined: -no-such-flag"))));
  }

  @QuorateTest(flags = "--no-such-flag", scope = QuorateTest.Scope.METHOD)
  static class RefusedForEach {
    @Test
    void never() {}
  }

  @Test
  void methodWhoseClusterDoesNotStartFailsWithTheReason() {
    run(RefusedForEach.class)
        .testEvents()
        .assertThatEvents()
        .haveExactly(
            1,
            event(
                test("never"),
                finishedWithFailure(
                    instanceOf(QuorateException.class),
                    message("flag provided but not defined: -no-such-flag"))));
  }

  @QuorateTest(scope = QuorateTest.Scope.METHOD)
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  static class TooEarly {
    @BeforeAll
    void beforeAll(Quorate quorate) {}

    @Test
    void never() {}
  }

  @Test
  void clusterForEachMethodIsNotThereBeforeAll() {
    run(TooEarly.class)
        .containerEvents()
        .assertThatEvents()
        .haveExactly(
            1,
            event(
                container(TooEarly.class),
                finishedWithFailure(
                    instanceOf(ParameterResolutionException.class),
                    message(text -> text.contains("with a cluster for each method")))));
  }

  @QuorateTest
  static class Many {
    @RepeatedTest(8)
    void shares(Quorate quorate) {
      assertThat(quorate.member().isRunning()).isTrue();
      SEEN.add(quorate);
    }
  }

  @QuorateTest(scope = QuorateTest.Scope.METHOD)
  static class ManyForEach {
    @RepeatedTest(3)
    void hasItsOwn(Quorate quorate) {
      assertThat(quorate.member().isRunning()).isTrue();
      SEEN.add(quorate);
    }
  }

  @Test
  void whatRunsInParallelSharesOneOrHasItsOwn() {
    EngineTestKit.engine("junit-jupiter")
        .selectors(selectClass(Many.class), selectClass(ManyForEach.class))
        .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
        .configurationParameter("junit.jupiter.execution.parallel.mode.default", "concurrent")
        .configurationParameter(
            "junit.jupiter.execution.parallel.mode.classes.default", "concurrent")
        .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
        .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "3")
        .execute()
        .testEvents()
        .assertStatistics(numbers -> numbers.started(11).succeeded(11));
    assertThat(SEEN.stream().distinct()).as("one of the class, three of methods").hasSize(4);
    assertThat(SEEN).flatExtracting(Quorate::members).noneMatch(QuorateMember::isRunning);
  }
}
