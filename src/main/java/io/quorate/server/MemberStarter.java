package io.quorate.server;

/** Makes a member out of a configuration: the seam between the process and what it serves. */
@FunctionalInterface
public interface MemberStarter {
  /**
   * What a member needs.
   *
   * @param config what it was told
   * @param identity who it is: from its directory, or derived from the flags at its first start
   * @param dataDir its directory, locked; the caller closes it after the member has stopped
   */
  record Request(ServeConfig config, MemberIdentity identity, DataDir dataDir) {}

  /**
   * Binds the ports and starts the member. Returns before it is ready.
   *
   * @throws ConfigException when a port is taken or the data cannot be served; nothing is left
   *     running
   */
  RunningMember start(Request request) throws ConfigException;
}
