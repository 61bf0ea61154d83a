package io.quorate.sim;

import io.quorate.base.SeededRandom;
import io.quorate.raft.Message;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The network between members: it delays every message, and while it is hostile loses, doubles and
 * overtakes them and lets partitions be drawn. A forwarded proposal is never doubled: a link is a
 * connection, which may lose its end but repeats nothing.
 */
final class SimNetwork {
  private static final long DELAY_MIN = 100 * Timeline.MICROS;
  private static final int LONG_DELAY_MILLIS = 3_000;

  private record Way(long from, long to) implements Comparable<Way> {
    @Override
    public int compareTo(Way other) {
      int byFrom = Long.compare(from, other.from);
      return byFrom != 0 ? byFrom : Long.compare(to, other.to);
    }
  }

  /** Where a snapshot arrives; whether somebody was there. */
  interface BulkReceiver {
    boolean receive(Message.InstallSnapshot m, Durable.Checkpoint content);
  }

  private static final int BULK_MILLIS = 500;

  private final Timeline timeline;
  private final SeededRandom random;
  private final Tally tally;
  private final Climate climate;
  private final Consumer<Message> receive;
  private final BulkReceiver receiveBulk;
  private final Map<Way, Fault> cut = new TreeMap<>();
  private final Map<Way, Long> lastArrival = new TreeMap<>();
  private boolean hostile;
  private int lossPerMille;

  SimNetwork(
      Timeline timeline,
      SeededRandom random,
      Tally tally,
      Climate climate,
      Consumer<Message> receive,
      BulkReceiver receiveBulk) {
    this.timeline = timeline;
    this.random = random;
    this.tally = tally;
    this.climate = climate;
    this.receive = receive;
    this.receiveBulk = receiveBulk;
  }

  /** Begins to delay, double and lose messages, at most so many of them. */
  void setHostile(int lossPerMilleMax) {
    hostile = true;
    lossPerMille = random.nextInt(lossPerMilleMax);
  }

  /** Ends all faults. */
  void setCalm() {
    hostile = false;
    lossPerMille = 0;
    cut.clear();
  }

  /** Draws a new partition, or none, in place of the present one. */
  void partition(Set<Long> members) {
    cut.clear();
    Set<Long> side = new TreeSet<>();
    for (long member : members) {
      if (random.chance(400)) {
        side.add(member);
      }
    }
    switch (random.nextInt(4)) {
      case 0 -> cutBetween(members, side, Fault.PARTITION, true, -1);
      case 1 -> cutBetween(members, side, Fault.ONE_WAY, false, -1);
      case 2 -> {
        // One member still talks to both sides.
        long bridge = members.stream().skip(random.nextInt(members.size())).findFirst().orElse(-1L);
        cutBetween(members, side, Fault.BRIDGE, true, bridge);
      }
      default -> {}
    }
  }

  /** Cuts one member off from all others but those that chance keeps. */
  void isolate(long member, Set<Long> members, int keptPerMille) {
    cut.clear();
    for (long other : members) {
      if (other != member && !random.chance(keptPerMille)) {
        cut.put(new Way(member, other), Fault.LEADER_CUT);
        cut.put(new Way(other, member), Fault.LEADER_CUT);
      }
    }
  }

  /** Cuts a leader and those who stay with it off from all others. */
  void isolate(Set<Long> side, Set<Long> members) {
    cut.clear();
    cutBetween(members, side, Fault.LEADER_CUT, true, -1);
  }

  private void cutBetween(
      Set<Long> members, Set<Long> side, Fault fault, boolean bothWays, long bridge) {
    for (long from : members) {
      for (long to : members) {
        boolean crosses = side.contains(from) && !side.contains(to);
        if (crosses && from != bridge && to != bridge) {
          cut.put(new Way(from, to), fault);
          if (bothWays) {
            cut.put(new Way(to, from), fault);
          }
        }
      }
    }
  }

  /** Sends {@code m}, which may get lost. */
  void send(Message m) {
    Way way = new Way(m.from(), m.to());
    Fault severed = cut.get(way);
    if (severed != null) {
      tally.count(severed);
      return;
    }
    if (random.chance(lossPerMille)) {
      tally.count(Fault.LOSS);
      return;
    }
    long delay = DELAY_MIN + random.nextInt(climate.delayMicros()) * Timeline.MICROS;
    if (hostile && random.chance(10)) {
      delay += random.nextInt(LONG_DELAY_MILLIS) * Timeline.MILLIS;
      tally.count(Fault.DELAY);
    }
    long arrival = timeline.now() + delay;
    Long last = lastArrival.get(way);
    if (last != null && arrival < last) {
      tally.count(Fault.REORDER);
    } else {
      lastArrival.put(way, arrival);
    }
    timeline.after(delay, () -> receive.accept(m));
    if (hostile && m.kind() != Message.Kind.PROPOSE && random.chance(20)) {
      tally.count(Fault.DUPLICATE);
      timeline.after(
          delay + random.nextInt(climate.delayMicros()) * Timeline.MICROS, () -> receive.accept(m));
    }
  }

  /** Does {@code what} where a question or answer of {@code from} arrives, if it does. */
  void carry(long from, long to, Runnable what) {
    Fault severed = cut.get(new Way(from, to));
    if (severed != null) {
      tally.count(severed);
    } else if (random.chance(lossPerMille)) {
      tally.count(Fault.LOSS);
    } else {
      timeline.after(DELAY_MIN + random.nextInt(climate.delayMicros()) * Timeline.MICROS, what);
    }
  }

  /** Sends a snapshot beside all messages; {@code report} is told whether it arrived whole. */
  void sendBulk(Message.InstallSnapshot m, Durable.Checkpoint content, Consumer<Boolean> report) {
    long delay = (5 + random.nextInt(BULK_MILLIS)) * Timeline.MILLIS;
    boolean lost = cut.containsKey(new Way(m.from(), m.to())) || random.chance(lossPerMille * 4);
    timeline.after(
        delay,
        () -> {
          boolean severed = cut.containsKey(new Way(m.from(), m.to()));
          report.accept(!lost && !severed && receiveBulk.receive(m, content));
        });
  }
}
