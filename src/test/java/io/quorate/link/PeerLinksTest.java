package io.quorate.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.base.Bytes;
import io.quorate.raft.Entry;
import io.quorate.raft.Message;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.ActorSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PeerLinksTest {
  private static final LinkTiming QUICK =
      new LinkTiming(
          Duration.ofMillis(50),
          Duration.ofMillis(200),
          Duration.ofSeconds(1),
          Duration.ofMillis(500),
          Duration.ofMillis(100),
          Duration.ofMillis(800),
          LinkTiming.DEFAULT.probe());

  /** Waits for what a probe says, however busy the machine is. */
  private static final LinkTiming PROBING =
      new LinkTiming(
          Duration.ofMillis(50),
          Duration.ofMillis(500),
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(1),
          Duration.ofSeconds(20),
          TestMember.PATIENCE);

  private static ActorSystem system;

  @BeforeAll
  static void start() {
    system = ActorSystem.create("links");
  }

  @AfterAll
  static void stop() {
    system.terminate();
  }

  private static Message heartbeat(long from, long to, long round) {
    return new Message.Heartbeat(from, to, 1, 2, round);
  }

  private static Message append(long from, long to, long index, int bytes) {
    Entry entry = new Entry(1, index + 1, Entry.Kind.NORMAL, Bytes.wrap(new byte[bytes]));
    return new Message.Append(from, to, 1, index, 1, 0, List.of(entry));
  }

  /** Whoever dials from now on is refused. */
  private static void stopListening(ServerSocket socket) throws IOException {
    socket.close();
  }

  @Test
  void messagesArriveInOrderAndComplete() {
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2);
        TestMember c = new TestMember(system, 3)) {
      a.connect(b);
      a.connect(c);
      b.connect(a);
      List<Message> sent = new ArrayList<>();
      for (int i = 0; i < 3_000; i++) {
        sent.add(i % 7 == 0 ? append(1, 2, i, i) : heartbeat(1, 2, i));
      }
      sent.forEach(a.links::send);
      a.links.send(List.of(heartbeat(1, 2, -1), heartbeat(1, 3, 5), heartbeat(1, 2, -2)));
      b.links.send(heartbeat(2, 1, 9));
      sent.addAll(List.of(heartbeat(1, 2, -1), heartbeat(1, 2, -2)));
      await().atMost(TestMember.PATIENCE).until(() -> b.messages.size() >= sent.size());
      assertThat(b.messages).containsExactlyElementsOf(sent);
      await().atMost(TestMember.PATIENCE).until(() -> !c.messages.isEmpty());
      assertThat(c.messages).containsExactly(heartbeat(1, 3, 5));
      await().atMost(TestMember.PATIENCE).until(() -> !a.messages.isEmpty());
      assertThat(a.messages).containsExactly(heartbeat(2, 1, 9));
    }
  }

  @Test
  void anEntryOfSixteenMebibytesPasses() {
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2)) {
      a.connect(b);
      Message large = append(1, 2, 1, 16 * 1024 * 1024);
      a.links.send(large);
      await().atMost(TestMember.PATIENCE).until(() -> !b.messages.isEmpty());
      assertThat(b.messages).containsExactly(large);
    }
  }

  @Test
  void aLargerMessageIsDroppedAndTheLinkStaysOpen() {
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2)) {
      a.connect(b);
      a.links.send(append(1, 2, 1, LinkLimits.MESSAGE_BYTES_MAX));
      a.links.send(heartbeat(1, 2, 1));
      await().atMost(TestMember.PATIENCE).until(() -> !b.messages.isEmpty());
      assertThat(b.messages).containsExactly(heartbeat(1, 2, 1));
      assertThat(a.events).containsExactly("up 2");
    }
  }

  @Test
  void aDeadProcessIsToldAsRefusedAndItsReturnAsUp() {
    try (TestMember a = new TestMember(system, TestMember.CLUSTER, 1, 0, PROBING)) {
      TestMember b = new TestMember(system, 2);
      a.connect(b);
      int port = b.port();
      b.close();
      await().atMost(TestMember.PATIENCE).until(() -> a.events.size() == 2);
      assertThat(a.events).containsExactly("up 2", "down 2 refused");
      assertThat(a.links.connectedFor(2)).isZero();
      a.links.send(heartbeat(1, 2, 1));
      try (TestMember again =
          new TestMember(system, TestMember.CLUSTER, 2, port, LinkTiming.DEFAULT)) {
        a.awaitUp(2);
        a.links.send(heartbeat(1, 2, 2));
        await().atMost(TestMember.PATIENCE).until(() -> !again.messages.isEmpty());
        assertThat(again.messages).containsExactly(heartbeat(1, 2, 2));
        await().atMost(TestMember.PATIENCE).until(() -> a.events.size() == 3);
        assertThat(a.events).endsWith("up 2");
      }
    }
  }

  @Test
  void anIdleLinkStaysOpen() {
    try (TestMember a = new TestMember(system, TestMember.CLUSTER, 1, 0, QUICK);
        TestMember b = new TestMember(system, TestMember.CLUSTER, 2, 0, QUICK)) {
      a.connect(b);
      await()
          .atMost(TestMember.PATIENCE)
          .until(
              () ->
                  a.links.connectedFor(2).compareTo(QUICK.silence().multipliedBy(3)) > 0
                      || a.events.size() > 1);
      assertThat(a.events).containsExactly("up 2");
    }
  }

  @Test
  void silenceIsDownAndNeverRefused() throws Exception {
    try (ServerSocket dumb = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        TestMember a = new TestMember(system, TestMember.CLUSTER, 1, 0, QUICK)) {
      a.links.connect(2, List.of("http://127.0.0.1:" + dumb.getLocalPort()));
      try (Socket socket = dumb.accept()) {
        Raw.read(socket);
        Raw.write(socket, Preface.accepted());
        stopListening(dumb);
        await().atMost(TestMember.PATIENCE).until(() -> a.events.size() == 2);
        assertThat(a.events).containsExactly("up 2", "down 2");
      }
    }
  }

  @Test
  void anEndThatIsNotTheProcessIsNeverRefused() throws Exception {
    try (ServerSocket dumb = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        TestMember a = new TestMember(system, 1)) {
      a.links.connect(2, List.of("http://127.0.0.1:" + dumb.getLocalPort()));
      try (Socket socket = dumb.accept()) {
        Raw.read(socket);
        Raw.write(socket, Preface.accepted());
        a.awaitUp(2);
      }
      try (Socket next = dumb.accept()) {
        // It listens, but says nothing: the end is told all the same.
        Raw.read(next);
        await().atMost(Duration.ofSeconds(2)).until(() -> a.events.size() == 2);
        assertThat(a.events).containsExactly("up 2", "down 2");
      }
    }
  }

  @Test
  void urlsAreTriedInTurnAndOtherUrlsAreDialledAnew() throws Exception {
    try (Socket deaf = Raw.deaf();
        TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2);
        TestMember moved = new TestMember(system, 2)) {
      a.links.connect(2, List.of("http://127.0.0.1:" + deaf.getLocalPort(), b.url()));
      a.awaitUp(2);
      a.links.connect(2, List.of(moved.url()));
      await().atMost(TestMember.PATIENCE).until(() -> a.events.size() == 3);
      assertThat(a.events).containsExactly("up 2", "down 2", "up 2");
      a.links.send(heartbeat(1, 2, 1));
      await().atMost(TestMember.PATIENCE).until(() -> !moved.messages.isEmpty());
      assertThat(b.messages).isEmpty();
    }
  }

  @Test
  void whoIsDisconnectedHearsNothingAndSaysNothing() {
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2)) {
      a.connect(b);
      b.connect(a);
      a.banned.add(2L);
      a.links.disconnect(2);
      await().atMost(TestMember.PATIENCE).until(() -> b.links.connectedFor(1).isZero());
      await().atMost(TestMember.PATIENCE).until(() -> a.events.size() == 2);
      await().atMost(TestMember.PATIENCE).until(() -> b.events.size() == 2);
      assertThat(a.events).containsExactly("up 2", "down 2");
      // Its connection was closed, and then its preface refused: that process lives.
      assertThat(b.events).containsExactly("up 1", "down 1");
      a.links.send(heartbeat(1, 2, 1));
      b.links.send(heartbeat(2, 1, 1));
      a.banned.clear();
      b.awaitUp(1);
      a.connect(b);
      a.links.send(heartbeat(1, 2, 2));
      b.links.send(heartbeat(2, 1, 2));
      await().atMost(TestMember.PATIENCE).until(() -> !a.messages.isEmpty());
      await().atMost(TestMember.PATIENCE).until(() -> !b.messages.isEmpty());
      assertThat(b.messages).containsExactly(heartbeat(1, 2, 2));
      assertThat(a.messages).containsExactly(heartbeat(2, 1, 2));
    }
  }

  @Test
  void aNewConnectionOfASenderReplacesItsOldOne() throws Exception {
    try (TestMember a = new TestMember(system, 1);
        Socket first = Raw.open(a, new Preface(Lane.CONSENSUS, TestMember.CLUSTER, 2, 1));
        Socket second = Raw.open(a, new Preface(Lane.CONSENSUS, TestMember.CLUSTER, 2, 1));
        Socket other = Raw.open(a, new Preface(Lane.CONSENSUS, TestMember.CLUSTER, 3, 1))) {
      first.setSoTimeout((int) TestMember.PATIENCE.toMillis());
      InputStream in = first.getInputStream();
      while (in.read() >= 0) {
        assertThat(in.available()).isLessThan(100);
      }
      Raw.write(second, MessageCodec.encode(heartbeat(2, 1, 7)));
      Raw.write(other, MessageCodec.encode(heartbeat(3, 1, 8)));
      await().atMost(TestMember.PATIENCE).until(() -> a.messages.size() == 2);
    }
  }

  @Test
  void messagesOfOthersAndGarbageEndTheConnectionThatTheyCameOn() throws Exception {
    Bytes foreign = MessageCodec.encode(heartbeat(3, 1, 1));
    Bytes misled = MessageCodec.encode(heartbeat(2, 4, 1));
    for (Bytes frame : List.of(foreign, misled, Bytes.utf8("garbage"))) {
      try (LogTap log = new LogTap();
          TestMember a = new TestMember(system, 1);
          Socket socket = Raw.open(a, new Preface(Lane.CONSENSUS, TestMember.CLUSTER, 2, 1))) {
        OutputStream out = socket.getOutputStream();
        Raw.write(socket, frame);
        out.flush();
        Raw.awaitEnd(socket);
        await().atMost(TestMember.PATIENCE).until(() -> log.lines().size() == 1);
        assertThat(a.messages).isEmpty();
      }
    }
  }

  @Test
  void closeEndsEverythingWithinASecond() {
    TestMember a = new TestMember(system, 1);
    try (TestMember b = new TestMember(system, 2)) {
      a.connect(b);
      b.connect(a);
      long start = System.nanoTime();
      a.close();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
      await().atMost(TestMember.PATIENCE).until(() -> b.links.connectedFor(1).isZero());
    }
  }
}
