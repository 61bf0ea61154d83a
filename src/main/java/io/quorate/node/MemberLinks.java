package io.quorate.node;

import io.quorate.apply.Member;
import io.quorate.base.Bytes;
import io.quorate.link.LinkListener;
import io.quorate.link.LinkTiming;
import io.quorate.link.PeerLinks;
import io.quorate.link.PeerMetrics;
import io.quorate.raft.Message;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.stream.javadsl.Source;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The other members: what they say goes to the RaftActor and to whoever answers their questions,
 * what consensus says goes to them. Whom it knows follows the replicated members. Any thread.
 */
final class MemberLinks implements Peering, LinkListener {
  private static final Logger LOG = LoggerFactory.getLogger(MemberLinks.class);

  /** How often a member that cannot talk to a leader asks the others. */
  private static final Duration ASK_OTHERS = Duration.ofSeconds(1);

  private final Node node;
  private final ActorRef<RaftCommand> raft;
  private final Questions questions;
  private final SnapshotSender sender;
  private final SnapshotReceiver receiver;
  private final PeerLinks links;
  private final Cancellable asking;
  private final Map<Long, List<String>> known = new HashMap<>();
  // What others say of members that this one's state does not have, or not so, yet.
  private final Map<Long, List<String>> learned = new HashMap<>();
  private Map<Long, List<String>> followed = Map.of();

  /**
   * Listens, and dials the members that are known so far. Blocks while addresses are bound.
   *
   * @throws CompletionException when an address cannot be bound
   */
  MemberLinks(Node node, ActorRef<RaftCommand> raft, Questions questions) {
    this.node = node;
    this.raft = raft;
    this.questions = questions;
    this.receiver = new SnapshotReceiver(node, raft);
    NodeSettings settings = node.settings();
    this.links =
        PeerLinks.bind(
                Adapter.toClassic(node.system()),
                new PeerLinks.Settings(
                    settings.cluster().id(),
                    settings.self().id(),
                    settings.peers().listen(),
                    LinkTiming.DEFAULT,
                    settings.peers().tls()),
                this)
            .toCompletableFuture()
            .join();
    this.sender = new SnapshotSender(node, raft, links);
    follow(node.published().members());
    this.asking =
        node.system()
            .scheduler()
            .scheduleWithFixedDelay(
                ASK_OTHERS, ASK_OTHERS, this::look, node.system().executionContext());
  }

  private void look() {
    receiver.dropOverdue(node.published().appliedIndex());
    askOthers();
  }

  /**
   * Asks the others who belongs to the cluster, while this member hears of no leader, or cannot
   * answer the one that it hears: it may have been removed while it was away, and is told by
   * nobody; or the leader is somebody who has joined, or moved, meanwhile.
   */
  private void askOthers() {
    List<String> urls;
    synchronized (this) {
      urls = known.values().stream().flatMap(List::stream).toList();
    }
    long leader = node.status().leader();
    boolean led = leader == node.memberId() || (node.hasLeader() && reaches(leader));
    if (led || urls.isEmpty()) {
      return;
    }
    Roster.ask(
            Adapter.toClassic(node.system()),
            new Roster.Way(node.settings().peers().tls(), ASK_OTHERS),
            urls)
        .thenAccept(rosters -> rosters.forEach(this::learn))
        .exceptionally(
            failure -> {
              LOG.warn("cannot tell whether this is still a member: {}", failure.getMessage());
              return null;
            });
  }

  private void learn(Roster roster) {
    if (roster.id() != node.clusterId()) {
      return;
    }
    if (roster.removed().contains(node.memberId())) {
      node.fail(MemberGoneException.removed());
      return;
    }
    List<Long> removed = node.published().removed();
    synchronized (this) {
      for (Member member : roster.members()) {
        if (member.id() != node.memberId() && !removed.contains(member.id())) {
          learned.put(member.id(), member.peerUrls());
        }
      }
    }
    follow(node.published().members());
  }

  /** Where it listens. */
  List<InetSocketAddress> addresses() {
    return links.addresses();
  }

  /** What goes over them. */
  PeerMetrics traffic() {
    return links.metrics();
  }

  /** How long the link to {@code member} has been open; zero while it is not. */
  Duration connectedFor(long member) {
    return links.connectedFor(member);
  }

  /** What is left here of a snapshot that was cut. */
  CompletionStage<Bytes> held() {
    return receiver.held();
  }

  /** Asks {@code member} a question of {@link Questions}. */
  CompletionStage<Bytes> ask(long member, Questions.Kind kind, Bytes request, Duration timeout) {
    return links.ask(member, kind.code(), request, timeout);
  }

  CompletionStage<Void> close() {
    asking.cancel();
    return links.close();
  }

  // ---- out

  @Override
  public void send(List<Message> messages) {
    List<Message> others = messages;
    for (Message message : messages) {
      if (message instanceof Message.InstallSnapshot snapshot) {
        sender.send(snapshot);
        if (others == messages) {
          others = new ArrayList<>(messages);
        }
        others.remove(message);
      }
    }
    if (!others.isEmpty()) {
      links.send(others);
    }
  }

  @Override
  public synchronized void follow(List<Member> members) {
    Map<Long, List<String>> own = new HashMap<>();
    for (Member member : members) {
      if (member.id() != node.memberId()) {
        own.put(member.id(), member.peerUrls());
      }
    }
    if (!own.equals(followed)) {
      // The state has come further, perhaps beyond what was learned.
      followed = own;
      learned.clear();
    }
    Map<Long, List<String>> next = new HashMap<>(own);
    next.putAll(learned);
    if (next.equals(known)) {
      return;
    }
    known.keySet().stream().filter(id -> !next.containsKey(id)).forEach(links::disconnect);
    next.forEach(
        (id, urls) -> {
          if (!urls.equals(known.get(id))) {
            connect(id, urls);
          }
        });
    known.clear();
    known.putAll(next);
  }

  private void connect(long member, List<String> urls) {
    try {
      links.connect(member, urls);
    } catch (IllegalArgumentException e) {
      LOG.warn("cannot dial member {}: {}", Long.toHexString(member), e.getMessage());
    }
  }

  @Override
  public boolean reaches(long member) {
    return !links.connectedFor(member).isZero();
  }

  // ---- in

  @Override
  public synchronized boolean admits(long member) {
    return known.containsKey(member);
  }

  @Override
  public void onMessage(Message message) {
    raft.tell(new RaftCommand.Received(message));
  }

  @Override
  public void onUp(long member) {
    raft.tell(new RaftCommand.LinkUp(member));
  }

  @Override
  public void onDown(long member, boolean refused) {
    raft.tell(new RaftCommand.LinkDown(member, refused));
  }

  @Override
  public CompletionStage<Bytes> onAsk(long from, int kind, Bytes request) {
    return questions.answer(from, kind, request);
  }

  @Override
  public boolean answersStrangers(int kind) {
    return Questions.isForStrangers(kind);
  }

  @Override
  public CompletionStage<Bytes> onTransfer(long from, Bytes header, Source<Bytes, NotUsed> chunks) {
    return receiver.receive(header, chunks);
  }
}
