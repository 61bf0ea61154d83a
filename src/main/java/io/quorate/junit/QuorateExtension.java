package io.quorate.junit;

import io.quorate.client.Client;
import io.quorate.embedded.Quorate;
import io.quorate.embedded.QuorateOptions;
import java.lang.reflect.AnnotatedElement;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * What stands behind {@link QuorateTest}; and for options that an annotation cannot give, to be
 * registered in a field:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final QuorateExtension QUORATE =
 *     QuorateExtension.of(QuorateOptions.defaults().withMembers(3));
 * }</pre>
 *
 * In a static field it has one cluster for the class, in another one a fresh one for each method.
 * Clusters are closed by JUnit's stores, with the class or the method that they are for. Safe for
 * tests that run in parallel.
 */
public final class QuorateExtension
    implements BeforeAllCallback, BeforeEachCallback, ParameterResolver {
  /**
   * What parameters may be, and how it is made of a cluster. It is made once for each cluster, and
   * if it is {@link AutoCloseable}, closed before it.
   */
  private static final Map<Class<?>, Function<Quorate, Object>> PARAMETERS =
      Map.of(Quorate.class, quorate -> quorate, Client.class, QuorateExtension::client);

  private static final Namespace NAMESPACE = Namespace.create(QuorateExtension.class);

  /** Null where an annotation says it. */
  private final @Nullable QuorateOptions options;

  private volatile @Nullable Quorate current;

  /** Called by JUnit for {@link QuorateTest}. */
  public QuorateExtension() {
    this.options = null;
  }

  private QuorateExtension(QuorateOptions options) {
    this.options = options;
  }

  /** An extension to be registered in a field; its clusters are started with {@code options}. */
  public static QuorateExtension of(QuorateOptions options) {
    return new QuorateExtension(options);
  }

  /**
   * The cluster of an extension that is registered in a field.
   *
   * @throws IllegalStateException while there is none: before it is started, after it is closed,
   *     and for {@link QuorateTest}
   */
  public Quorate quorate() {
    Quorate now = current;
    if (now == null) {
      throw new IllegalStateException("there is no cluster now");
    }
    return now;
  }

  /**
   * Where a cluster lives.
   *
   * @param context the class or method with which it is closed
   * @param key its own, so that it is never one of a class around
   * @param options how it is started
   */
  private record Place(ExtensionContext context, Object key, QuorateOptions options) {
    Store store() {
      return context.getStore(NAMESPACE);
    }
  }

  /** A key of what is made of the cluster of key {@code of}. */
  private record Part(Object of, Class<?> type) {}

  /** In a store; JUnit closes it. */
  private record Running(Quorate quorate, Runnable onClose) implements AutoCloseable {
    @Override
    public void close() {
      onClose.run();
      quorate.close();
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    if (options != null || scope(context) == QuorateTest.Scope.CLASS) {
      cluster(place(context));
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    cluster(place(context));
  }

  /** For constructors of an instance for each method: the context of that method. */
  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return PARAMETERS.containsKey(parameter.getParameter().getType());
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    Place place = place(context);
    if (options == null
        && scope(context) == QuorateTest.Scope.METHOD
        && context.getTestMethod().isEmpty()) {
      throw new ParameterResolutionException(
          "with a cluster for each method there is none yet for " + shown(parameter));
    }
    Quorate quorate = cluster(place);
    return type == Quorate.class
        ? quorate
        : made(place, new Part(place.key(), type), () -> make(type, quorate));
  }

  private static Client client(Quorate quorate) {
    return Client.at(quorate.endpoints().stream().map(String::valueOf).toList()).open();
  }

  private static String shown(ParameterContext parameter) {
    AnnotatedElement of = parameter.getDeclaringExecutable();
    return String.valueOf(of);
  }

  private static Object make(Class<?> type, Quorate quorate) {
    Function<Quorate, Object> maker = PARAMETERS.get(type);
    if (maker == null) {
      throw new ParameterResolutionException("nothing makes a " + type.getName());
    }
    return maker.apply(quorate);
  }

  private Quorate cluster(Place place) {
    Running running =
        (Running)
            made(
                place,
                place.key(),
                () -> {
                  Quorate started = Quorate.start(place.options());
                  current = started;
                  return new Running(started, () -> current = null);
                });
    return running.quorate();
  }

  // Its successor is there from Jupiter 6 on only.
  @SuppressWarnings("deprecation")
  private static Object made(Place place, Object key, Supplier<Object> maker) {
    return Objects.requireNonNull(
        place.store().getOrComputeIfAbsent(key, unused -> maker.get()), "what is made");
  }

  private Place place(ExtensionContext context) {
    if (options != null) {
      // The first who asks is the class of a static field, else a method; both are around the rest.
      Object key = new Part(this, Running.class);
      return new Place(context, key, options);
    }
    Optional<ExtensionContext> annotated = annotated(context);
    ExtensionContext of = annotated.orElseGet(() -> outermost(context));
    boolean method =
        scope(context) == QuorateTest.Scope.METHOD && context.getTestMethod().isPresent();
    ExtensionContext owner = method ? context : of;
    return new Place(
        owner,
        owner.getUniqueId(),
        annotated.map(QuorateExtension::options).orElseGet(QuorateOptions::defaults));
  }

  private static QuorateTest.Scope scope(ExtensionContext context) {
    return annotated(context)
        .flatMap(QuorateExtension::annotation)
        .map(QuorateTest::scope)
        .orElse(QuorateTest.Scope.CLASS);
  }

  private static QuorateOptions options(ExtensionContext annotated) {
    QuorateTest test = annotation(annotated).orElseThrow();
    return QuorateOptions.defaults()
        .withMembers(test.members())
        .withFlags(test.flags())
        .withStartTimeout(Duration.ofSeconds(test.startSeconds()));
  }

  /** The context of the nearest class around that has the annotation. */
  private static Optional<ExtensionContext> annotated(ExtensionContext context) {
    Optional<ExtensionContext> at = Optional.of(context);
    while (at.isPresent()) {
      if (isOfClass(at.get()) && annotation(at.get()).isPresent()) {
        return at;
      }
      at = at.get().getParent();
    }
    return at;
  }

  private static ExtensionContext outermost(ExtensionContext context) {
    ExtensionContext found = context;
    Optional<ExtensionContext> at = Optional.of(context);
    while (at.isPresent()) {
      found = isOfClass(at.get()) ? at.get() : found;
      at = at.get().getParent();
    }
    return found;
  }

  private static boolean isOfClass(ExtensionContext context) {
    return context.getTestClass().isPresent() && context.getTestMethod().isEmpty();
  }

  private static Optional<QuorateTest> annotation(ExtensionContext context) {
    return context
        .getTestClass()
        .flatMap(type -> AnnotationSupport.findAnnotation(type, QuorateTest.class));
  }
}
