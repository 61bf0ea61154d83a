package io.quorate.server;

import io.quorate.apply.Member;
import io.quorate.base.EtcdException;
import io.quorate.node.MemberGoneException;
import io.quorate.node.Roster;
import io.quorate.tls.Tls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a member asks the others before it begins; texts are etcd's. */
final class Joining {
  /** How long another member may take to answer. */
  static final Duration ANSWER_WITHIN = Duration.ofSeconds(2);

  /** How long a member that is to be replaced asks for it. */
  private static final Duration REPLACE_WITHIN = Duration.ofSeconds(15);

  /** How long it may take to find out whether somebody is there. */
  private static final Duration DIAL_WITHIN = Duration.ofMillis(300);

  /**
   * Who a member that joins is.
   *
   * @param identity as the cluster knows it
   * @param members all members of the cluster
   */
  record Joined(MemberIdentity identity, List<Member> members) implements Assembly.Settled {
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

  private static final Logger LOG = LoggerFactory.getLogger(Joining.class);

  private Joining() {}

  /**
   * Asks the running cluster, which has added this member before. Blocks.
   *
   * @param replaceLost whether the cluster is asked to replace a member that has lived before
   * @param tls what is used where others speak TLS
   */
  static Joined join(Begin.Join begin, boolean replaceLost, Tls tls) throws ConfigException {
    Roster.Way way = new Roster.Way(tls, ANSWER_WITHIN);
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
        Roster.fetch(others, way)
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
    if (self.clientUrls().isEmpty()) {
      return new Joined(new MemberIdentity(roster.id(), self.id(), begin.name()), roster.members());
    }
    if (!replaceLost) {
      throw ConfigException.start(text(MemberGoneException.bootstrapped(self.id())));
    }
    return replace(roster.id(), self, begin.name(), others, way);
  }

  private static Member find(Roster roster, List<EtcdUrl> urls) throws ConfigException {
    return roster
        .at(EtcdUrl.texts(urls))
        .orElseThrow(
            () ->
                ConfigException.start(
                    "error validating peerURLs "
                        + shown(roster.members())
                        + ": unmatched member while checking PeerURLs ("
                        + GoText.quote(EtcdUrl.join(urls))
                        + ")"));
  }

  private static String shown(List<Member> members) {
    return members.stream()
        .map(member -> MemberIdentity.hex(member.id()) + "=" + member.peerUrls())
        .collect(Collectors.joining(" "));
  }

  /**
   * Who a member is that would found a cluster in which it has lived before: its promises are gone
   * with its directory, so it is refused, or replaced if {@code replaceLost}. Empty if it may found
   * it. Asks the other founders; those that are not there cannot tell. Blocks.
   */
  static Optional<Joined> secondLife(DataDir.Owner owner, boolean replaceLost, Tls tls)
      throws ConfigException {
    Roster.Way way = new Roster.Way(tls, ANSWER_WITHIN);
    List<String> others = new ArrayList<>();
    List<String> own = List.of();
    long self = owner.identity().memberId();
    for (MemberIdentity.Founder founder : owner.founders()) {
      if (founder.id() == self) {
        own = founder.peerUrls();
      } else {
        others.addAll(founder.peerUrls());
      }
    }
    if (others.stream().noneMatch(Joining::isListening)) {
      // As a rule nobody is there yet: then there is nothing to be told, and no time to be lost.
      return Optional.empty();
    }
    Roster roster = Roster.fetch(others, way).orElse(null);
    if (roster == null) {
      return Optional.empty();
    }
    boolean restored = roster.id() != owner.identity().clusterId();
    if (restored && !isOfTheSame(roster, self)) {
      return Optional.empty();
    }
    for (Member member : roster.members()) {
      boolean lived = member.id() != self || !member.clientUrls().isEmpty();
      if (lived && replaceLost && member.peerUrls().equals(own)) {
        return Optional.of(replace(roster.id(), member, owner.identity().name(), others, way));
      }
      if (lived && member.id() == self) {
        throw ConfigException.start(text(MemberGoneException.bootstrapped(self)));
      }
    }
    if (roster.removed().contains(self)) {
      throw ConfigException.start(text(MemberGoneException.removed()));
    }
    if (restored) {
      // It would found a cluster of its own, without what the others have.
      throw ConfigException.start(
          "the other members go on from a snapshot, in cluster "
              + MemberIdentity.hex(roster.id())
              + ": restore this member from it, too");
    }
    return Optional.empty();
  }

  /** Whether {@code roster} is that of the cluster of {@code self}, gone on from a snapshot. */
  private static boolean isOfTheSame(Roster roster, long self) {
    return roster.removed().contains(self)
        || roster.members().stream().anyMatch(member -> member.id() == self);
  }

  /** Has {@code lost} replaced by a new member at the same URLs; that is who this process is. */
  private static Joined replace(
      long cluster, Member lost, String name, List<String> others, Roster.Way way)
      throws ConfigException {
    LOG.info("asking to be replaced: the data of member {} is lost", MemberIdentity.hex(lost.id()));
    long deadline = System.nanoTime() + REPLACE_WITHIN.toNanos();
    while (true) {
      try {
        Roster after = Roster.replace(others, lost, way);
        Member heir =
            after
                .at(lost.peerUrls())
                .orElseThrow(
                    () -> ConfigException.start("the cluster has replaced this member by none"));
        return new Joined(new MemberIdentity(cluster, heir.id(), name), after.members());
      } catch (EtcdException refusal) {
        // Until its old connections count as broken, or while there is no leader.
        if (System.nanoTime() - deadline >= 0) {
          throw ConfigException.start(
              "cannot replace lost member "
                  + MemberIdentity.hex(lost.id())
                  + ": "
                  + refusal.getMessage());
        }
      }
    }
  }

  private static String text(MemberGoneException gone) {
    return String.valueOf(gone.getMessage());
  }

  /** Whether somebody listens at {@code url}; told soon. Blocks. */
  static boolean isListening(String url) {
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
}
