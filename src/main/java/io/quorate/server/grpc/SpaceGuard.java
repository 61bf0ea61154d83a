package io.quorate.server.grpc;

import io.quorate.apply.Command;
import io.quorate.base.EtcdError;
import io.quorate.node.Node;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Refuses writes that need space when the quota is used up, before they reach the log, and raises
 * the NOSPACE alarm so that all members do. Any thread.
 */
final class SpaceGuard {
  private final Node node;
  private final AtomicBoolean raising = new AtomicBoolean();

  SpaceGuard(Node node) {
    this.node = node;
  }

  /**
   * Lets {@code bytes} pass, or not.
   *
   * @throws io.quorate.base.EtcdException {@code NO_SPACE}
   */
  void check(long bytes) {
    EtcdError refusal = refusal(bytes);
    if (refusal != null) {
      throw refusal.exception();
    }
  }

  /** Why {@code bytes} may not pass, or null if they may. */
  @Nullable EtcdError refusal(long bytes) {
    if (bytes == 0 || node.hasRoomFor(bytes)) {
      return null;
    }
    if (raising.compareAndSet(false, true)) {
      node.propose(Command.ChangeAlarm.byQuota(true, node.memberId()))
          .whenComplete((answer, failure) -> raising.set(false));
    }
    return EtcdError.NO_SPACE;
  }
}
