package io.quorate.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a test class a cluster in memory, within the JVM of the tests. Tests, constructors and
 * lifecycle methods get it as a parameter of type {@link io.quorate.embedded.Quorate}.
 *
 * <p>Nested classes share the cluster of the class around them, unless they have the annotation
 * themselves. Classes and methods that run in parallel have clusters of their own, or share one, as
 * {@link #scope} says. A cluster that does not start fails the class or the method, with the
 * reason.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ExtendWith(QuorateExtension.class)
public @interface QuorateTest {
  /** How many members, 1 or 3. */
  int members() default 1;

  /** Further flags of {@code quorate serve}, such as {@code --max-request-bytes=1000}. */
  String[] flags() default {};

  /** How long a cluster lives. */
  Scope scope() default Scope.CLASS;

  /** How long a start may take, in seconds, more than zero. */
  int startSeconds() default 30;

  /** How long a cluster lives. */
  enum Scope {
    /** Each class has one, which its methods share. */
    CLASS,

    /**
     * Each method has a fresh one, and so has each repetition of it. Then it is not there for
     * {@code @BeforeAll}, {@code @AfterAll} and the constructor of an instance for the class.
     */
    METHOD
  }
}
