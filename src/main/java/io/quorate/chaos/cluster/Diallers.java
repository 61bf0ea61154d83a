package io.quorate.chaos.cluster;

import java.net.InetSocketAddress;
import java.util.Optional;

/** Says who dialled. May take some milliseconds, and be asked by any one thread. */
@FunctionalInterface
interface Diallers {
  /**
   * The name of the member whose end of a connection has this address, {@link Way#CLIENT} for
   * somebody else, and nothing if that end is closed already.
   *
   * @param dialler the address of who dialled
   * @param dialled the address that was dialled
   */
  Optional<String> find(InetSocketAddress dialler, InetSocketAddress dialled);
}
