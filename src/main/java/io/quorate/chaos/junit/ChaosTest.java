package io.quorate.chaos.junit;

import io.quorate.chaos.nemesis.Kind;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Lets faults loose on a cluster while each test of a class runs. Each has a cluster of its own:
 * processes on this machine, which are up and well before the methods with {@code @BeforeEach}.
 * Faults begin with the method of the test and end with it; then the cluster becomes well again,
 * and it is closed after the methods with {@code @AfterEach}. Tests and these methods get a {@link
 * Chaos} as a parameter.
 *
 * <p>A test fails, whatever it found itself, if a fault could not be taken back, if the cluster did
 * not become well again, or if no fault took effect while it ran: it has shown nothing then. What
 * the members logged stays where the failure says.
 *
 * <p>Nested classes are under faults as well, and may have the annotation themselves.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ExtendWith(ChaosExtension.class)
public @interface ChaosTest {
  /** How many members, 1 to 9. */
  int members() default 3;

  /**
   * Which faults. They come one after the other, with some seconds between them, all kinds in turn.
   * What cannot be done here is left out, in a line of the log; if nothing is left, tests fail.
   * Those that are done unless said otherwise need neither root nor disks of their own.
   */
  Kind[] faults() default {
    Kind.KILL,
    Kind.KILL_LEADER,
    Kind.PAUSE,
    Kind.PAUSE_LEADER,
    Kind.ONE_WAY,
    Kind.TWO_WAY,
    Kind.BRIDGE,
    Kind.DELAY,
    Kind.RESET,
    Kind.RESET_CLIENTS,
    Kind.TRANSFER
  };

  /**
   * Decides which faults come when, and to whom. 0 for the one that the configuration parameter or
   * system property {@value ChaosExtension#SEED} says, and one by chance if it says none. It is in
   * the log and in each failure, so that the faults can be had again.
   */
  long seed() default 0;

  /**
   * The words that start a member, in front of the flags of etcd: such as the path of an etcd.
   * Nothing for what the configuration parameter or system property {@value ChaosExtension#PROGRAM}
   * says, with blanks between its words; and if it says nothing, for this Quorate, by the Java and
   * the class path of the test.
   */
  String[] program() default {};
}
