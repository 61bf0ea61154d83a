package io.quorate.server;

import io.quorate.apply.Member;
import io.quorate.node.Roster;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a member asks the others before it begins; texts are etcd's. */
final class Joining {
  /** How long another member may take to answer. */
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(2);

  /** How long it may take to find out whether somebody is there. */
  private static final Duration DIAL_WITHIN = Duration.ofMillis(300);

  /**
   * Who a member that joins is.
   *
   * @param identity as the cluster knows it
   * @param members all members of the cluster
   */
  record Joined(MemberIdentity identity, List<Member> members) {
    /** Copies the list. */
    Joined {
      members = List.copyOf(members);
    }

    /** The other members. */
    List<MemberIdentity.Founder> others() {
      return members.stream()
          .filter(member -> member.id() != identity.memberId())
          .map(m -> new MemberIdentity.Founder(m.id(), m.name(), m.peerUrls()))
          .toList();
    }
  }

  private Joining() {}

  /** Asks the running cluster, which has added this member before. Blocks. */
  static Joined join(Begin.Join begin) throws ConfigException {
    List<String> others = new ArrayList<>();
    begin
        .cluster()
        .forEach(
            (name, urls) -> {
              if (!name.equals(begin.name())) {
                others.addAll(EtcdUrl.texts(urls));
              }
            });
    Roster roster =
        Roster.fetch(others, ANSWER_WITHIN)
            .orElseThrow(
                () ->
                    ConfigException.start(
                        "cannot fetch cluster info from peer urls: could not retrieve cluster"
                            + " information from the given URLs"));
    if (roster.members().size() != begin.cluster().size()) {
      throw ConfigException.start(
          "error validating peerURLs " + shown(roster.members()) + ": member count is unequal");
    }
    for (List<EtcdUrl> urls : begin.cluster().values()) {
      find(roster, urls);
    }
    List<EtcdUrl> own = begin.cluster().getOrDefault(begin.name(), List.of());
    Member self = find(roster, own);
    if (!self.clientUrls().isEmpty()) {
      throw bootstrapped(self.id());
    }
    return new Joined(new MemberIdentity(roster.id(), self.id(), begin.name()), roster.members());
  }

  private static Member find(Roster roster, List<EtcdUrl> urls) throws ConfigException {
    HashSet<String> texts = new HashSet<>(EtcdUrl.texts(urls));
    for (Member member : roster.members()) {
      if (texts.equals(new HashSet<>(member.peerUrls()))) {
        return member;
      }
    }
    throw ConfigException.start(
        "error validating peerURLs "
            + shown(roster.members())
            + ": unmatched member while checking PeerURLs ("
            + GoText.quote(EtcdUrl.join(urls))
            + ")");
  }

  private static String shown(List<Member> members) {
    return members.stream()
        .map(member -> MemberIdentity.hex(member.id()) + "=" + member.peerUrls())
        .collect(Collectors.joining(" "));
  }

  /**
   * Refuses to found a cluster in which this member has lived before: its promises are gone with
   * its directory. Asks the other founders; those that are not there cannot tell. Blocks.
   */
  static void refuseSecondLife(DataDir.Owner owner) throws ConfigException {
    List<String> others = new ArrayList<>();
    long self = owner.identity().memberId();
    for (MemberIdentity.Founder founder : owner.founders()) {
      if (founder.id() != self) {
        others.addAll(founder.peerUrls());
      }
    }
    if (others.stream().noneMatch(Joining::isListening)) {
      // As a rule nobody is there yet: then there is nothing to be told, and no time to be lost.
      return;
    }
    Optional<Roster> roster = Roster.fetch(others, ANSWER_WITHIN);
    if (roster.isEmpty() || roster.get().id() != owner.identity().clusterId()) {
      return;
    }
    if (roster.get().removed().contains(self)) {
      throw ConfigException.start("the member has been permanently removed from the cluster");
    }
    for (Member member : roster.get().members()) {
      if (member.id() == self && !member.clientUrls().isEmpty()) {
        throw bootstrapped(self);
      }
    }
  }

  private static boolean isListening(String url) {
    URI address = URI.create(url);
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(address.getHost(), address.getPort()),
          (int) DIAL_WITHIN.toMillis());
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static ConfigException bootstrapped(long id) {
    return ConfigException.start(
        "member " + MemberIdentity.hex(id) + " has already been bootstrapped");
  }
}
