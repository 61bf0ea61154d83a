package io.quorate.fleet;

import io.quorate.apply.Member;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the fleet does about its membership, as functions of what is known. Raft has the say: who
 * its members are, whom they gather around, and who has to go.
 *
 * <p>Only one may found a fleet, or there would be two that never meet: the Raft leader, if its
 * fleet speaks, else the member with the lowest id among those that speak. Members tell their
 * reports to all, whether they have joined or not, so each knows who speaks. If two fleets begin
 * nevertheless, as when leadership moves in that moment, those who are in the wrong one begin anew:
 * a fleet without the founder gives way to the one in which it is.
 */
final class FleetPlan {
  private static final int PORT_MAX = 0xffff;

  private FleetPlan() {}

  /**
   * Where a member's fleet listens.
   *
   * @param host as in its peer URL; IPv6 in brackets
   * @param port from 1 to 65535
   */
  record Contact(String host, int port) {
    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  /**
   * A node of Pekko Cluster.
   *
   * @param member the Raft member that it says it is, 0 for none
   * @param contact where it listens
   * @param reachable whether it answers
   */
  record Peer(long member, Contact contact, boolean reachable) {}

  /**
   * Where the fleet of {@code member} listens: at the host of its first peer URL, and the port that
   * it has announced or else the one after that of its peer URL. Empty where there is none.
   */
  static Optional<Contact> contact(Member member, Optional<Integer> announced) {
    if (member.peerUrls().isEmpty()) {
      return Optional.empty();
    }
    URI url = URI.create(member.peerUrls().get(0));
    int port = announced.orElse(portAfter(url.getPort()));
    return url.getHost() == null || port == FleetFacts.NO_PORT
        ? Optional.empty()
        : Optional.of(new Contact(url.getHost(), port));
  }

  /** The port after {@code peerPort}; {@link FleetFacts#NO_PORT} where there is none. */
  static int portAfter(int peerPort) {
    return peerPort > 0 && peerPort < PORT_MAX ? peerPort + 1 : FleetFacts.NO_PORT;
  }

  /** Who may found the fleet; {@code speaking} need not hold {@code self}. */
  static long founder(long self, long leader, Set<Long> speaking) {
    if (leader == self || speaking.contains(leader)) {
      return leader;
    }
    return speaking.stream().reduce(self, FleetPlan::lower);
  }

  private static long lower(long left, long right) {
    return Long.compareUnsigned(left, right) < 0 ? left : right;
  }

  /**
   * Whom to ask to be let in, in the order of Pekko's seed nodes: only a member that finds itself
   * in front may found a fleet, and only after the others have told it that they have none.
   */
  static List<Contact> seeds(boolean founds, Contact self, Collection<Contact> others) {
    List<Contact> seeds = new ArrayList<>(others);
    seeds.sort(Comparator.comparing(Contact::toString));
    if (founds) {
      seeds.add(0, self);
    }
    return seeds;
  }

  /** Whom to down: those that Raft has removed, and nobody else. */
  static List<Peer> removed(Collection<Peer> peers, Collection<Long> removed) {
    return peers.stream().filter(peer -> removed.contains(peer.member())).toList();
  }

  /** Whether this member's fleet has to give way to another one, in which {@code founder} is. */
  static boolean givesWay(Collection<Peer> peers, long founder, boolean founderJoined) {
    return founderJoined && peers.stream().noneMatch(peer -> peer.member() == founder);
  }
}
