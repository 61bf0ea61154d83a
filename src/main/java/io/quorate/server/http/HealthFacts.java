package io.quorate.server.http;

import io.quorate.apply.Alarm;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** What checks of health ask a member. Any thread; nothing blocks. */
interface HealthFacts {
  /** The alarms that are raised. */
  List<Alarm> alarms();

  /** Whether a leader is known. */
  boolean hasLeader();

  /** Whether the member has no vote yet. */
  boolean isLearner();

  /** Whether its store is damaged, so that nothing of it is answered. */
  boolean isQuarantined();

  /**
   * Reads one key, of this member's state or, unless {@code serializable}, of the cluster's. Fails
   * with an {@link io.quorate.base.EtcdException}, after the time-out of a request at the latest.
   */
  CompletionStage<?> read(boolean serializable);
}
