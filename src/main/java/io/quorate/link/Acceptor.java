package io.quorate.link;

import io.quorate.base.Bytes;
import io.quorate.link.Preface.Refusal;
import io.quorate.raft.Message;
import io.quorate.tls.Tls;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.scaladsl.Framing;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connections that others open to this member. Safe for threads. */
final class Acceptor {
  private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);

  private final long cluster;
  private final long member;
  private final LinkTiming timing;
  private final LinkListener listener;
  private final RefusalLog refusals;
  private final OpenConnections open;
  private final PeerMetrics metrics;
  private final Map<Long, Set<Guest>> guests = new HashMap<>();
  // Those that have not said yet who they are, the oldest first.
  private final Set<Guest> opening = new LinkedHashSet<>();
  private int transfers;

  /** An accepted connection. */
  private static final class Guest {
    private final SharedKillSwitch kill = KillSwitches.shared("guest");
    private @Nullable Preface preface;
    private PeerTraffic traffic = new PeerTraffic();
  }

  Acceptor(
      PeerLinks.Settings settings,
      LinkListener listener,
      RefusalLog refusals,
      OpenConnections open,
      PeerMetrics metrics) {
    this.cluster = settings.clusterId();
    this.member = settings.memberId();
    this.timing = settings.timing();
    this.listener = listener;
    this.refusals = refusals;
    this.open = open;
    this.metrics = metrics;
  }

  /** What speaks with the one that has connected from {@code remote}. */
  Flow<ByteString, ByteString, NotUsed> accept(InetSocketAddress remote) {
    String address = remote.getAddress().getHostAddress();
    Guest guest = new Guest();
    crowd(address, guest);
    Flow<ByteString, ByteString, NotUsed> speak =
        Flow.of(ByteString.class)
            .via(new Opening(timing, () -> {}))
            .flatMapPrefix(1, first -> first(address, guest, first))
            .via(guest.kill.flow());
    return open.track(speak, guest.kill::shutdown, (done, error) -> ended(address, guest, error));
  }

  private void crowd(String address, Guest guest) {
    Guest oldest;
    synchronized (this) {
      opening.add(guest);
      oldest = opening.size() > LinkLimits.OPENING_MAX ? opening.iterator().next() : null;
      if (oldest != null) {
        opening.remove(oldest);
      }
    }
    if (oldest != null) {
      oldest.kill.shutdown();
      String text = "more than " + LinkLimits.OPENING_MAX + " that do not say who they are";
      refusals.refusedHere(address, new RefusedException(Refusal.CROWDED, text));
    }
  }

  private synchronized void settled(Guest guest) {
    opening.remove(guest);
  }

  private Flow<ByteString, ByteString, NotUsed> first(
      String address, Guest guest, List<ByteString> first) {
    settled(guest);
    if (first.isEmpty()) {
      // Whoever only looks whether the port is open says nothing and is not worth a line.
      return Flow.fromSinkAndSourceCoupled(Sink.ignore(), Source.empty());
    }
    Preface preface;
    try {
      preface = Preface.decode(Bytes.wrap(first.get(0).toArrayUnsafe()));
      check(preface);
      admit(preface, guest);
    } catch (RefusedException refused) {
      refusals.refusedHere(address, refused);
      if (refused.refusal() == Refusal.NOT_A_PEER) {
        return Flow.fromSinkAndSourceCoupled(Sink.ignore(), Source.empty());
      }
      return Flow.fromSinkAndSourceCoupled(
          Sink.ignore(), Source.single(Frames.of(Preface.refused(refused))));
    }
    int bytesMax =
        preface.isOfStranger() ? LinkLimits.STRANGER_BYTES_MAX : preface.lane().payloadBytesMax();
    return Frames.cut(bytesMax)
        .via(lane(preface, guest.traffic))
        .prepend(Source.single(Frames.of(Preface.accepted())));
  }

  private void check(Preface preface) {
    if (preface.isOfStranger()) {
      if (preface.lane() != Lane.ASK) {
        throw new RefusedException(Refusal.LANE, "strangers may only ask");
      }
    } else if (preface.cluster() != cluster) {
      throw new RefusedException(
          Refusal.CLUSTER, "cluster id is " + hex(cluster) + ", not " + hex(preface.cluster()));
    } else if (preface.receiver() != member) {
      throw new RefusedException(
          Refusal.MEMBER, "member id is " + hex(member) + ", not " + hex(preface.receiver()));
    } else if (!listener.admits(preface.sender())) {
      throw new RefusedException(
          Refusal.SENDER, "not a member of the cluster: " + hex(preface.sender()));
    }
  }

  private static String hex(long id) {
    return Long.toHexString(id);
  }

  private void admit(Preface preface, Guest guest) {
    if (open.count() > LinkLimits.CONNECTIONS_MAX) {
      throw new RefusedException(Refusal.CROWDED, "more than " + LinkLimits.CONNECTIONS_MAX);
    }
    synchronized (this) {
      if (preface.lane() == Lane.BULK) {
        if (transfers >= LinkLimits.TRANSFERS_MAX) {
          throw new RefusedException(Refusal.CROWDED, "too many transfers at a time");
        }
        transfers++;
      }
      guest.preface = preface;
      if (!preface.isOfStranger()) {
        guest.traffic = metrics.of(preface.sender());
      }
      Set<Guest> ofSender = guests.computeIfAbsent(preface.sender(), id -> new HashSet<>());
      if (preface.lane() == Lane.CONSENSUS) {
        ofSender.stream().filter(Acceptor::isOfConsensus).forEach(old -> old.kill.shutdown());
      }
      ofSender.add(guest);
    }
  }

  private static boolean isOfConsensus(Guest guest) {
    return guest.preface != null && guest.preface.lane() == Lane.CONSENSUS;
  }

  private Flow<ByteString, ByteString, NotUsed> lane(Preface preface, PeerTraffic traffic) {
    Duration keepAlive = timing.keepAlive();
    SendQueue queue = new SendQueue();
    return switch (preface.lane()) {
      case CONSENSUS ->
          Frames.through(
              new WireStage(
                  queue, frame -> onMessage(preface, frame, traffic), keepAlive, traffic));
      case ASK -> {
        AskServer server = new AskServer(preface, listener, queue);
        yield Frames.through(new WireStage(queue, server::onFrame, keepAlive, traffic));
      }
      case BULK -> Transfers.receiver(preface.sender(), listener, keepAlive, traffic);
    };
  }

  private void onMessage(Preface preface, ByteString frame, PeerTraffic traffic) {
    Message message = MessageCodec.decode(Frames.reader(frame));
    if (message.from() != preface.sender() || message.to() != member) {
      throw new RefusedException(
          Refusal.MESSAGE,
          "message from "
              + hex(message.from())
              + " to "
              + hex(message.to())
              + " on the link of "
              + hex(preface.sender()));
    }
    if (message.kind() == Message.Kind.HEARTBEAT_REPLY) {
      traffic.answered(System.nanoTime());
    }
    listener.onMessage(message);
  }

  private void ended(String address, Guest guest, @Nullable Throwable error) {
    settled(guest);
    synchronized (this) {
      Preface preface = guest.preface;
      if (preface != null) {
        Set<Guest> ofSender = guests.get(preface.sender());
        if (ofSender != null && ofSender.remove(guest) && ofSender.isEmpty()) {
          guests.remove(preface.sender());
        }
        transfers -= preface.lane() == Lane.BULK ? 1 : 0;
        if (error != null) {
          guest.traffic.receivedFailures.increment();
        }
      }
    }
    Throwable cause = Dialler.cause(error);
    if (cause instanceof RefusedException refused) {
      refusals.refusedHere(address, refused);
    } else if (cause instanceof IllegalArgumentException
        || cause instanceof Framing.FramingException) {
      refusals.refusedHere(address, new RefusedException(Refusal.MESSAGE, Dialler.text(cause)));
    } else if (cause instanceof SSLException) {
      refusals.refusedHere(address, new RefusedException(Refusal.TLS, Tls.text(cause)));
    } else if (cause != null) {
      LOG.debug("link from {} ended: {}", address, Dialler.text(cause));
    }
  }

  /** Ends the connections that {@code sender} has opened. */
  synchronized void dismiss(long sender) {
    Set<Guest> ofSender = guests.get(sender);
    if (ofSender != null) {
      ofSender.forEach(guest -> guest.kill.shutdown());
    }
  }
}
