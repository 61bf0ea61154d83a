package io.quorate.server;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A member that has been started. All methods may be called from any thread. */
public interface RunningMember {
  /**
   * Completes once there is a leader, the member's name and client URLs have been published through
   * the log, and requests are answered. Never completes without a quorum.
   */
  CompletionStage<Void> ready();

  /** Completes with the reason when the member has stopped by itself; a reason is one line. */
  CompletionStage<Throwable> failed();

  /** Where clients are served; port 0 has become the real one. */
  List<InetSocketAddress> clientAddresses();

  /**
   * Leaves the cluster, if it is not to have this member any more when it stops: so says Kubernetes
   * of a pod beyond its replicas. It hands leadership over first. Completes when that is done, or
   * cannot be done in time; at once where there is nothing to leave. {@link #stop} comes after it.
   */
  default CompletionStage<Void> leave() {
    return CompletableFuture.completedFuture(null);
  }

  /**
   * Hands leadership over, ends streams with a status, closes the ports and then the store.
   * Completes when all of it is done; only the first call has an effect.
   */
  CompletionStage<Void> stop();
}
