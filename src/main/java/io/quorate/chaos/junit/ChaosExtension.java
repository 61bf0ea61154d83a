package io.quorate.chaos.junit;

import io.quorate.chaos.cluster.Program;
import io.quorate.chaos.nemesis.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;
import org.opentest4j.TestAbortedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What stands behind {@link ChaosTest}. Safe for tests that run in parallel; each has a cluster of
 * its own, which is a lot for one machine.
 */
public final class ChaosExtension
    implements BeforeEachCallback,
        BeforeTestExecutionCallback,
        AfterTestExecutionCallback,
        AfterEachCallback,
        ParameterResolver {
  /** The configuration parameter, or system property, of the seed where none is given. */
  public static final String SEED = "quorate.chaos.seed";

  /** The configuration parameter, or system property, of the program where none is given. */
  public static final String PROGRAM = "quorate.chaos.program";

  private static final Namespace NAMESPACE = Namespace.create(ChaosExtension.class);
  private static final Logger LOG = LoggerFactory.getLogger(ChaosExtension.class);
  private static final int SEEDS = 1_000_000;

  /** Called by JUnit for {@link ChaosTest}. */
  public ChaosExtension() {}

  @Override
  public void beforeEach(ExtensionContext context) throws IOException, InterruptedException {
    Plan plan = plan(context);
    LOG.info("{} with seed {}", context.getDisplayName(), plan.seed());
    context.publishReportEntry(Map.of(SEED, Long.toString(plan.seed())));
    Storm storm =
        Storm.create(plan, Files.createTempDirectory("quorate-chaos-"), ChaosExtension::say);
    // From now on JUnit closes it, whatever fails.
    store(context).put(Storm.class, storm);
    storm.start();
  }

  private static void say(String line) {
    LOG.info("{}", line);
  }

  @Override
  public void beforeTestExecution(ExtensionContext context) {
    storm(context).orElseThrow().begin();
  }

  @Override
  public void afterTestExecution(ExtensionContext context) throws InterruptedException {
    Storm storm = storm(context).orElseThrow();
    Optional<Throwable> thrown = context.getExecutionException();
    // What a ChaosException says ends with the same.
    thrown
        .filter(ChaosExtension::isFailure)
        .filter(each -> !(each instanceof ChaosException))
        .ifPresent(each -> each.addSuppressed(storm.note()));
    storm.rest();
    if (thrown.isEmpty()) {
      storm.checkFaults();
    }
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    Optional<Storm> storm = storm(context);
    if (storm.isPresent()) {
      if (context.getExecutionException().filter(ChaosExtension::isFailure).isPresent()) {
        storm.get().keep();
      }
      storm.get().close();
    }
  }

  private static boolean isFailure(Throwable thrown) {
    return !(thrown instanceof TestAbortedException);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Chaos.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return storm(context)
        .orElseThrow(
            () ->
                new ParameterResolutionException(
                    "with a cluster for each method there is none yet for "
                        + parameter.getDeclaringExecutable()));
  }

  private static Store store(ExtensionContext context) {
    return context.getStore(NAMESPACE);
  }

  private static Optional<Storm> storm(ExtensionContext context) {
    return Optional.ofNullable(store(context).get(Storm.class, Storm.class));
  }

  private static Plan plan(ExtensionContext context) throws IOException {
    ChaosTest test = annotation(context);
    long seed = test.seed() == 0 ? seed(context) : test.seed();
    List<String> command =
        test.program().length > 0
            ? List.of(test.program())
            : context
                .getConfigurationParameter(PROGRAM)
                .map(words -> List.of(words.strip().split(" +")))
                .orElseGet(OwnProgram::command);
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    kinds.addAll(List.of(test.faults()));
    return Plan.of(Program.of(command), test.members(), kinds, seed, ChaosExtension::say);
  }

  private static long seed(ExtensionContext context) {
    Optional<String> given = context.getConfigurationParameter(SEED);
    try {
      return given.isPresent()
          ? Long.parseLong(given.get().strip())
          : 1L + new Random().nextInt(SEEDS);
    } catch (NumberFormatException e) {
      throw new ChaosException(SEED + " is a number, not " + given.orElse(""), e);
    }
  }

  /** That of the nearest class around. */
  private static ChaosTest annotation(ExtensionContext context) {
    return AnnotationSupport.findAnnotation(
            context.getRequiredTestClass(), ChaosTest.class, context.getEnclosingTestClasses())
        .orElseThrow(() -> new ChaosException("there is no @ChaosTest to say what to do", null));
  }
}
