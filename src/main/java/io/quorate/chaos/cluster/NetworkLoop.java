package io.quorate.chaos.cluster;

import io.quorate.base.SeededRandom;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that carries all connections of a {@link Network}, and all that it knows. Who
 * dials a member, and who listens, is looked up on a second thread: each costs up to some ten
 * milliseconds, which connections must not wait for.
 */
final class NetworkLoop implements Connection.Weather {
  static final int CONNECTIONS_MAX = 1024;

  private static final int CHUNK_BYTES_MAX = 16 * 1024;
  private static final long ASK_SECONDS_MAX = 30;
  private static final long WAIT_MILLIS_MAX = 1000;

  /** How long is waited at least between two looks whether members listen, while there is doubt. */
  private static final long LOOK_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /**
   * And how many times as long as a look took: the kernel walks all of its table for one, and who
   * looks all the time takes a third of a core from members that start.
   */
  private static final long LOOK_PAUSE_FACTOR = 10;

  private record Wake(long dueNanos, Connection connection) {}

  private final Diallers diallers;
  private final SeededRandom luck;
  private final Selector selector;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final ExecutorService lookups;
  private final Thread thread;
  private final Map<Way, Rule> rules = new HashMap<>();
  private final Map<Way, Traffic.Counter> counters = new HashMap<>();

  /** What those are told who asked, once all is so. */
  private final List<Runnable> answers = new ArrayList<>();

  private final List<Door> doors = new ArrayList<>();
  private final Set<Connection> connections = new LinkedHashSet<>();
  private final PriorityQueue<Wake> wakes =
      new PriorityQueue<>(Comparator.comparingLong(Wake::dueNanos));
  private int lookupsUnderWay;

  /** When the doors were last as somebody asked for, and when a member last ended a connection. */
  private long tendedNanos = System.nanoTime();

  private long targetEndedNanos = tendedNanos;

  /** When is looked next, if there is doubt. */
  private long lookNanos = tendedNanos;

  private boolean isLooking;
  private boolean isInDoubt;
  private boolean isClosed;
  private volatile @Nullable Throwable failure;

  NetworkLoop(Diallers diallers, long seed) throws IOException {
    this.diallers = diallers;
    this.luck = new SeededRandom(seed);
    this.selector = Selector.open();
    this.lookups = Executors.newSingleThreadExecutor(task -> daemon(task, "chaos-diallers"));
    this.thread = daemon(this::run, "chaos-network");
    thread.start();
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  // For other threads.

  /** What {@code question} says on the network's thread. */
  <T> T ask(Supplier<T> question) {
    if (failure != null) {
      throw new IllegalStateException("the network failed", failure);
    }
    CompletableFuture<T> answer = new CompletableFuture<>();
    tasks.add(
        () -> {
          try {
            T found = question.get();
            answers.add(() -> answer.complete(found));
          } catch (RuntimeException e) {
            answers.add(() -> answer.completeExceptionally(e));
          }
        });
    selector.wakeup();
    try {
      return answer.get(ASK_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException("the network does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** A door before a port of this machine, which is open while somebody listens there. */
  void admit(Door door) {
    ask(
        () -> {
          doors.add(door);
          tend();
          return door;
        });
  }

  /** The loopback address of IPv4, whatever the JDK prefers. */
  static InetAddress loopback() {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  void close() {
    tasks.add(() -> isClosed = true);
    selector.wakeup();
    lookups.shutdownNow();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(ASK_SECONDS_MAX));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // For questions.

  void rule(Way way, Rule rule) {
    rules.put(way, rule);
    tend();
    passAll();
  }

  /** Takes back all rules of {@code ways}, or of all. */
  void heal(Optional<Way> only) {
    only.ifPresentOrElse(rules::remove, rules::clear);
    for (Connection each : connections) {
      each.hurry(only.orElse(each.way()));
      each.hurry(only.orElse(each.way().back()));
    }
    tend();
    passAll();
  }

  private void passAll() {
    List.copyOf(connections).forEach(Connection::pass);
  }

  /** Resets what was dialled this way. */
  void resetDialled(Way way) {
    for (Connection each : List.copyOf(connections)) {
      if (each.way().equals(way)) {
        counter(way).reset();
        each.reset();
      }
    }
  }

  /** Closes the doors to somebody, and resets all connections with it. */
  void dismiss(String name) {
    for (Door door : List.copyOf(doors)) {
      if (door.to().equals(name)) {
        doors.remove(door);
        door.shut();
      }
    }
    rules.keySet().removeIf(way -> way.from().equals(name) || way.to().equals(name));
    for (Connection each : List.copyOf(connections)) {
      if (each.way().from().equals(name) || each.way().to().equals(name)) {
        each.reset();
      }
    }
  }

  Traffic traffic(Way way) {
    Traffic.Counter counter = counters.get(way);
    return counter == null ? Traffic.NONE : counter.seen();
  }

  // The thread.

  private void run() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES_MAX);
    try {
      while (!isClosed) {
        selector.select(waitMillis());
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          task.run();
        }
        answer();
        for (SelectionKey key : selector.selectedKeys()) {
          ready(key, buffer);
        }
        selector.selectedKeys().clear();
        wake();
        if (isInDoubt && !isLooking && System.nanoTime() - lookNanos >= 0) {
          look();
        }
      }
    } catch (IOException | RuntimeException e) {
      failure = e;
    } finally {
      closeAll();
    }
  }

  /**
   * Tells those who asked. The port of a door that was shut is listened at until the selector has
   * looked again: so that comes first.
   */
  private void answer() throws IOException {
    if (!answers.isEmpty()) {
      selector.selectNow();
      answers.forEach(Runnable::run);
      answers.clear();
    }
  }

  private long waitMillis() {
    long now = System.nanoTime();
    Wake next = wakes.peek();
    long nanos = TimeUnit.MILLISECONDS.toNanos(WAIT_MILLIS_MAX);
    if (isInDoubt && !isLooking) {
      nanos = Math.min(nanos, lookNanos - now);
    }
    if (next != null) {
      nanos = Math.min(nanos, next.dueNanos() - now);
    }
    return Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos) + 1);
  }

  private void ready(SelectionKey key, ByteBuffer buffer) {
    if (!key.isValid()) {
      return;
    }
    if (key.attachment() instanceof Connection connection) {
      connection.ready(key, buffer);
    } else if (key.attachment() instanceof Door door) {
      accept(door);
    }
  }

  private void wake() {
    long now = System.nanoTime();
    for (Wake next = wakes.peek(); next != null && next.dueNanos() <= now; next = wakes.peek()) {
      wakes.remove();
      next.connection().woken();
    }
  }

  /** Tends the doors by what is so at this moment, for who asks for something to be so. */
  private void tend() {
    tend(Sockets.listening());
    tendedNanos = System.nanoTime();
    lookNanos = tendedNanos + LOOK_PAUSE_NANOS;
  }

  /** Looks who listens, on the other thread, and tends the doors when that is known. */
  private void look() {
    isLooking = true;
    lookups.execute(
        () -> {
          long began = System.nanoTime();
          Set<Integer> listening = listening();
          long ended = System.nanoTime();
          tasks.add(
              () -> {
                isLooking = false;
                lookNanos = ended + Math.max(LOOK_PAUSE_NANOS, LOOK_PAUSE_FACTOR * (ended - began));
                if (began - tendedNanos >= 0) {
                  tend(listening);
                }
                isInDoubt |= targetEndedNanos - began >= 0;
              });
          selector.wakeup();
        });
  }

  private Set<Integer> listening() {
    try {
      return Sockets.listening();
    } catch (RuntimeException e) {
      failure = e;
      return Set.of();
    }
  }

  /**
   * Opens the doors of those who listen, and shuts those of the others, so that who dials one that
   * is down is refused: to members that is news. Behind a block nobody learns it.
   */
  private void tend(Set<Integer> listening) {
    isInDoubt = false;
    for (Door door : doors) {
      boolean isUp = listening.contains(door.target().getPort());
      if (!isUp && !isBehindBlock(door.to())) {
        door.shut();
      } else if (!door.isOpen()) {
        open(door);
      }
      isInDoubt |= !isUp;
    }
  }

  private boolean isBehindBlock(String name) {
    return rules.entrySet().stream()
        .filter(each -> each.getValue().isBlocked())
        .anyMatch(each -> each.getKey().from().equals(name) || each.getKey().to().equals(name));
  }

  private void open(Door door) {
    try {
      door.open(selector);
    } catch (IOException e) {
      throw new IllegalStateException("cannot listen before " + door.to(), e);
    }
  }

  private void closeAll() {
    doors.forEach(Door::shut);
    List.copyOf(connections).forEach(Connection::reset);
    try {
      selector.close();
    } catch (IOException e) {
      // Nothing of it is used any more.
    }
  }

  private void accept(Door door) {
    try {
      SocketChannel channel = door.accept();
      if (channel == null) {
        return;
      }
      if (connections.size() + lookupsUnderWay >= CONNECTIONS_MAX) {
        Connection.close(channel, true);
      } else if (door.isForPeers()) {
        lookUp(door, channel);
      } else {
        join(door, channel, Optional.of(Way.CLIENT));
      }
    } catch (IOException e) {
      // Who dialled has gone again.
    }
  }

  private void lookUp(Door door, SocketChannel channel) throws IOException {
    InetSocketAddress from = (InetSocketAddress) channel.getRemoteAddress();
    InetSocketAddress to = (InetSocketAddress) channel.getLocalAddress();
    lookupsUnderWay++;
    lookups.execute(
        () -> {
          Optional<String> dialler = find(from, to);
          tasks.add(
              () -> {
                lookupsUnderWay--;
                join(door, channel, dialler);
              });
          selector.wakeup();
        });
  }

  private Optional<String> find(InetSocketAddress from, InetSocketAddress to) {
    try {
      return diallers.find(from, to);
    } catch (RuntimeException e) {
      // Nobody can be told apart any more: whoever asks for something next is told.
      failure = e;
      return Optional.empty();
    }
  }

  private void join(Door door, SocketChannel channel, Optional<String> dialler) {
    if (dialler.isEmpty() || !doors.contains(door)) {
      Connection.close(channel, true);
      return;
    }
    Way way = new Way(dialler.get(), door.to());
    if (rule(way).isCut()) {
      counter(way).dialRefused();
      Connection.close(channel, true);
      return;
    }
    for (Way each : List.of(way, way.back())) {
      if (rule(each).isBlocked()) {
        counter(each).dialHeld();
      }
    }
    try {
      Connection connection = new Connection(this, selector, channel, way, door.target());
      connections.add(connection);
      connection.pass();
    } catch (IOException e) {
      Connection.close(channel, true);
    }
  }

  // For connections.

  @Override
  public Rule rule(Way way) {
    return rules.getOrDefault(way, Rule.NONE);
  }

  @Override
  public Traffic.Counter counter(Way way) {
    return counters.computeIfAbsent(way, each -> new Traffic.Counter());
  }

  @Override
  public long dueNanos(Rule rule) {
    if (!rule.isDelayed()) {
      return Long.MIN_VALUE;
    }
    long jitter =
        rule.jitterNanos() == 0 ? 0 : Math.floorMod(luck.nextLong(), rule.jitterNanos() + 1);
    return System.nanoTime() + rule.delayNanos() + jitter;
  }

  @Override
  public boolean isLost(Rule rule) {
    return rule.resetsPerMillion() > 0 && luck.nextInt(Rule.MILLION) < rule.resetsPerMillion();
  }

  @Override
  public void wakeAt(long dueNanos, Connection connection) {
    wakes.add(new Wake(dueNanos, connection));
  }

  @Override
  public void targetEnded() {
    // It may listen no more, or be about to.
    isInDoubt = true;
    targetEndedNanos = System.nanoTime();
  }

  @Override
  public void closed(Connection connection) {
    connections.remove(connection);
  }
}
