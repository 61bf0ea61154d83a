package io.quorate.server;

import java.util.concurrent.CompletionStage;

/** Makes a member out of a configuration: the seam between the process and what it serves. */
@FunctionalInterface
public interface MemberStarter {
  /**
   * What a member needs.
   *
   * @param config what it was told
   * @param begin how it begins, and who it is where that is known
   * @param dataDir its directory, locked; the caller closes it after the member has stopped
   * @param stop completes when the member is not wanted any more, also while it starts
   */
  record Request(ServeConfig config, Begin begin, DataDir dataDir, CompletionStage<?> stop) {}

  /**
   * Marks the directory where it is new (see {@link Begin}), binds the ports and starts the member.
   * Returns before it is ready.
   *
   * @throws ConfigException when a port is taken, the data cannot be served or the other members
   *     refuse; nothing is left running
   * @throws java.util.concurrent.CancellationException when it is not wanted any more; the same
   */
  RunningMember start(Request request) throws ConfigException;
}
