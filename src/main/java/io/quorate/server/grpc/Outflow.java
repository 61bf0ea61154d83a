package io.quorate.server.grpc;

import io.quorate.base.Check;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.Extension;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.scaladsl.model.HttpRequest;
import org.apache.pekko.http.scaladsl.model.RemoteAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bytes that all answers hold until their clients have read them, and what is done when they
 * grow too many. HTTP/2 lets a client ask for thousands of answers and read none (RFC 9113, section
 * 10.5); each is small, together they are the heap. Up to the budget nobody is restrained. Beyond
 * it a connection that holds more than its share gets no further answer, beyond half as much again
 * nobody does; and the connections that hold most and do not read are closed until the rest fits.
 * Any thread.
 */
final class Outflow implements Extension {
  /** The part of the largest heap that answers may hold. */
  private static final int HEAP_PART = 4;

  /** The part of the budget that a connection may hold when all of it is used up. */
  private static final int SHARE_PART = 16;

  /** An answer up to this size is never refused: most writes are told in less. */
  static final int ALWAYS_BYTES_MAX = 1024;

  /** How long a connection has to show that it reads. */
  static final Duration SWEEP = Duration.ofSeconds(5);

  /** The part of what a connection holds that its client has to read in that time. */
  private static final int READS_PART = 16;

  private static final Logger LOG = LoggerFactory.getLogger(Outflow.class);

  /** The key under which an actor system has one of these. */
  static final class Id extends org.apache.pekko.actor.AbstractExtensionId<Outflow> {
    private static final Id INSTANCE = new Id();

    @Override
    public Outflow createExtension(ExtendedActorSystem system) {
      Outflow outflow =
          new Outflow(Math.max(1 << 20, Runtime.getRuntime().maxMemory() / HEAP_PART));
      system.scheduler().scheduleWithFixedDelay(SWEEP, SWEEP, outflow::sweep, system.dispatcher());
      return outflow;
    }
  }

  private final long bytesMax;
  private final AtomicLong heldBytes = new AtomicLong();
  // Since the last sweep.
  private final AtomicLong refusals = new AtomicLong();
  private final ConcurrentMap<InetSocketAddress, Connection> connections =
      new ConcurrentHashMap<>();

  /** Of the port that the current thread is about to bind. */
  private final ThreadLocal<Optional<Supplier<SSLEngine>>> binding =
      ThreadLocal.withInitial(Optional::empty);

  /**
   * @param bytesMax the budget
   */
  Outflow(long bytesMax) {
    Check.that(bytesMax > 0, "budget of %d bytes", bytesMax);
    this.bytesMax = bytesMax;
  }

  /** The one of {@code system}, for all its ports. */
  static Outflow of(ActorSystem system) {
    return Id.INSTANCE.get(system);
  }

  /**
   * Binds a port whose connections speak TLS with the engines of {@code tls}. Pekko HTTP makes what
   * stands between it and the sockets of a port while it binds that, and tells it nothing.
   */
  <T> T bind(Optional<Supplier<SSLEngine>> tls, Supplier<T> bind) {
    binding.set(tls);
    try {
      return bind.get();
    } finally {
      binding.remove();
    }
  }

  /** Who makes the engines of the port that is being bound; empty without TLS. */
  Optional<Supplier<SSLEngine>> tlsOfBinding() {
    return binding.get();
  }

  /** A connection was accepted. */
  Connection open(InetSocketAddress remote, Runnable abort) {
    Connection connection = new Connection(this, remote, abort);
    connections.put(remote, connection);
    return connection;
  }

  /** A connection is closed. */
  void closed(Connection connection) {
    // Its address may have been taken by the next.
    connections.remove(connection.remote(), connection);
    connection.close();
  }

  /** The connection from {@code remote}; null if it is gone. */
  @Nullable Connection from(InetSocketAddress remote) {
    return connections.get(remote);
  }

  /** The connection by which {@code request} came; null if it is gone. */
  @Nullable Connection connection(HttpRequest request) {
    Object remote = request.getAttribute(AttributeKeys.remoteAddress).orElse(null);
    return remote instanceof RemoteAddress.IP ip
        ? from(new InetSocketAddress(ip.ip(), ip.getPort()))
        : null;
  }

  /** What all answers hold, in bytes. */
  long heldBytes() {
    return heldBytes.get();
  }

  void hold(long bytes) {
    heldBytes.addAndGet(bytes);
  }

  boolean hasRoomFor(Connection connection, int bytes) {
    long all = heldBytes.get() + bytes;
    if (all <= bytesMax || bytes <= ALWAYS_BYTES_MAX) {
      return true;
    }
    boolean room =
        all <= bytesMax + bytesMax / 2 && connection.heldBytes() + bytes <= bytesMax / SHARE_PART;
    if (!room) {
      refusals.incrementAndGet();
    }
    return room;
  }

  /**
   * Closes connections that did not read since the last sweep, those that hold most first, while
   * all hold too much. To be called each {@link #SWEEP}, by one thread at a time.
   */
  void sweep() {
    List<Connection> stalled = new ArrayList<>();
    for (Connection connection : connections.values()) {
      if (!connection.readsOn(READS_PART)) {
        stalled.add(connection);
      }
    }
    long refused = refusals.getAndSet(0);
    if (refused > 0) {
      LOG.warn(
          "refused {} answers, since clients do not read {} bytes of others",
          refused,
          heldBytes.get());
    }
    long surplus = heldBytes.get() - bytesMax + bytesMax / SHARE_PART;
    if (surplus <= 0) {
      return;
    }
    stalled.sort(Comparator.comparingLong(Connection::heldBytes).reversed());
    for (Connection connection : stalled) {
      if (surplus <= 0) {
        return;
      }
      long held = connection.heldBytes();
      surplus -= held;
      LOG.warn(
          "closing the connection of {}: its answers of {} bytes are not read",
          connection.remote(),
          held);
      connection.abort();
    }
  }
}
