package io.quorate.link;

import io.quorate.base.Bytes;
import io.quorate.base.Check;
import io.quorate.raft.Message;
import io.quorate.tls.Tls;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.SystemMaterializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.Tcp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The links of one member: the addresses it listens at, and for each other member a connection of
 * consensus, which is dialled again whenever it breaks, one of questions once somebody asks, and
 * one for each transfer. What this member sends travels on the connections it has dialled; what
 * others send, on those that they have. All methods are safe for threads, and none blocks.
 */
public final class PeerLinks {
  /** How long {@link #close} waits for connections to end. */
  static final Duration CLOSE = Duration.ofMillis(900);

  private static final Logger LOG = LoggerFactory.getLogger(PeerLinks.class);

  /** Why those refused who are asked by somebody who is no member; he may ask again and again. */
  private static final RefusalLog STRANGER_REFUSALS = new RefusalLog(System::nanoTime);

  /**
   * Where a member listens.
   *
   * @param address port 0 is one that the system chooses
   * @param tls whether all bytes there travel in TLS
   */
  public record Endpoint(InetSocketAddress address, boolean tls) {}

  /**
   * Who this is and where it listens.
   *
   * @param clusterId not 0
   * @param memberId not 0
   * @param listen none with TLS unless {@link Tls#canListen}
   * @param timing how long links wait
   * @param tls what those use who speak TLS
   */
  public record Settings(
      long clusterId, long memberId, List<Endpoint> listen, LinkTiming timing, Tls tls) {
    /** Copies the list. */
    public Settings {
      listen = List.copyOf(listen);
      Check.that(
          tls.canListen() || listen.stream().noneMatch(Endpoint::tls), "TLS without certificate");
    }
  }

  /** One other member. */
  private record Peer(MemberLink link, AskLink asks, PeerTraffic traffic) {}

  private final Settings settings;
  private final ActorSystem system;
  private final Transport transport;
  private final LinkListener listener;
  private final OpenConnections open = new OpenConnections();
  private final Dialler dialler;
  private final Acceptor acceptor;
  private final PeerMetrics metrics;
  private final Map<Long, Peer> peers = new ConcurrentHashMap<>();
  private final List<Tcp.ServerBinding> bindings = new ArrayList<>();
  private @Nullable CompletionStage<Void> closed;

  private PeerLinks(ActorSystem system, Settings settings, LinkListener listener) {
    this.system = system;
    this.settings = settings;
    this.listener = listener;
    this.transport = new Transport(system, settings.tls());
    RefusalLog refusals = new RefusalLog(System::nanoTime);
    this.dialler = new Dialler(transport, materializer(system), settings.timing(), refusals, open);
    this.metrics = new PeerMetrics(settings.memberId());
    this.acceptor = new Acceptor(settings, listener, refusals, open, metrics);
  }

  private static Materializer materializer(ActorSystem system) {
    return SystemMaterializer.get(system).materializer();
  }

  /**
   * Listens. The stage fails, and nothing stays bound, if one of the addresses cannot be bound.
   *
   * @param listener told from now on what others say
   */
  public static CompletionStage<PeerLinks> bind(
      ActorSystem system, Settings settings, LinkListener listener) {
    PeerLinks links = new PeerLinks(system, settings, listener);
    return links
        .bindFrom(0)
        .handle(
            (done, error) ->
                error == null
                    ? CompletableFuture.completedFuture(links)
                    : links
                        .close()
                        .<PeerLinks>thenCompose(v -> CompletableFuture.failedFuture(error)))
        .thenCompose(stage -> stage);
  }

  private CompletionStage<Done> bindFrom(int index) {
    if (index == settings.listen().size()) {
      return CompletableFuture.completedFuture(Done.getInstance());
    }
    Materializer materializer = materializer(system);
    Endpoint endpoint = settings.listen().get(index);
    return transport
        .bind(endpoint.address())
        .to(
            Sink.foreach(
                connection ->
                    transport
                        .accept(endpoint, connection)
                        .join(acceptor.accept(connection.remoteAddress()))
                        .run(materializer)))
        .run(materializer)
        .thenCompose(
            binding -> {
              synchronized (this) {
                bindings.add(binding);
              }
              return bindFrom(index + 1);
            });
  }

  /** The addresses that were bound, in the order of the settings. */
  public synchronized List<InetSocketAddress> addresses() {
    return bindings.stream().map(Tcp.ServerBinding::localAddress).toList();
  }

  /**
   * Keeps a link to {@code member} from now on, at {@code peerUrls}, which are tried in turn. Other
   * URLs than before make it dial anew.
   *
   * @param peerUrls each {@code http://host:port} or {@code https://host:port}, at least one;
   *     others throw {@link IllegalArgumentException}
   */
  public void connect(long member, List<String> peerUrls) {
    List<PeerUrl> urls = PeerUrl.of(peerUrls);
    if (urls.isEmpty()) {
      throw new IllegalArgumentException("no URL of member " + Long.toHexString(member));
    }
    Peer peer;
    synchronized (this) {
      if (closed != null) {
        return;
      }
      peer = peers.computeIfAbsent(member, this::peer);
      peer.asks().close();
      peer.link().connect(urls);
    }
    peer.link().tell();
  }

  private Peer peer(long member) {
    PeerTraffic traffic = metrics.of(member);
    Preface consensus = preface(Lane.CONSENSUS, member);
    MemberLink link = new MemberLink(member, consensus, system, dialler, new Told(), traffic);
    Preface ask = preface(Lane.ASK, member);
    return new Peer(link, new AskLink(ask, link::urls, system, dialler, traffic), traffic);
  }

  private Preface preface(Lane lane, long receiver) {
    return new Preface(lane, settings.clusterId(), settings.memberId(), receiver);
  }

  /** Ends all connections to and from {@code member}, and dials it no more. */
  public void disconnect(long member) {
    Peer peer;
    synchronized (this) {
      peer = peers.get(member);
      if (peer != null) {
        peer.asks().close();
        peer.link().connect(List.of());
      }
    }
    if (peer != null) {
      peer.link().tell();
    }
    acceptor.dismiss(member);
    metrics.forget(member);
  }

  /**
   * Sends {@code message} to its receiver. It is dropped if there is no link, the link is down, or
   * too much waits for it; appends and proposals never take the room of others.
   */
  public void send(Message message) {
    Peer peer = peers.get(message.to());
    if (peer != null) {
      SendQueue.OfMessage frame = frame(message, peer);
      if (frame != null) {
        peer.link().send(List.of(frame));
      }
    }
  }

  /** Sends {@code messages} as {@link #send(Message)} does, those of one receiver together. */
  public void send(List<Message> messages) {
    if (messages.size() == 1) {
      send(messages.get(0));
      return;
    }
    Map<Long, List<SendQueue.OfMessage>> frames = new LinkedHashMap<>();
    for (Message message : messages) {
      Peer peer = peers.get(message.to());
      if (peer != null) {
        SendQueue.OfMessage frame = frame(message, peer);
        if (frame != null) {
          frames.computeIfAbsent(message.to(), id -> new ArrayList<>()).add(frame);
        }
      }
    }
    frames.forEach(
        (member, batch) -> {
          Peer peer = peers.get(member);
          if (peer != null) {
            peer.link().send(batch);
          }
        });
  }

  /** What is sent of {@code message}; null, and counted, if it cannot be. */
  private static SendQueue.@Nullable OfMessage frame(Message message, Peer peer) {
    if (!peer.link().isOpen()) {
      peer.traffic().sentFailures.increment();
      return null;
    }
    int bytes = MessageCodec.sizeBytes(message);
    if (bytes > LinkLimits.MESSAGE_BYTES_MAX) {
      LOG.error("message {} of {} bytes is never sent", message.kind(), bytes);
      return null;
    }
    if (message.kind() == Message.Kind.HEARTBEAT) {
      peer.traffic().asked(System.nanoTime());
    }
    return new SendQueue.OfMessage(message, bytes);
  }

  /** How long the link to {@code member} has been open without a break; zero while it is not. */
  public Duration connectedFor(long member) {
    Peer peer = peers.get(member);
    return peer == null ? Duration.ZERO : peer.link().connectedFor();
  }

  /**
   * Asks {@code member}, which must be connected. Fails with {@link LinkException}; at most {@link
   * LinkLimits#ASKS_MAX} questions wait for one member.
   */
  public CompletionStage<Bytes> ask(long member, int kind, Bytes request, Duration timeout) {
    Peer peer = peers.get(member);
    return peer == null ? unknown(member) : peer.asks().ask(kind, request, timeout);
  }

  private static CompletionStage<Bytes> unknown(long member) {
    return CompletableFuture.failedFuture(
        new LinkException(
            LinkException.Reason.UNREACHABLE, "no such member: " + Long.toHexString(member)));
  }

  /**
   * Asks whoever listens at {@code peerUrl} on behalf of somebody who is no member yet. Fails with
   * {@link LinkException}.
   */
  public static CompletionStage<Bytes> askUrl(
      ActorSystem system, Tls tls, String peerUrl, int kind, Bytes request, Duration timeout) {
    List<PeerUrl> urls = List.of(PeerUrl.of(peerUrl));
    Dialler dialler =
        new Dialler(
            new Transport(system, tls),
            materializer(system),
            LinkTiming.DEFAULT,
            STRANGER_REFUSALS,
            new OpenConnections());
    AskLink asks =
        new AskLink(Preface.ofStranger(), () -> urls, system, dialler, new PeerTraffic());
    CompletionStage<Bytes> stage = asks.ask(kind, request, timeout);
    stage.whenComplete((answer, error) -> asks.close());
    return stage;
  }

  /**
   * Sends {@code header} and {@code chunks} to {@code member}, which must be connected, on a
   * connection of their own; each is at most {@link LinkLimits#CHUNK_BYTES_MAX} bytes. Chunks are
   * taken from their source no faster than the other side takes them, and not at all if there is no
   * connection. The stage is the verdict; it fails with {@link LinkException}, whose cause is what
   * {@code chunks} fails with.
   */
  public CompletionStage<Bytes> transfer(long member, Bytes header, Source<Bytes, ?> chunks) {
    Peer peer = peers.get(member);
    if (peer == null) {
      return unknown(member);
    }
    CompletableFuture<Bytes> verdict = new CompletableFuture<>();
    Duration keepAlive = settings.timing().keepAlive();
    dialler
        .dialAny(
            peer.link().urls(),
            preface(Lane.BULK, member),
            () -> Transfers.sender(header, counted(chunks, peer), verdict, keepAlive))
        .whenComplete(
            (done, error) -> {
              Throwable cause = Dialler.cause(error);
              verdict.completeExceptionally(
                  cause != null
                      ? cause
                      : new LinkException(LinkException.Reason.BROKEN, "closed without a verdict"));
            });
    return peer.traffic().sending.follow(verdict);
  }

  private static Source<Bytes, ?> counted(Source<Bytes, ?> chunks, Peer peer) {
    return chunks.map(
        chunk -> {
          peer.traffic().sentBytes.add(chunk.size());
          return chunk;
        });
  }

  /** What goes between this member and the others. */
  public PeerMetrics metrics() {
    return metrics;
  }

  /** Unbinds and ends all connections; completes within a second. */
  public CompletionStage<Void> close() {
    List<Peer> all;
    CompletionStage<Void> stage;
    synchronized (this) {
      all = List.copyOf(peers.values());
      all.forEach(peer -> peer.link().connect(List.of()));
      if (closed == null) {
        closed = closeOnce();
      }
      stage = closed;
    }
    all.forEach(peer -> peer.link().tell());
    return stage;
  }

  private CompletionStage<Void> closeOnce() {
    CompletableFuture<?>[] unbound =
        bindings.stream()
            .map(binding -> binding.unbind().toCompletableFuture())
            .toArray(CompletableFuture<?>[]::new);
    // First nobody listens: whoever loses its connection sees at once that this member is gone.
    return CompletableFuture.allOf(unbound)
        .handle((all, failure) -> open.close())
        .thenCompose(stage -> stage)
        .thenAccept(done -> {})
        .completeOnTimeout(null, CLOSE.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Tells the listener, and forgets who was disconnected. */
  private final class Told implements MemberLink.Owner {
    @Override
    public void onUp(long member) {
      listener.onUp(member);
    }

    @Override
    public void onDown(long member, boolean refused) {
      listener.onDown(member, refused);
    }

    @Override
    public void onStopped(long member) {
      synchronized (PeerLinks.this) {
        Peer peer = peers.get(member);
        if (peer != null && peer.link().urls().isEmpty()) {
          peers.remove(member);
        }
      }
    }
  }
}
