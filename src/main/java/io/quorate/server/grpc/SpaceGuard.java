package io.quorate.server.grpc;

import io.quorate.apply.Alarm;
import io.quorate.apply.Command;
import io.quorate.base.EtcdError;
import io.quorate.node.Node;
import java.util.concurrent.atomic.AtomicBoolean;

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
    if (bytes == 0 || node.hasRoomFor(bytes)) {
      return;
    }
    if (raising.compareAndSet(false, true)) {
      Alarm alarm = new Alarm(node.memberId(), Alarm.Type.NOSPACE);
      node.propose(new Command.ChangeAlarm(true, alarm))
          .whenComplete((answer, failure) -> raising.set(false));
    }
    throw EtcdError.NO_SPACE.exception();
  }
}
