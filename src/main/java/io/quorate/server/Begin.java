package io.quorate.server;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * How a member begins. Only in {@link Restart} the directory is marked already: in the others the
 * starter calls {@link DataDir#found}, after it has asked the other members and before anything
 * else lies in the directory. So a start that they refuse leaves a directory that may begin again.
 */
public sealed interface Begin {

  /** Who the member is; empty while only the cluster knows. */
  Optional<MemberIdentity> identity();

  /**
   * The directory says who it is; flags that found or join a cluster count for nothing.
   *
   * @param owner what the directory says, under the name that the flags give
   */
  record Restart(DataDir.Owner owner) implements Begin {
    @Override
    public Optional<MemberIdentity> identity() {
      return Optional.of(owner.identity());
    }
  }

  /**
   * A cluster is founded, by this member and perhaps others with the same flags.
   *
   * @param owner what the directory is to say; there are founders, and the member is one of them
   */
  record Found(DataDir.Owner owner) implements Begin {
    @Override
    public Optional<MemberIdentity> identity() {
      return Optional.of(owner.identity());
    }
  }

  /**
   * A pod of a StatefulSet, which first has to find out whether there is a cluster; see {@link
   * Assembly}.
   *
   * @param pods the set
   * @param token what keeps clusters of equal URLs apart
   */
  record Pod(PodSet pods, String token) implements Begin {
    @Override
    public Optional<MemberIdentity> identity() {
      return Optional.empty();
    }
  }

  /**
   * A running cluster is joined, which has assigned the id when the member was added.
   *
   * @param name the name of this member, a key of {@code cluster}
   * @param cluster the peer URLs of all members by name, as the flags list them; no URL twice
   */
  record Join(String name, SortedMap<String, List<EtcdUrl>> cluster) implements Begin {
    @Override
    public Optional<MemberIdentity> identity() {
      return Optional.empty();
    }
  }
}
