package io.quorate.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.raft.Message;
import io.quorate.tls.TestAuthority;
import io.quorate.tls.Tls;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.ActorSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is refused where members speak TLS; the link of two of them has to bear it. */
class PeerTlsRefusalsTest {
  private static final String HERE = "127.0.0.1";
  private static final String CLOSED =
      "closed without an answer: it speaks no TLS, or refuses our certificate";

  private static final LinkTiming IMPATIENT =
      new LinkTiming(
          Duration.ofMillis(50),
          Duration.ofMillis(200),
          Duration.ofSeconds(1),
          Duration.ofMillis(1500),
          Duration.ofMillis(200),
          Duration.ofSeconds(5),
          LinkTiming.DEFAULT.probe());

  private static ActorSystem system;

  @TempDir Path dir;
  private TestAuthority authority;
  private Path trusted;
  private TestMember member;
  private TestMember other;

  @BeforeAll
  static void start() {
    system = ActorSystem.create("tls-refusals");
  }

  @AfterAll
  static void stop() {
    system.terminate();
  }

  @BeforeEach
  void link() throws Exception {
    authority = new TestAuthority("ours");
    trusted = authority.writeTo(dir.resolve("ca.pem"));
    member = tls(1, TestAuthority.mutual(issue("m1"), trusted));
    other = tls(2, TestAuthority.mutual(issue("m2"), trusted));
    other.connect(member);
  }

  @AfterEach
  void close() {
    Message message = new Message.Heartbeat(2, 1, 3, 4, 5);
    other.links.send(message);
    await().atMost(TestMember.PATIENCE).until(() -> member.messages.contains(message));
    assertThat(other.events).containsExactly("up 1");
    member.close();
    other.close();
  }

  private Tls.KeyFiles issue(String name) throws Exception {
    return authority.issue(dir.resolve(name), name, HERE);
  }

  private static TestMember tls(long id, Tls.Settings settings) throws Exception {
    return TestMember.ofTls(system, id, IMPATIENT, Tls.open(settings));
  }

  /**
   * {@code stranger} dials {@code dialled}. Whoever refuses says why, the other one at least that;
   * it depends on the moment whether it hears the alert or only the end.
   *
   * @param here what is said where somebody is refused; empty if it is the stranger who refuses
   * @param there what is said where it was dialled
   */
  private static void refused(TestMember stranger, TestMember dialled, String here, String there) {
    try (LogTap log = new LogTap()) {
      String url = dialled.url();
      stranger.links.connect(dialled.id, List.of(url));
      String alert = "the other side ends the TLS handshake: ";
      String inHere = "refused a link from 127.0.0.1: " + (here.isEmpty() ? alert : here);
      String inThere = "link to " + url + " is refused: ";
      List<String> allowed = List.of(inHere, inThere + there, inThere + alert);
      await()
          .atMost(TestMember.PATIENCE)
          .until(
              () ->
                  log.lines().stream().anyMatch(line -> line.startsWith(inThere))
                      && (here.isEmpty() || log.lines().contains(inHere)));
      assertThat(log.lines())
          .hasSizeLessThanOrEqualTo(2)
          .allMatch(line -> allowed.stream().anyMatch(line::startsWith));
      assertThat(log.lines()).contains(here.isEmpty() ? inThere + there : inHere);
      assertThat(stranger.events).doesNotContain("up " + dialled.id);
    } finally {
      stranger.links.disconnect(dialled.id);
    }
  }

  private static Tls.Settings with(Tls.Settings settings, List<String> names, List<String> hosts) {
    return new Tls.Settings(
        settings.own(),
        settings.dialling(),
        new Tls.Belief(
            settings.belief().authorities(), Optional.empty(), true, names, hosts, false),
        settings.protocol());
  }

  @Test
  void whoShowsNoCertificate() throws Exception {
    Tls.Settings settings =
        new Tls.Settings(
            Optional.empty(),
            Optional.empty(),
            new Tls.Belief(
                Optional.of(trusted), Optional.empty(), false, List.of(), List.of(), false),
            Tls.Protocol.PRESET);
    PeerLinks.Settings plain =
        new PeerLinks.Settings(
            TestMember.CLUSTER, 3, List.of(TestMember.at(0, false)), IMPATIENT, Tls.open(settings));
    try (TestMember stranger = new TestMember(system, plain)) {
      refused(stranger, member, "no certificate was given", CLOSED);
    }
  }

  @Test
  void whomAnUnknownAuthorityVouchesFor() throws Exception {
    TestAuthority foreign = new TestAuthority("foreign");
    Tls.KeyFiles files = foreign.issue(dir.resolve("f"), "m3", HERE);
    try (TestMember stranger = tls(3, TestAuthority.mutual(files, trusted))) {
      refused(
          stranger, member, "certificate of \"CN=m3\" is signed by an unknown authority", CLOSED);
    }
  }

  @Test
  void whomWeDialAndDoNotBelieve() throws Exception {
    TestAuthority foreign = new TestAuthority("foreign");
    Path theirs = foreign.writeTo(dir.resolve("foreign.pem"));
    try (TestMember stranger = tls(3, TestAuthority.mutual(issue("m3"), theirs))) {
      refused(stranger, member, "", "certificate of \"CN=m1\" is signed by an unknown authority");
    }
  }

  @Test
  void whoHasAnotherCommonName() throws Exception {
    Tls.Settings settings = TestAuthority.mutual(issue("m3"), trusted);
    try (TestMember picky = tls(3, with(settings, List.of("m1", "m3"), List.of()));
        TestMember stranger = tls(4, TestAuthority.mutual(issue("m4"), trusted));
        TestMember known = tls(1, TestAuthority.mutual(issue("m1"), trusted))) {
      refused(
          stranger, picky, "certificate has the common name \"m4\", allowed is [m1, m3]", CLOSED);
      known.connect(picky);
      // It is demanded of whoever is dialled, too.
      refused(picky, stranger, "", "certificate has the common name \"m4\", allowed is [m1, m3]");
    }
  }

  @Test
  void whoIsForNoneOfTheAllowedHosts() throws Exception {
    Tls.KeyFiles files = authority.issue(dir.resolve("h"), "h", HERE, "a.b.example");
    Tls.Settings settings = TestAuthority.mutual(issue("m3"), trusted);
    try (TestMember picky = tls(3, with(settings, List.of(), List.of("c.d", "a.b.example")));
        TestMember stranger = tls(4, TestAuthority.mutual(issue("m4"), trusted));
        TestMember known = tls(5, TestAuthority.mutual(files, trusted))) {
      refused(
          stranger,
          picky,
          "certificate is for none of the allowed hosts [c.d, a.b.example]",
          CLOSED);
      known.connect(picky);
    }
  }

  @Test
  void whoIsAnotherThanTheOneDialled() throws Exception {
    // The common name says the right thing, which counts for nothing.
    Tls.KeyFiles files = authority.issue(dir.resolve("w"), HERE, "10.0.0.1", "some.host");
    Tls.Settings settings = TestAuthority.mutual(files, trusted);
    try (TestMember wrong = tls(3, settings)) {
      refused(other, wrong, "", "certificate is valid for 10.0.0.1, some.host, not 127.0.0.1");
    }
  }

  @Test
  void whoSpeaksPlainText() throws Exception {
    try (TestMember plain = new TestMember(system, TestMember.CLUSTER, 3, 0, IMPATIENT)) {
      try (LogTap log = new LogTap()) {
        plain.links.connect(1, List.of("http://127.0.0.1:" + member.port()));
        String refused = "refused a link from 127.0.0.1: the other side speaks no TLS";
        await().atMost(TestMember.PATIENCE).until(() -> log.lines().contains(refused));
        await().during(Duration.ofMillis(500)).until(() -> log.lines().size() <= 2);
        assertThat(log.lines())
            .isSubsetOf(
                refused,
                "link to http://127.0.0.1:"
                    + member.port()
                    + " is refused: the other side speaks"
                    + " TLS");
      }
    }
  }

  @Test
  void whoSpeaksTlsWhereNobodyDoes() throws Exception {
    try (TestMember plain = new TestMember(system, TestMember.CLUSTER, 3, 0, IMPATIENT);
        LogTap log = new LogTap()) {
      String url = "https://127.0.0.1:" + plain.port();
      other.links.connect(3, List.of(url));
      await().atMost(TestMember.PATIENCE).until(() -> log.lines().size() == 2);
      assertThat(log.lines())
          .containsExactlyInAnyOrder(
              "refused a link from 127.0.0.1: the other side speaks TLS",
              "link to " + url + " is refused: " + CLOSED);
    }
  }

  @Test
  void whoSaysNothing() throws Exception {
    try (LogTap log = new LogTap();
        Socket socket = Raw.open(member)) {
      assertThat(Raw.awaitEnd(socket)).isZero();
      await().atMost(TestMember.PATIENCE).until(() -> !log.lines().isEmpty());
      assertThat(log.lines())
          .containsExactly("refused a link from 127.0.0.1: no preface within 1500 ms");
    }
  }

  @Test
  void theOldestOfManyWhoSayNothing() throws Exception {
    LinkTiming patient = LinkTiming.DEFAULT;
    List<Socket> sockets = new ArrayList<>();
    try (LogTap log = new LogTap();
        TestMember dialled =
            TestMember.ofTls(
                system, 4, patient, Tls.open(TestAuthority.mutual(issue("m4"), trusted)))) {
      long begin = System.nanoTime();
      for (int i = 0; i <= LinkLimits.OPENING_MAX; i++) {
        sockets.add(Raw.open(dialled));
      }
      Raw.awaitEnd(sockets.get(0));
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(patient.preface());
      // It is told a moment after it is done.
      await().atMost(TestMember.PATIENCE).until(() -> !log.lines().isEmpty());
      assertThat(log.lines())
          .containsExactly(
              "refused a link from 127.0.0.1: more than 128 that do not say who they" + " are");
      try (TestMember known = tls(5, TestAuthority.mutual(issue("m5"), trusted))) {
        known.connect(dialled);
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }
}
