package io.quorate.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.quorate.apply.Member;
import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.link.PeerLinks;
import io.quorate.tls.Tls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.ActorSystem;

/**
 * A cluster as one of its members knows it.
 *
 * @param id the cluster
 * @param members its members
 * @param removed the ids of those that were
 */
public record Roster(long id, List<Member> members, List<Long> removed) {
  /**
   * How others are asked.
   *
   * @param tls what is used where they speak TLS
   * @param timeout for each of them
   */
  public record Way(Tls tls, Duration timeout) {}

  /** Copies the lists. */
  public Roster {
    members = List.copyOf(members);
    removed = List.copyOf(removed);
  }

  /** The member that is reached at {@code peerUrls}, in whatever order they are. */
  public Optional<Member> at(Collection<String> peerUrls) {
    Set<String> wanted = new HashSet<>(peerUrls);
    return members.stream()
        .filter(member -> wanted.equals(new HashSet<>(member.peerUrls())))
        .findFirst();
  }

  Bytes encode() {
    ByteWriter out = new ByteWriter(256).putLong(id).putVar(members.size());
    for (Member member : members) {
      out.putLong(member.id()).putBytes(member.encode());
    }
    out.putVar(removed.size());
    removed.forEach(out::putLong);
    return out.toBytes();
  }

  static Roster decode(Bytes bytes) {
    ByteReader in = new ByteReader(bytes);
    long id = in.getLong();
    List<Member> members = new ArrayList<>();
    for (int left = in.getVarInt(); left > 0; left--) {
      members.add(Member.decode(in.getLong(), in.getBytes()));
    }
    List<Long> removed = new ArrayList<>();
    for (int left = in.getVarInt(); left > 0; left--) {
      removed.add(in.getLong());
    }
    return new Roster(id, members, removed);
  }

  /**
   * Asks those who listen at {@code peerUrls} for the roster of their cluster, all at once. Blocks.
   *
   * @return what the first one that answered said; empty when nobody did
   */
  public static Optional<Roster> fetch(List<String> peerUrls, Way way) {
    return fetchAll(peerUrls, way).stream().findFirst();
  }

  /**
   * The same of all who answer, which may belong to several clusters where disks were lost. Blocks.
   */
  public static List<Roster> fetchAll(List<String> peerUrls, Way way) {
    ActorSystem system = ActorSystem.create("roster", config());
    try {
      return ask(system, way, peerUrls).toCompletableFuture().join();
    } finally {
      system.terminate();
    }
  }

  /**
   * Asks those who listen at {@code peerUrls}, one after the other, to replace {@code lost}, whose
   * disk this process has lost. Blocks.
   *
   * @return the members afterwards, the new one among them at the same peer URLs
   * @throws EtcdException what the last one refused with, when nobody did it
   */
  public static Roster replace(List<String> peerUrls, Member lost, Way way) {
    return changed(peerUrls, Questions.Kind.REPLACE, MemberChanges.replaceRequest(lost), way);
  }

  /**
   * Asks those who listen at {@code peerUrls}, one after the other, to add a learner that is
   * reached at {@code own}. Blocks.
   *
   * @return the members afterwards, the new one among them
   * @throws EtcdException what the last one refused with, when nobody did it
   */
  public static Roster join(List<String> peerUrls, List<String> own, Way way) {
    return changed(peerUrls, Questions.Kind.JOIN, MemberChanges.joinRequest(own), way);
  }

  private static Roster changed(
      List<String> peerUrls, Questions.Kind kind, Bytes request, Way way) {
    ActorSystem system = ActorSystem.create("roster", config());
    try {
      EtcdException refusal = EtcdError.NO_LEADER.exception();
      for (String url : peerUrls) {
        try {
          Bytes answer =
              PeerLinks.askUrl(system, way.tls(), url, kind.code(), request, way.timeout())
                  .toCompletableFuture()
                  .join();
          return decode(Questions.open(answer));
        } catch (CompletionException | EtcdException e) {
          refusal = Refusals.of(e);
        }
      }
      throw refusal;
    } finally {
      system.terminate();
    }
  }

  /** {@link #fetchAll} on a system that is there: what all that answered said, in order. */
  public static CompletionStage<List<Roster>> ask(
      ActorSystem system, Way way, List<String> peerUrls) {
    CompletionStage<List<Roster>> all = CompletableFuture.completedFuture(List.of());
    for (String url : peerUrls) {
      CompletionStage<List<Roster>> one =
          asked(system, way, url)
              .handle(
                  (answer, failure) ->
                      failure == null ? List.of(decode(Questions.open(answer))) : List.of());
      all = all.thenCombine(one, Roster::concat);
    }
    return all;
  }

  private static CompletionStage<Bytes> asked(ActorSystem system, Way way, String url) {
    try {
      return PeerLinks.askUrl(
          system, way.tls(), url, Questions.Kind.MEMBERS.code(), Bytes.EMPTY, way.timeout());
    } catch (IllegalArgumentException unusable) {
      return CompletableFuture.failedFuture(unusable);
    }
  }

  private static List<Roster> concat(List<Roster> first, List<Roster> second) {
    List<Roster> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  private static Config config() {
    // A program into which a member is embedded goes on, whatever happens here.
    return ConfigFactory.parseMap(
            Map.of("pekko.daemonic", "on", "pekko.jvm-exit-on-fatal-error", "off"))
        .withFallback(
            ConfigFactory.parseResources(Roster.class.getClassLoader(), "quorate-node.conf"))
        .withFallback(ConfigFactory.defaultReferenceUnresolved(Roster.class.getClassLoader()))
        .resolve();
  }
}
