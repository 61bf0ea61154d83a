package io.quorate.client.wire;

import io.quorate.base.EtcdError.Code;
import io.quorate.client.wire.Method.Repeat;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The connections, and which of them is the next to be asked: in turn those whose members are fit.
 * While there is none, calls wait, at most {@value #WAITING_CALLS_MAX} of them, each within its own
 * time.
 *
 * <p>{@link #pick} is for every thread and reads one array; everything else happens on the first
 * thread of the client.
 */
final class Pool {
  /** How many calls wait for a member. */
  static final int WAITING_CALLS_MAX = 20_000;

  private static final Connection[] NONE = {};

  private final IoThreads threads;
  private final Dialer dialer;
  private final boolean syncs;
  private final Map<Endpoint, Connection> connections = new LinkedHashMap<>();
  private final Queue<Waiter> waiting = new ArrayDeque<>();
  private final AtomicInteger turn =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(1 << 20));
  private volatile Connection[] fit = NONE;
  private volatile Connection[] members = NONE;
  private volatile Connection[] connected = NONE;
  private volatile boolean isClosed;
  private volatile String lastTroubles = "no endpoint was dialled yet";
  private final List<Endpoint> given;
  private long cluster;

  /** What waits for a member that can be asked. */
  interface Waiter {
    /** Whether it waits no more. */
    boolean isOver();

    /** Whom it may ask. */
    Repeat repeat();

    /** There is one. */
    void go(Connection connection, Line line);

    /** There is none, and there will not be. */
    void giveUp(Code code, String why);
  }

  /**
   * Nobody is connected yet.
   *
   * @param given where members are
   * @param syncs whether the endpoints follow the list of members
   */
  Pool(IoThreads threads, Dialer dialer, List<Endpoint> given, boolean syncs) {
    this.given = given;
    this.threads = threads;
    this.dialer = dialer;
    this.syncs = syncs;
  }

  /** Begins to connect. */
  void open() {
    execute(() -> given.forEach(this::connect));
  }

  private void connect(Endpoint endpoint) {
    if (!isClosed && !connections.containsKey(endpoint)) {
      Connection connection = new Connection(endpoint, dialer, this);
      connections.put(endpoint, connection);
      connection.dial();
      changed();
    }
  }

  /**
   * The next connection to be asked, or none if nobody is fit, nor of use for {@code repeat}.
   *
   * @param avoided is taken only if there is no other
   */
  @Nullable Connection pick(Repeat repeat, @Nullable Connection avoided) {
    Connection[] from = askable(repeat);
    if (from.length == 0) {
      return null;
    }
    int index = Math.floorMod(turn.getAndIncrement(), from.length);
    Connection picked = from[index];
    return picked == avoided ? from[(index + 1) % from.length] : picked;
  }

  /** Who is fit, if anybody is; else who will do for {@code repeat}. */
  private Connection[] askable(Repeat repeat) {
    Connection[] best = fit;
    if (best.length == 0 && (repeat == Repeat.ANYWHERE || repeat == Repeat.ANYONE)) {
      best = members;
    }
    return best.length == 0 && repeat == Repeat.ANYONE ? connected : best;
  }

  /** Lets {@code waiter} go as soon as somebody is fit. */
  void await(Waiter waiter) {
    execute(
        () -> {
          if (isClosed) {
            waiter.giveUp(Code.CANCELLED, "the client is closed");
          } else if (hasGone(waiter)) {
            return;
          } else if (hasRoom()) {
            waiting.add(waiter);
          } else {
            waiter.giveUp(
                Code.RESOURCE_EXHAUSTED, WAITING_CALLS_MAX + " calls wait already; " + troubles());
          }
        });
  }

  private boolean hasRoom() {
    if (waiting.size() >= WAITING_CALLS_MAX) {
      waiting.removeIf(Waiter::isOver);
    }
    return waiting.size() < WAITING_CALLS_MAX;
  }

  /** {@code waiter} waits no more. */
  void forget(Waiter waiter, String why) {
    execute(
        () -> {
          if (waiting.remove(waiter)) {
            waiter.giveUp(Code.CANCELLED, why);
          }
        });
  }

  /** What is wrong with each endpoint, for people. Any thread; what was known last. */
  String troubles() {
    return lastTroubles;
  }

  /** Something about a connection changed. */
  void changed() {
    fit = connections.values().stream().filter(Connection::isFit).toArray(Connection[]::new);
    members = connections.values().stream().filter(Connection::isMember).toArray(Connection[]::new);
    connected =
        connections.values().stream().filter(Connection::isConnected).toArray(Connection[]::new);
    if (fit.length == 0) {
      lastTroubles = describe();
    }
    letGo();
  }

  private String describe() {
    List<String> all = new ArrayList<>();
    connections.forEach((endpoint, connection) -> all.add(endpoint + ": " + connection.trouble()));
    return String.join("; ", all);
  }

  private void letGo() {
    if (connected.length == 0 || waiting.isEmpty()) {
      return;
    }
    for (int left = waiting.size(); left > 0; left--) {
      Waiter waiter = waiting.remove();
      if (waiter.isOver()) {
        continue;
      }
      if (!hasGone(waiter)) {
        waiting.add(waiter);
      }
    }
  }

  private boolean hasGone(Waiter waiter) {
    Connection connection = pick(waiter.repeat(), null);
    Line line = connection == null ? null : connection.line();
    if (connection == null || line == null) {
      return false;
    }
    waiter.go(connection, line);
    return true;
  }

  /** Whether {@code id} is the cluster that this client belongs to: the first that was met. */
  boolean isOurs(long id) {
    return cluster == 0 || cluster == id;
  }

  long cluster() {
    return cluster;
  }

  /** A member of the cluster {@code id} told where all of them are. */
  void learnt(long id, List<String> clientUrls) {
    cluster = id;
    if (!syncs || clientUrls.isEmpty()) {
      return;
    }
    Set<Endpoint> told = new LinkedHashSet<>();
    for (String url : clientUrls) {
      try {
        told.add(Endpoint.parse(url));
      } catch (IllegalArgumentException e) {
        // A member that has not started yet has no address, and some are of no use from here.
      }
    }
    told.forEach(this::connect);
    // What was given may be the only way from here to a member that advertises another one.
    for (Endpoint known : List.copyOf(connections.keySet())) {
      if (!told.contains(known) && !given.contains(known)) {
        drop(known);
      }
    }
  }

  private void drop(Endpoint endpoint) {
    Connection connection = connections.remove(endpoint);
    if (connection != null) {
      connection.close();
      changed();
    }
  }

  RandomGenerator luck() {
    return ThreadLocalRandom.current();
  }

  /** Runs {@code work} on the first thread; not at all once the client is closed. */
  void execute(Runnable work) {
    if (threads.first().inEventLoop()) {
      work.run();
      return;
    }
    IoThreads.execute(threads.first(), work);
  }

  /** Runs {@code work} there after {@code millis}. */
  Optional<ScheduledFuture<?>> later(long millis, Runnable work) {
    try {
      return Optional.of(threads.first().schedule(work, millis, TimeUnit.MILLISECONDS));
    } catch (RejectedExecutionException e) {
      return Optional.empty();
    }
  }

  /** Closes every connection; what waits is given up. */
  void close() {
    isClosed = true;
    fit = NONE;
    members = NONE;
    connected = NONE;
    List<Connection> all = List.copyOf(connections.values());
    all.forEach(Connection::close);
    for (Waiter waiter = waiting.poll(); waiter != null; waiter = waiting.poll()) {
      waiter.giveUp(Code.CANCELLED, "the client is closed");
    }
  }
}
