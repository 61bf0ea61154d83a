package io.quorate.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.quorate.base.Bytes;
import io.quorate.raft.Message;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.apache.pekko.actor.ActorSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StrangersTest {
  private static final LinkTiming IMPATIENT =
      new LinkTiming(
          Duration.ofMillis(50),
          Duration.ofMillis(200),
          Duration.ofSeconds(1),
          Duration.ofMillis(300),
          Duration.ofMillis(200),
          Duration.ofSeconds(5),
          LinkTiming.DEFAULT.probe());

  private static ActorSystem system;

  @BeforeAll
  static void start() {
    system = ActorSystem.create("strangers");
  }

  @AfterAll
  static void stop() {
    system.terminate();
  }

  private static byte[] http() {
    String text =
        "GET /raft/stream/message/8e9e05c52164694d HTTP/1.1\r\nHost: 127.0.0.1:2380\r\n"
            + "X-Etcd-Cluster-Id: cdf818194e3a8c32\r\n\r\n";
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Two members whose link has to bear what is done to one of them. */
  private static void undisturbed(String reason, Attack attack) throws IOException {
    try (LogTap log = new LogTap();
        TestMember a = new TestMember(system, TestMember.CLUSTER, 1, 0, IMPATIENT);
        TestMember b = new TestMember(system, TestMember.CLUSTER, 2, 0, IMPATIENT)) {
      a.connect(b);
      try (Socket socket = Raw.open(b)) {
        attack.on(socket);
      }
      // A second one, who is not worth a second line.
      try (Socket socket = Raw.open(b)) {
        attack.on(socket);
      }
      Message message = new Message.Heartbeat(1, 2, 3, 4, 5);
      a.links.send(message);
      await().atMost(TestMember.PATIENCE).until(() -> !b.messages.isEmpty());
      assertThat(b.messages).containsExactly(message);
      assertThat(a.events).containsExactly("up 2");
      await().atMost(TestMember.PATIENCE).until(() -> !log.lines().isEmpty());
      assertThat(log.lines()).containsExactly("refused a link from 127.0.0.1: " + reason);
    }
  }

  private interface Attack {
    void on(Socket socket) throws IOException;
  }

  @Test
  void anHttpRequestIsClosedWithoutAnAnswer() throws IOException {
    undisturbed(
        "a first frame of 1195725856 bytes",
        socket -> {
          socket.getOutputStream().write(http());
          assertThat(Raw.awaitEnd(socket)).isZero();
        });
  }

  @ParameterizedTest
  @CsvSource({
    "ffffffff, a first frame of 4294967295 bytes",
    "80000000, a first frame of 2147483648 bytes",
    "00000401, a first frame of 1025 bytes",
    "00000000, a first frame of 0 bytes",
    "0000000467617262, the first frame is no preface"
  })
  void garbageAndOddLengthsAreClosedWithoutAnAnswer(String hex, String reason) throws IOException {
    byte[] bytes = HexFormat.of().parseHex(hex);
    undisturbed(
        reason,
        socket -> {
          socket.getOutputStream().write(bytes);
          assertThat(Raw.awaitEnd(socket)).isZero();
        });
  }

  /** Whoever goes on sending is not listened to: at some time the socket refuses more. */
  @Test
  void nothingIsGatheredBeforeThePreface() throws IOException {
    undisturbed(
        "a first frame of 4278190080 bytes",
        socket ->
            assertThatThrownBy(
                    () -> {
                      byte[] chunk = new byte[64 * 1024];
                      chunk[0] = -1;
                      for (int i = 0; i < 1_000_000; i++) {
                        socket.getOutputStream().write(chunk);
                      }
                    })
                .isInstanceOf(SocketException.class));
  }

  @Test
  void silenceIsClosed() throws IOException {
    undisturbed("no preface within 300 ms", socket -> assertThat(Raw.awaitEnd(socket)).isZero());
  }

  @Test
  void halfAPrefaceIsClosed() throws IOException {
    Bytes preface = new Preface(Lane.CONSENSUS, TestMember.CLUSTER, 1, 2).encode();
    undisturbed(
        "no preface within 300 ms",
        socket -> {
          socket.getOutputStream().write(Frames.of(preface).take(20).toArrayUnsafe());
          assertThat(Raw.awaitEnd(socket)).isZero();
        });
  }

  @Test
  void aProbeOfThePortIsNotWorthALine() throws IOException {
    try (LogTap log = new LogTap()) {
      TestMember a = new TestMember(system, 1);
      Raw.open(a).close();
      Raw.open(a, new Preface(Lane.ASK, TestMember.CLUSTER, 2, 1)).close();
      a.close(); // waits for the ends of both
      assertThat(log.lines()).isEmpty();
    }
  }

  @Test
  void otherVersionsAreToldWhichOneIsKnown() throws IOException {
    try (TestMember a = new TestMember(system, 1);
        Socket socket = Raw.open(a)) {
      byte[] preface = new Preface(Lane.ASK, TestMember.CLUSTER, 2, 1).encode().toArray();
      preface[4] = 2;
      Raw.write(socket, Bytes.wrap(preface));
      Bytes answer = Raw.read(socket);
      assertThatThrownBy(() -> Preface.readAnswer(answer))
          .isInstanceOf(RefusedException.class)
          .hasMessage("links of version 2, known is 1");
    }
  }

  @ParameterizedTest
  @CsvSource({"CONSENSUS", "BULK"})
  void strangersMayOnlyAsk(Lane lane) throws IOException {
    try (TestMember a = new TestMember(system, 1);
        Socket socket = Raw.open(a)) {
      Raw.write(socket, new Preface(lane, 0, 0, 0).encode());
      Bytes answer = Raw.read(socket);
      assertThatThrownBy(() -> Preface.readAnswer(answer)).hasMessage("strangers may only ask");
    }
  }

  @Test
  void strangersHaveASmallerBound() throws IOException {
    try (LogTap log = new LogTap();
        TestMember a = new TestMember(system, 1);
        Socket socket = Raw.open(a, Preface.ofStranger())) {
      socket.getOutputStream().write(new byte[] {0, 2, 0, 0, 1});
      Raw.awaitEnd(socket);
      await().atMost(TestMember.PATIENCE).until(() -> !log.lines().isEmpty());
      assertThat(log.lines().get(0)).contains("65604").contains("131076");
    }
  }

  /** {@code cluster} and {@code id} are what the one says that is dialled as member 2 of c1. */
  @ParameterizedTest
  @CsvSource({
    "c2, 2, 'cluster id is c2, not c1'",
    "c1, 3, 'member id is 3, not 2'",
    "c1, 2, 'not a member of the cluster: 1'"
  })
  void whoIsWrongIsToldWhyOnBothSides(String cluster, long id, String text) {
    try (LogTap log = new LogTap();
        TestMember a = new TestMember(system, 1);
        TestMember b =
            new TestMember(system, Long.parseLong(cluster, 16), id, 0, LinkTiming.DEFAULT)) {
      b.banned.add(1L);
      a.links.connect(2, List.of(b.url()));
      String here = "refused a link from 127.0.0.1: " + text;
      String there = "link to " + b.url() + " is refused: " + text;
      await().atMost(TestMember.PATIENCE).until(() -> log.lines().size() >= 2);
      assertThat(log.lines()).containsExactlyInAnyOrder(here, there);
      assertThat(a.events).isEmpty();
      assertThat(a.links.connectedFor(2)).isZero();
    }
  }
}
