package io.quorate.chaos.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The network of members of this machine: a proxy before the port for clients and the port for
 * peers of each. Faults work on a {@link Way}, whoever of the two dialled. Safe for use by several
 * threads; a method returns when what it asks for is in force.
 *
 * <p>What is under way is bounded, and whoever sends more waits as with TCP. At most {@value
 * NetworkLoop#CONNECTIONS_MAX} connections are carried; further ones are refused.
 *
 * <p>Who dials a member that is down is refused, as without a proxy, unless a block lies between
 * the member and anybody.
 */
public final class Network implements AutoCloseable {
  /** The longest delay or jitter. */
  public static final Duration DELAY_MAX = Duration.ofMinutes(1);

  /**
   * Where a member is reached through the network.
   *
   * @param clients its port for clients
   * @param peers its port for peers
   */
  public record Doors(int clients, int peers) {}

  private final NetworkLoop loop;
  private final Set<String> names = new LinkedHashSet<>();

  /**
   * A network without members.
   *
   * @param seed what decides jitter and lost connections
   */
  Network(Diallers diallers, long seed) throws IOException {
    this.loop = new NetworkLoop(diallers, seed);
    names.add(Way.CLIENT);
  }

  /** Makes the doors before a member that listens, or will, at these ports of 127.0.0.1. */
  Doors admit(String name, int clientPort, int peerPort) throws IOException {
    synchronized (names) {
      if (!names.add(name)) {
        throw new IllegalArgumentException(name + " is in the network already");
      }
    }
    // Not any ports: while a door is shut nobody else is to be given its port.
    List<Integer> ports = Ports.free(2);
    loop.admit(new Door(name, false, ports.get(0), clientPort));
    loop.admit(new Door(name, true, ports.get(1), peerPort));
    return new Doors(ports.get(0), ports.get(1));
  }

  /** Closes the doors before a member, and resets its connections. */
  void dismiss(String name) {
    synchronized (names) {
      names.remove(name);
    }
    loop.ask(
        () -> {
          loop.dismiss(name);
          return name;
        });
  }

  /**
   * Holds what {@code from} sends to {@code to}, until it is healed: connections stay open, and new
   * ones of the two, which no handshake can finish, are accepted here and held as well.
   *
   * @param from the name of a member, or {@link Way#CLIENT}, as all names here
   */
  public void block(String from, String to) {
    change(from, to, Rule::blocked);
  }

  /**
   * Resets the connections that {@code from} dialled to {@code to}, and refuses new ones. Those
   * that {@code to} dialled go on: whoever wants to part two of them cuts both ways.
   */
  public void cut(String from, String to) {
    Way way = way(from, to);
    change(from, to, Rule::cut);
    loop.ask(
        () -> {
          loop.resetDialled(way);
          return way;
        });
  }

  /**
   * Delays what {@code from} sends to {@code to} from now on.
   *
   * @param delay by how much at least
   * @param jitter up to how much more by chance, chunk by chunk, in their order
   */
  public void delay(String from, String to, Duration delay, Duration jitter) {
    for (Duration each : new Duration[] {delay, jitter}) {
      if (each.isNegative() || each.compareTo(DELAY_MAX) > 0) {
        throw new IllegalArgumentException("a delay of " + each + ", at most " + DELAY_MAX);
      }
    }
    change(from, to, rule -> rule.delayed(delay.toNanos(), jitter.toNanos()));
  }

  /**
   * Ends connections at random.
   *
   * @param chance for each chunk that {@code from} sends to {@code to}: 0 for none, 1 for all
   */
  public void loseConnections(String from, String to, double chance) {
    if (!(chance >= 0 && chance <= 1)) {
      throw new IllegalArgumentException("a chance of " + chance + " is not between 0 and 1");
    }
    change(from, to, rule -> rule.losing(chance));
  }

  /**
   * Takes everything back, on all ways. What was held or delayed is delivered now, in its order: so
   * does TCP after an outage that it outlives, and old messages are what members have to cope with.
   * Who hung up meanwhile is told to the other end now.
   */
  public void heal() {
    heal(Optional.empty());
  }

  /** {@link #heal()}, on one way. */
  public void heal(String from, String to) {
    heal(Optional.of(way(from, to)));
  }

  private void heal(Optional<Way> only) {
    loop.ask(
        () -> {
          loop.heal(only);
          return only;
        });
  }

  /** What was seen of a way since the network began. */
  public Traffic traffic(String from, String to) {
    Way way = way(from, to);
    return loop.ask(() -> loop.traffic(way));
  }

  private void change(String from, String to, UnaryOperator<Rule> change) {
    Way way = way(from, to);
    loop.ask(
        () -> {
          loop.rule(way, change.apply(loop.rule(way)));
          return way;
        });
  }

  private Way way(String from, String to) {
    synchronized (names) {
      for (String name : new String[] {from, to}) {
        if (!names.contains(name)) {
          throw new IllegalArgumentException(name + " is not in the network, " + names + " are");
        }
      }
    }
    return new Way(from, to);
  }

  /** Closes all doors and resets all connections. */
  @Override
  public void close() {
    loop.close();
  }
}
