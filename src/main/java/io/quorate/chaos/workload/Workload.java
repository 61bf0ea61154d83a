package io.quorate.chaos.workload;

import com.google.errorprone.annotations.Immutable;
import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * What one client does, a step at a time. One thread uses one object.
 *
 * <p>Each write has a value that nobody else writes, so that what was seen says who wrote it.
 */
public interface Workload extends AutoCloseable {
  /** Does one thing, whatever becomes of it; ends within some seconds. */
  void step();

  /** Gives up what it holds, without waiting for it. */
  @Override
  default void close() {}

  /** Makes the workload of a client. */
  @Immutable
  interface Factory {
    /** The workload of {@code caller}, with luck of its own. */
    Workload of(Caller caller, RandomGenerator luck);
  }

  /** What there is. */
  enum Kind {
    /** Keys that are read, written, removed, and compared and set. */
    REGISTER(RegisterWorkload::new),
    /** Members of a set that only grows, and scans of it. */
    SET(SetWorkload::new),
    /** Transactions that read lists and append to several of them. */
    APPEND(AppendWorkload::new),
    /** Objects as kube-apiserver keeps them. */
    KUBERNETES(KubernetesWorkload::new),
    /** Keys that end with leases. */
    LEASE(LeaseWorkload::new),
    /** Locks, and writes that are guarded by their fences. */
    LOCK(LockWorkload::new);

    private final Factory factory;

    Kind(Factory factory) {
      this.factory = factory;
    }

    /** Its name, as in the options and in the names of its clients. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The workload of one client. */
    public Workload of(Caller caller, RandomGenerator luck) {
      return factory.of(caller, luck);
    }
  }
}
