package io.quorate.link;

import static org.awaitility.Awaitility.await;

import io.quorate.base.Bytes;
import io.quorate.raft.Message;
import io.quorate.tls.Tls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.stream.javadsl.Source;

/** A member that writes down what it is told. */
final class TestMember implements LinkListener, AutoCloseable {
  static final long CLUSTER = 0xc1;
  static final Duration PATIENCE = Duration.ofSeconds(20);

  /** A question as it came. */
  record Asked(long from, int kind, Bytes request) {}

  /** A transfer as it came. */
  record Transferred(long from, Bytes header, Source<Bytes, NotUsed> chunks) {}

  final long id;
  final ConcurrentLinkedQueue<Message> messages = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
  final Set<Long> banned = ConcurrentHashMap.newKeySet();
  final PeerLinks links;
  private final boolean tls;
  volatile Function<Asked, CompletionStage<Bytes>> answer =
      asked -> CompletableFuture.completedFuture(asked.request());
  volatile Function<Transferred, CompletionStage<Bytes>> receive =
      transfer -> CompletableFuture.failedFuture(new IllegalStateException("not wanted"));

  TestMember(ActorSystem system, long id) {
    this(system, CLUSTER, id, 0, LinkTiming.DEFAULT);
  }

  TestMember(ActorSystem system, long cluster, long id, int port, LinkTiming timing) {
    this(system, new PeerLinks.Settings(cluster, id, List.of(at(port, false)), timing, Tls.none()));
  }

  TestMember(ActorSystem system, PeerLinks.Settings settings) {
    this.id = settings.memberId();
    this.tls = settings.listen().get(0).tls();
    this.links = PeerLinks.bind(system, settings, this).toCompletableFuture().join();
  }

  /** A member that listens with TLS. */
  static TestMember ofTls(ActorSystem system, long id, LinkTiming timing, Tls tls) {
    return new TestMember(
        system, new PeerLinks.Settings(CLUSTER, id, List.of(at(0, true)), timing, tls));
  }

  static PeerLinks.Endpoint at(int port, boolean tls) {
    return new PeerLinks.Endpoint(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), tls);
  }

  int port() {
    return links.addresses().get(0).getPort();
  }

  String url() {
    return (tls ? "https" : "http") + "://127.0.0.1:" + port();
  }

  /** Dials {@code other} and waits until the link is open. */
  void connect(TestMember other) {
    links.connect(other.id, List.of(other.url()));
    awaitUp(other.id);
  }

  void awaitUp(long member) {
    await().atMost(PATIENCE).until(() -> !links.connectedFor(member).isZero());
  }

  @Override
  public boolean admits(long member) {
    return !banned.contains(member);
  }

  @Override
  public void onMessage(Message message) {
    messages.add(message);
  }

  @Override
  public void onUp(long member) {
    events.add("up " + member);
  }

  @Override
  public void onDown(long member, boolean refused) {
    events.add("down " + member + (refused ? " refused" : ""));
  }

  @Override
  public CompletionStage<Bytes> onAsk(long from, int kind, Bytes request) {
    return answer.apply(new Asked(from, kind, request));
  }

  @Override
  public boolean answersStrangers(int kind) {
    return kind == 1;
  }

  @Override
  public CompletionStage<Bytes> onTransfer(long from, Bytes header, Source<Bytes, NotUsed> chunks) {
    return receive.apply(new Transferred(from, header, chunks));
  }

  @Override
  public void close() {
    links.close().toCompletableFuture().join();
  }
}
