package io.quorate.chaos.cluster;

import io.quorate.chaos.cluster.Pipe.Chunk;
import io.quorate.chaos.cluster.Pipe.Kind;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * One connection through the network: the socket of who dialled, the one towards whom was dialled,
 * and a {@link Pipe} each way. For the network's thread.
 *
 * <p>The target is dialled once neither way is blocked, as no handshake comes to its end before. A
 * dialler that leaves earlier was never there. Once dialled, all that an end says arrives in its
 * order or not at all, a reset as well: who is cut off does not learn that the other one died. What
 * arrives at an end that is gone is dropped.
 */
final class Connection {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** What a connection needs of the network around it. */
  interface Weather {
    Rule rule(Way way);

    Traffic.Counter counter(Way way);

    /** When a chunk that is sent now on this way is to arrive. */
    long dueNanos(Rule rule);

    /** Whether a chunk that was sent on this way is the end of its connection. */
    boolean isLost(Rule rule);

    /** Asks for {@link Connection#woken} at a time. */
    void wakeAt(long dueNanos, Connection connection);

    /** The member that was dialled has ended a connection, or did not take it. */
    void targetEnded();

    void closed(Connection connection);
  }

  private static final class Side {
    final SocketChannel channel;
    final Pipe in;
    final Pipe out;
    @Nullable SelectionKey key;
    boolean isGone;

    Side(SocketChannel channel, Pipe in, Pipe out) {
      this.channel = channel;
      this.in = in;
      this.out = out;
    }
  }

  private final Weather weather;
  private final Selector selector;
  private final InetSocketAddress address;
  private final Side dialler;
  private final Side target;
  private long wakeNanos = Long.MAX_VALUE;
  private boolean isDialled;
  private boolean isClosed;

  /**
   * Takes a connection that was accepted.
   *
   * @param way from who dialled to whom was dialled
   * @param address where that one listens
   */
  Connection(
      Weather weather,
      Selector selector,
      SocketChannel accepted,
      Way way,
      InetSocketAddress address)
      throws IOException {
    this.weather = weather;
    this.selector = selector;
    this.address = address;
    Pipe there = new Pipe(way);
    Pipe back = new Pipe(way.back());
    this.dialler = new Side(accepted, there, back);
    this.target = new Side(SocketChannel.open(), back, there);
    for (Side side : new Side[] {dialler, target}) {
      side.channel.configureBlocking(false);
      side.channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
    dialler.key = accepted.register(selector, 0, this);
  }

  /** From who dialled to whom was dialled. */
  Way way() {
    return dialler.in.way();
  }

  /** Does what its sockets are ready for. */
  void ready(SelectionKey key, ByteBuffer buffer) {
    Side side = key == dialler.key ? dialler : target;
    try {
      if (key.isConnectable()) {
        side.channel.finishConnect();
      }
      if (key.isReadable()) {
        read(side, buffer);
      }
    } catch (IOException e) {
      gone(side);
    }
    pass();
  }

  private void read(Side side, ByteBuffer buffer) throws IOException {
    if (!side.in.hasRoom()) {
      return;
    }
    buffer.clear();
    int length = side.channel.read(buffer);
    Rule rule = weather.rule(side.in.way());
    if (length < 0) {
      ended(side, Kind.END);
      return;
    }
    long due = weather.dueNanos(rule);
    Traffic.Counter counter = weather.counter(side.in.way());
    if (weather.isLost(rule)) {
      counter.reset();
      reset();
      return;
    }
    if (rule.isDelayed()) {
      counter.delayed();
    }
    byte[] data = new byte[length];
    buffer.flip().get(data);
    side.in.add(Kind.DATA, ByteBuffer.wrap(data), due);
  }

  /** Passes on what may arrive by now, as far as the sockets take it. */
  void pass() {
    if (isClosed) {
      return;
    }
    if (!isDialled) {
      dial();
    }
    for (Side side : new Side[] {target, dialler}) {
      if (!isClosed) {
        deliver(side);
      }
    }
    if (!isClosed) {
      settle();
    }
  }

  private void dial() {
    if (dialler.in.isEnded()) {
      reset();
      return;
    }
    if (weather.rule(way()).isBlocked() || weather.rule(way().back()).isBlocked()) {
      return;
    }
    isDialled = true;
    try {
      target.key = target.channel.register(selector, 0, this);
      target.channel.connect(address);
    } catch (IOException e) {
      gone(target);
    }
  }

  private void deliver(Side to) {
    Pipe pipe = to.out;
    boolean goesOn = true;
    try {
      while (goesOn) {
        Chunk head = pipe.head();
        goesOn = head != null && isDue(pipe, head) && deliver(to, head);
      }
    } catch (IOException e) {
      gone(to);
    }
  }

  private boolean isDue(Pipe pipe, Chunk head) {
    if (weather.rule(pipe.way()).isBlocked()) {
      weather.counter(pipe.way()).held(pipe.newlyHeld());
      return false;
    }
    if (head.dueNanos() > System.nanoTime()) {
      wakeAt(head.dueNanos());
      return false;
    }
    return true;
  }

  /** Whether there may be more to deliver. */
  private boolean deliver(Side to, Chunk head) throws IOException {
    if (head.kind == Kind.RESET) {
      reset();
      return false;
    }
    if (to.isGone) {
      to.out.drop();
      return true;
    }
    if (!to.channel.isConnected()) {
      return false;
    }
    if (head.kind == Kind.END) {
      to.channel.shutdownOutput();
      to.out.drop();
      return true;
    }
    int written = to.channel.write(head.data);
    weather.counter(to.out.way()).passed(written);
    to.out.passed(written);
    return !head.data.hasRemaining();
  }

  private void wakeAt(long dueNanos) {
    if (dueNanos < wakeNanos) {
      wakeNanos = dueNanos;
      weather.wakeAt(dueNanos, this);
    }
  }

  /** {@link #pass}, at the time that was asked for. */
  void woken() {
    wakeNanos = Long.MAX_VALUE;
    pass();
  }

  /** The socket of a side failed, which the other side learns in its turn. */
  private void gone(Side side) {
    if (!side.isGone && !isClosed) {
      side.isGone = true;
      close(side.channel, true);
      ended(side, Kind.RESET);
      wakeAt(System.nanoTime());
    }
  }

  private void ended(Side side, Kind how) {
    if (side == target) {
      weather.targetEnded();
    }
    side.in.add(how, NOTHING, weather.dueNanos(weather.rule(side.in.way())));
  }

  /** Says what to wait for, or that all was said. */
  private void settle() {
    if (isDone(dialler) && isDone(target)) {
      isClosed = true;
      close(dialler.channel, false);
      close(target.channel, false);
      weather.closed(this);
      return;
    }
    interest(dialler);
    interest(target);
  }

  private static boolean isDone(Side side) {
    return side.in.isEnded() && side.in.isEmpty();
  }

  private void interest(Side side) {
    SelectionKey key = side.key;
    if (key == null || !key.isValid()) {
      return;
    }
    int ops = side.in.hasRoom() && side.channel.isConnected() ? SelectionKey.OP_READ : 0;
    if (side.channel.isConnectionPending()) {
      ops = SelectionKey.OP_CONNECT;
    } else if (isWaitingToWrite(side)) {
      ops |= SelectionKey.OP_WRITE;
    }
    key.interestOps(ops);
  }

  private boolean isWaitingToWrite(Side side) {
    Chunk head = side.out.head();
    return head != null
        && head.kind == Kind.DATA
        && !weather.rule(side.out.way()).isBlocked()
        && head.dueNanos() <= System.nanoTime();
  }

  /** Lets everything that is under way this way arrive as soon as it may. */
  void hurry(Way way) {
    for (Pipe pipe : new Pipe[] {dialler.in, dialler.out}) {
      if (pipe.way().equals(way)) {
        pipe.hurry();
      }
    }
  }

  /** Ends both sides at once, and what is under way is lost. */
  void reset() {
    if (!isClosed) {
      isClosed = true;
      close(dialler.channel, true);
      close(target.channel, true);
      weather.closed(this);
    }
  }

  /** Closes a socket; with a reset its other end is told that something went wrong. */
  static void close(SocketChannel channel, boolean withReset) {
    try {
      if (withReset && channel.isConnected()) {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
    } catch (IOException e) {
      // Its other end has gone: nobody is left to be told.
    }
    try {
      channel.close();
    } catch (IOException e) {
      // Closed is closed.
    }
  }
}
