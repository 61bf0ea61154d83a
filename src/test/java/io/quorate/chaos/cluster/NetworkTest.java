package io.quorate.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two members, a and b, that are nothing but sockets of this process. */
class NetworkTest {
  private static final int SILENCE_MILLIS = 300;
  private static final int ANSWER_MILLIS = 20_000;

  private final Map<Integer, String> diallers = new ConcurrentHashMap<>();
  private final List<AutoCloseable> open = new ArrayList<>();
  private Network network;
  private ServerSocket a;
  private ServerSocket b;
  private Network.Doors doorsOfA;
  private Network.Doors doorsOfB;

  @BeforeEach
  void begin() throws IOException {
    network = new Network((from, to) -> Optional.ofNullable(diallers.get(from.getPort())), 1);
    a = listening();
    b = listening();
    doorsOfA = network.admit("a", a.getLocalPort(), a.getLocalPort());
    doorsOfB = network.admit("b", b.getLocalPort(), b.getLocalPort());
  }

  private ServerSocket listening() throws IOException {
    ServerSocket socket = new ServerSocket();
    open.add(socket);
    socket.bind(new InetSocketAddress(NetworkLoop.loopback(), 0));
    socket.setSoTimeout(ANSWER_MILLIS);
    return socket;
  }

  @AfterEach
  void end() throws Exception {
    network.close();
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private Socket dial(String name, int port) throws IOException {
    Socket socket = new Socket();
    open.add(socket);
    socket.bind(new InetSocketAddress(NetworkLoop.loopback(), 0));
    diallers.put(socket.getLocalPort(), name);
    socket.connect(new InetSocketAddress(NetworkLoop.loopback(), port));
    socket.setSoTimeout(ANSWER_MILLIS);
    return socket;
  }

  private Socket accept(ServerSocket member) throws IOException {
    Socket socket = member.accept();
    open.add(socket);
    socket.setSoTimeout(ANSWER_MILLIS);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String receive(Socket socket, int length) throws IOException {
    return new String(socket.getInputStream().readNBytes(length), StandardCharsets.UTF_8);
  }

  private static void assertSilent(Socket socket) throws IOException {
    socket.setSoTimeout(SILENCE_MILLIS);
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    socket.setSoTimeout(ANSWER_MILLIS);
  }

  private static void assertEnded(Socket socket) {
    try {
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("it goes on", e);
    } catch (IOException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
  }

  private static void assertReset(Socket socket) {
    assertThatThrownBy(() -> socket.getInputStream().read()).hasMessageContaining("reset");
  }

  @Test
  void carriesBothWaysAndTheEndOfEach() throws IOException {
    Socket from = dial("a", doorsOfB.peers());
    Socket to = accept(b);
    send(from, "question");
    from.shutdownOutput();
    assertThat(receive(to, 100)).isEqualTo("question");
    send(to, "answer");
    to.close();
    assertThat(receive(from, 100)).isEqualTo("answer");
    assertThat(network.traffic("a", "b").bytesPassed()).isEqualTo(8);
    assertThat(network.traffic("b", "a").bytesPassed()).isEqualTo(6);
  }

  @Test
  void clientsAreThoseAtTheDoorForClients() throws IOException {
    network.block(Way.CLIENT, "b");
    Socket client = dial("a", doorsOfB.clients());
    send(client, "x");
    Awaitility.await().until(() -> network.traffic(Way.CLIENT, "b").dialsHeld() == 1);
    assertThat(network.traffic("a", "b")).isEqualTo(Traffic.NONE);
  }

  @Test
  void blockHoldsOneWayUntilItIsHealed() throws IOException {
    Socket from = dial("a", doorsOfB.peers());
    Socket to = accept(b);
    Socket other = dial("b", doorsOfA.peers());
    Socket otherTo = accept(a);
    network.block("a", "b");
    send(from, "x");
    send(otherTo, "z");
    assertSilent(to);
    assertSilent(other);
    send(to, "y");
    assertThat(receive(from, 1)).isEqualTo("y");
    assertThat(network.traffic("a", "b").bytesHeld()).isEqualTo(2);
    network.heal("a", "b");
    assertThat(receive(to, 1)).isEqualTo("x");
    assertThat(receive(other, 1)).isEqualTo("z");
  }

  @Test
  void whoDialsIntoABlockOfEitherWayComesThroughWhenItIsHealed() throws IOException {
    for (Way way : List.of(new Way("a", "b"), new Way("b", "a"))) {
      network.block(way.from(), way.to());
      Socket from = dial("a", doorsOfB.peers());
      send(from, "x");
      b.setSoTimeout(SILENCE_MILLIS);
      assertThatThrownBy(b::accept).isInstanceOf(SocketTimeoutException.class);
      b.setSoTimeout(ANSWER_MILLIS);
      assertThat(network.traffic(way.from(), way.to()).dialsHeld()).isEqualTo(1);
      network.heal();
      assertThat(receive(accept(b), 1)).isEqualTo("x");
    }
  }

  @Test
  void whoHangsUpBeforeItIsHealedWasNeverThere() throws IOException {
    network.block("a", "b");
    Socket from = dial("a", doorsOfB.peers());
    send(from, "x");
    Awaitility.await().until(() -> network.traffic("a", "b").dialsHeld() == 1);
    from.close();
    Socket later = dial("a", doorsOfB.peers());
    Awaitility.await().until(() -> network.traffic("a", "b").dialsHeld() == 2);
    network.heal();
    send(later, "y");
    assertThat(receive(accept(b), 1)).isEqualTo("y");
  }

  @Test
  void blockHidesThatTheOtherDied() throws IOException {
    Socket from = dial("a", doorsOfB.peers());
    Socket to = accept(b);
    network.block("b", "a");
    to.setSoLinger(true, 0);
    to.close();
    b.close();
    send(from, "x");
    assertSilent(from);
    network.heal();
    assertEnded(from);
  }

  @Test
  void cutEndsAndRefusesWhatOneDialled() throws IOException {
    Socket from = dial("a", doorsOfB.peers());
    accept(b);
    Socket other = dial("b", doorsOfA.peers());
    Socket otherTo = accept(a);
    network.cut("a", "b");
    assertReset(from);
    assertEnded(dial("a", doorsOfB.peers()));
    send(other, "x");
    assertThat(receive(otherTo, 1)).isEqualTo("x");
    assertThat(network.traffic("a", "b").connectionsReset()).isEqualTo(1);
    assertThat(network.traffic("a", "b").dialsRefused()).isEqualTo(1);
    network.heal();
    send(dial("a", doorsOfB.peers()), "y");
    assertThat(receive(accept(b), 1)).isEqualTo("y");
  }

  @Test
  void delayedChunksArriveLateAndInTheirOrder() throws IOException {
    Socket from = dial("a", doorsOfB.peers());
    Socket to = accept(b);
    Duration delay = Duration.ofMillis(200);
    network.delay("a", "b", delay, Duration.ofMillis(50));
    long begin = System.nanoTime();
    for (int i = 0; i < 50; i++) {
      send(from, Integer.toString(i % 10));
    }
    assertThat(receive(to, 50)).isEqualTo("0123456789".repeat(5));
    assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(delay.toNanos());
    assertThat(network.traffic("a", "b").chunksDelayed()).isPositive();
    assertThat(network.traffic("b", "a").chunksDelayed()).isZero();
  }

  @Test
  void healDeliversWhatWasDelayed() throws IOException {
    Socket from = dial("a", doorsOfB.peers());
    Socket to = accept(b);
    network.delay("a", "b", Network.DELAY_MAX, Duration.ZERO);
    send(from, "x");
    Awaitility.await().until(() -> network.traffic("a", "b").chunksDelayed() == 1);
    network.heal();
    assertThat(receive(to, 1)).isEqualTo("x");
  }

  @Test
  void losesConnectionsByChance() throws IOException {
    network.loseConnections("a", "b", 0);
    Socket from = dial("a", doorsOfB.peers());
    Socket to = accept(b);
    send(from, "x");
    assertThat(receive(to, 1)).isEqualTo("x");
    network.loseConnections("a", "b", 1);
    send(to, "y");
    assertThat(receive(from, 1)).isEqualTo("y");
    send(from, "z");
    assertReset(from);
    assertReset(to);
    assertThat(network.traffic("a", "b").connectionsReset()).isEqualTo(1);
  }

  @Test
  void whoSendsMoreThanIsTakenWaits() throws IOException {
    int enough = 64 * 1024 * 1024;
    SocketChannel from = SocketChannel.open();
    open.add(from);
    from.bind(new InetSocketAddress(NetworkLoop.loopback(), 0));
    diallers.put(from.socket().getLocalPort(), "a");
    from.connect(new InetSocketAddress(NetworkLoop.loopback(), doorsOfB.peers()));
    Socket to = accept(b);
    from.configureBlocking(false);
    ByteBuffer data = ByteBuffer.allocate(enough);
    Awaitility.await()
        .during(SILENCE_MILLIS, TimeUnit.MILLISECONDS)
        .until(() -> from.write(data) == 0);
    int sent = data.position();
    assertThat(sent).isBetween(Pipe.BYTES_MAX, enough - 1);
    assertThat(to.getInputStream().readNBytes(sent)).hasSize(sent);
  }

  @Test
  void whoDialsAMemberThatIsDownIsRefused() throws IOException {
    Socket from = dial("a", doorsOfB.peers());
    Socket to = accept(b);
    int port = b.getLocalPort();
    b.close();
    to.close();
    assertEnded(from);
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> dial("a", doorsOfB.peers()))
                    .isInstanceOf(ConnectException.class));
    b = new ServerSocket(port, 1, NetworkLoop.loopback());
    open.add(b);
    Awaitility.await().ignoreExceptions().until(() -> dial("a", doorsOfB.peers()).isConnected());
    accept(b);
  }

  @Test
  void behindABlockNobodyLearnsThatAMemberIsDown() throws IOException {
    b.close();
    // A look at who listens: the door is shut from here on.
    network.heal();
    assertThatThrownBy(() -> dial("a", doorsOfB.peers())).isInstanceOf(ConnectException.class);
    network.block("a", "b");
    Socket from = dial("a", doorsOfB.peers());
    assertSilent(from);
    network.heal();
    assertEnded(from);
  }

  @Test
  void resetAfterTheEndIsPassedOn() throws IOException {
    Socket from = dial("a", doorsOfB.peers());
    Socket to = accept(b);
    from.close();
    assertEnded(to);
    // The dialler does not hear any more: the member is told as soon as it goes on.
    Awaitility.await()
        .untilAsserted(
            () -> assertThatThrownBy(() -> send(to, "x")).isInstanceOf(IOException.class));
  }

  @Test
  void whoCannotBeFoundIsNotLetIn() throws IOException {
    Socket stranger = new Socket(NetworkLoop.loopback(), doorsOfB.peers());
    open.add(stranger);
    stranger.setSoTimeout(ANSWER_MILLIS);
    assertEnded(stranger);
  }

  @Test
  void refusesNamesThatItDoesNotKnow() {
    assertThatThrownBy(() -> network.block("a", "c"))
        .hasMessage("c is not in the network, [client, a, b] are");
    network.dismiss("b");
    assertThatThrownBy(() -> network.cut("a", "b")).hasMessageContaining("b is not in the network");
  }
}
