package io.quorate.server;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * SIGTERM and SIGINT. They end the process as they end etcd: it stops in good order and then dies
 * of the signal itself, so that whoever waits for it sees the signal and no exit code.
 *
 * <p>The JDK has no supported way to this; {@code sun.misc.Signal} is exported by every JDK from 9
 * on and used by reflection, since the compiler warns of it.
 */
final class Signals {
  /** A signal that ends the process. */
  enum Signal {
    TERM(15, "terminated"),
    INT(2, "interrupt");

    private static final int EXIT_CODE_BASE = 128;
    private final int number;
    private final String text;

    Signal(int number, String text) {
      this.number = number;
      this.text = text;
    }

    /** The word for it in etcd's log. */
    String text() {
      return text;
    }

    /** The exit code that shells show for it. */
    int exitCode() {
      return EXIT_CODE_BASE + number;
    }
  }

  private static final long KILL_MILLIS_MAX = 500;

  private final CompletableFuture<Signal> received = new CompletableFuture<>();

  private Signals() {}

  /** Takes the two signals over from the JVM. */
  static Signals install() {
    Signals signals = new Signals();
    for (Signal signal : Signal.values()) {
      try {
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        Object handler =
            Proxy.newProxyInstance(
                Signals.class.getClassLoader(),
                new Class<?>[] {handlerType},
                (proxy, method, args) -> {
                  signals.received.complete(signal);
                  return null;
                });
        handle(signal, handler);
      } catch (ReflectiveOperationException | RuntimeException e) {
        // Under -Xrs or on another JVM: the JVM then ends the process by itself.
        return signals;
      }
    }
    return signals;
  }

  /** Completes with the first signal. */
  CompletionStage<Signal> received() {
    return received;
  }

  /**
   * Dies of {@code signal}; returns only where that is not possible. The JDK refuses to raise a
   * signal that it does not handle, so a shell sends it.
   */
  static void dieOf(Signal signal) {
    try {
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      handle(signal, handlerType.getField("SIG_DFL").get(null));
      String command = "kill -" + signal.name() + " " + ProcessHandle.current().pid();
      new ProcessBuilder("/bin/sh", "-c", command)
          .start()
          .waitFor(KILL_MILLIS_MAX, TimeUnit.MILLISECONDS);
    } catch (ReflectiveOperationException | IOException | RuntimeException e) {
      // The caller exits with the code instead.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void handle(Signal signal, Object handler) throws ReflectiveOperationException {
    Class<?> type = Class.forName("sun.misc.Signal");
    Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
    Object named = type.getConstructor(String.class).newInstance(signal.name());
    type.getMethod("handle", type, handlerType).invoke(null, named, handler);
  }
}
