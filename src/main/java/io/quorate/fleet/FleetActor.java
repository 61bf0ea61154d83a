package io.quorate.fleet;

import io.quorate.apply.Member;
import io.quorate.fleet.FleetCommand.Announced;
import io.quorate.fleet.FleetCommand.Leads;
import io.quorate.fleet.FleetCommand.Message;
import io.quorate.fleet.FleetCommand.Report;
import io.quorate.fleet.FleetCommand.Tick;
import io.quorate.fleet.FleetPlan.Contact;
import io.quorate.fleet.FleetPlan.Peer;
import io.quorate.fleet.FleetView.Reach;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.apache.pekko.cluster.typed.JoinSeedNodes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shell round {@link FleetPlan}: looks from time to time what Raft, Pekko Cluster and the other
 * members say, tells the others how this one is, and does what the plan says.
 */
final class FleetActor {
  /** Its name, which is part of where the others send. */
  static final String NAME = "fleet";

  private static final String ROLE = "member-";
  private static final Set<MemberStatus> GOING =
      Set.of(MemberStatus.down(), MemberStatus.exiting(), MemberStatus.removed());

  private static final Logger LOG = LoggerFactory.getLogger(FleetActor.class);

  /**
   * Who runs it.
   *
   * @param self where this member's fleet listens for the others
   * @param pace how fast it goes
   * @param publish takes what it sees
   * @param beginAnew ends this fleet and begins another one, on a thread of its own
   */
  record Owner(Contact self, FleetPace pace, Consumer<FleetView> publish, Runnable beginAnew) {}

  private final ActorContext<FleetCommand> context;
  private final FleetFacts facts;
  private final Owner owner;
  private final Cluster cluster;
  private final long life = System.currentTimeMillis();
  private final long beginNanos = System.nanoTime();
  private final Map<Long, Report> reports = new TreeMap<>();
  private final Map<Long, Long> heardNanos = new TreeMap<>();
  private final Map<Long, Integer> announced = new TreeMap<>();
  private final Map<Long, Long> askedNanos = new TreeMap<>();
  private Map<Long, Reach> shown = new TreeMap<>();
  private List<Contact> seeds = List.of();
  private long reportNumber;
  private long reportedNanos;
  private long wrongSinceNanos;
  private boolean wrong;
  private boolean led;
  private long term;
  private long leader;

  private FleetActor(ActorContext<FleetCommand> context, FleetFacts facts, Owner owner) {
    this.context = context;
    this.facts = facts;
    this.owner = owner;
    this.cluster = Cluster.get(context.getSystem());
  }

  static Behavior<FleetCommand> create(FleetFacts facts, Owner owner) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(Tick.TICK, Duration.ZERO, owner.pace().look());
                  return new FleetActor(context, facts, owner).receive();
                }));
  }

  /** The role by which a member says in Pekko Cluster who it is. */
  static String role(long member) {
    return ROLE + Long.toHexString(member);
  }

  private Behavior<FleetCommand> receive() {
    return Behaviors.receive(FleetCommand.class)
        .onMessage(Tick.class, tick -> same(this::look))
        .onMessage(Report.class, report -> same(() -> keep(report)))
        .onMessage(Leads.class, leads -> same(() -> follow(leads.term(), leads.member())))
        .onMessage(Announced.class, told -> same(() -> announced.put(told.member(), told.port())))
        .build();
  }

  private Behavior<FleetCommand> same(Runnable action) {
    action.run();
    return Behaviors.same();
  }

  private void keep(Report report) {
    Report known = reports.get(report.member());
    boolean member = facts.members().stream().anyMatch(m -> m.id() == report.member());
    if (member && (known == null || report.isNewerThan(known))) {
      reports.put(report.member(), report);
      heardNanos.put(report.member(), System.nanoTime());
      follow(report.status().raft().term(), report.status().raft().leader());
    }
  }

  private void follow(long newTerm, long newLeader) {
    if (newTerm > term || (newTerm == term && leader == 0)) {
      term = newTerm;
      leader = newLeader;
    }
  }

  private void look() {
    long now = System.nanoTime();
    List<Member> members = facts.members();
    Set<Long> ids = new TreeSet<>(members.stream().map(Member::id).toList());
    for (Map<Long, ?> map : List.of(reports, heardNanos, announced, askedNanos)) {
      map.keySet().retainAll(ids);
    }
    List<Peer> peers = peers();
    Map<Long, Contact> others = others(members);
    boolean joined = peers.stream().anyMatch(peer -> peer.contact().equals(owner.self()));
    ask(members, now);
    report(others, joined, now);
    announceLeadership(others);
    Set<Long> speaking = speaking(now);
    long founder = FleetPlan.founder(facts.memberId(), facts.leader(), speaking);
    if (joined) {
      downRemoved(peers);
    } else if (!cluster.isTerminated()) {
      join(founder, speaking, others, now);
    }
    looksWrong(isWrong(members, peers, founder, joined), now);
    publish(members, peers, others);
  }

  private List<Peer> peers() {
    var state = cluster.state();
    Set<org.apache.pekko.cluster.Member> unreachable = state.getUnreachable();
    List<Peer> peers = new ArrayList<>();
    for (org.apache.pekko.cluster.Member member : state.getMembers()) {
      if (!GOING.contains(member.status())) {
        Address address = member.address();
        Contact contact =
            new Contact(address.getHost().orElse(""), address.getPort().orElse(FleetFacts.NO_PORT));
        peers.add(new Peer(memberOf(member), contact, !unreachable.contains(member)));
      }
    }
    return peers;
  }

  private static long memberOf(org.apache.pekko.cluster.Member member) {
    for (String role : member.getRoles()) {
      if (role.startsWith(ROLE)) {
        try {
          return Long.parseUnsignedLong(role.substring(ROLE.length()), 16);
        } catch (NumberFormatException e) {
          LOG.debug("a node of the fleet has the role {}", role, e);
        }
      }
    }
    return 0;
  }

  private Map<Long, Contact> others(List<Member> members) {
    Map<Long, Contact> others = new TreeMap<>();
    for (Member member : members) {
      if (member.id() != facts.memberId()) {
        FleetPlan.contact(member, Optional.ofNullable(announced.get(member.id())))
            .ifPresent(contact -> others.put(member.id(), contact));
      }
    }
    return others;
  }

  private Set<Long> speaking(long now) {
    Set<Long> speaking = new TreeSet<>();
    heardNanos.forEach(
        (member, heard) -> {
          if (now - heard < owner.pace().speaks().toNanos()) {
            speaking.add(member);
          }
        });
    return speaking;
  }

  private void ask(List<Member> members, long now) {
    Set<Long> speaking = speaking(now);
    for (Member member : members) {
      long id = member.id();
      Long asked = askedNanos.get(id);
      boolean due = asked == null || now - asked >= owner.pace().ask().toNanos();
      if (id != facts.memberId() && due && !speaking.contains(id)) {
        askedNanos.put(id, now);
        facts
            .portOf(id)
            .thenAccept(port -> context.getSelf().tell(new Announced(id, port)))
            .exceptionally(
                failure -> {
                  LOG.debug("member {} tells no port", Long.toHexString(id), failure);
                  return null;
                });
      }
    }
  }

  private void report(Map<Long, Contact> others, boolean joined, long now) {
    if (reportNumber == 0 || now - reportedNanos >= owner.pace().report().toNanos()) {
      reportedNanos = now;
      reportNumber++;
      Report report = new Report(facts.memberId(), life, reportNumber, joined, facts.status());
      keep(report);
      send(others, report);
    }
  }

  private void announceLeadership(Map<Long, Contact> others) {
    boolean leads = facts.leader() == facts.memberId();
    if (leads && !led) {
      Leads message = new Leads(facts.memberId(), facts.status().raft().term());
      follow(message.term(), message.member());
      send(others, message);
    }
    led = leads;
  }

  private void send(Map<Long, Contact> others, Message message) {
    for (Contact contact : others.values()) {
      Adapter.toClassic(context)
          .actorSelection(address(contact) + "/user/" + NAME)
          .tell(message, ActorRef.noSender());
    }
  }

  private Address address(Contact contact) {
    Address own = cluster.selfMember().address();
    return new Address(own.protocol(), own.system(), contact.host(), contact.port());
  }

  private void downRemoved(List<Peer> peers) {
    for (Peer peer : FleetPlan.removed(peers, facts.removed())) {
      LOG.info("member {} was removed, the fleet lets it go", Long.toHexString(peer.member()));
      cluster.manager().tell(new Down(address(peer.contact())));
    }
  }

  private void join(long founder, Set<Long> speaking, Map<Long, Contact> others, long now) {
    long raftLeader = facts.leader();
    boolean decided =
        raftLeader == facts.memberId()
            || speaking.contains(raftLeader)
            || now - beginNanos >= owner.pace().listen().toNanos();
    if (raftLeader == 0 || !decided) {
      return;
    }
    boolean founds = founder == facts.memberId();
    List<Contact> next = FleetPlan.seeds(founds, owner.self(), others.values());
    if (!next.equals(seeds)) {
      seeds = next;
      cluster.manager().tell(new JoinSeedNodes(next.stream().map(this::address).toList()));
    }
  }

  private boolean isWrong(List<Member> members, List<Peer> peers, long founder, boolean joined) {
    Report report = reports.get(founder);
    boolean elsewhere =
        joined && FleetPlan.givesWay(peers, founder, report != null && report.joined());
    boolean moved =
        members.stream()
            .filter(member -> member.id() == facts.memberId())
            .flatMap(member -> FleetPlan.contact(member, Optional.of(owner.self().port())).stream())
            .anyMatch(contact -> !contact.equals(owner.self()));
    return elsewhere || moved || cluster.isTerminated();
  }

  private void looksWrong(boolean wrongNow, long now) {
    boolean isMember = facts.members().stream().anyMatch(m -> m.id() == facts.memberId());
    if (!wrongNow || !wrong) {
      wrong = wrongNow;
      wrongSinceNanos = now;
    } else if (isMember && now - wrongSinceNanos >= owner.pace().giveWay().toNanos()) {
      wrongSinceNanos = now;
      LOG.info("the fleet begins anew, to be in the one of the other members");
      owner.beginAnew().run();
    }
  }

  private void publish(List<Member> members, List<Peer> peers, Map<Long, Contact> others) {
    List<FleetView.Seen> seen = new ArrayList<>();
    Map<Long, Reach> reaches = new TreeMap<>();
    for (Member member : members) {
      long id = member.id();
      Reach reach = reach(id, peers);
      Contact contact = id == facts.memberId() ? owner.self() : others.get(id);
      Report report = reports.get(id);
      seen.add(
          new FleetView.Seen(
              id,
              member.name(),
              contact == null ? "" : contact.toString(),
              reach,
              report == null ? null : report.status(),
              heardNanos.getOrDefault(id, beginNanos)));
      reaches.put(id, reach);
      tellChange(id, shown.getOrDefault(id, Reach.ABSENT), reach);
    }
    shown = reaches;
    owner.publish().accept(new FleetView(true, facts.memberId(), term, leader, seen));
  }

  private static Reach reach(long member, List<Peer> peers) {
    Reach reach = Reach.ABSENT;
    for (Peer peer : peers) {
      if (peer.member() == member && reach != Reach.REACHABLE) {
        reach = peer.reachable() ? Reach.REACHABLE : Reach.UNREACHABLE;
      }
    }
    return reach;
  }

  private static void tellChange(long member, Reach before, Reach now) {
    String id = Long.toHexString(member);
    if (now == Reach.UNREACHABLE && before != now) {
      LOG.warn("the fleet does not reach member {}", id);
    } else if (now == Reach.REACHABLE && before != now) {
      LOG.info("the fleet reaches member {}", id);
    }
  }
}
