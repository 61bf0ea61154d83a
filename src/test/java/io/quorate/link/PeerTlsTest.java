package io.quorate.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.base.Bytes;
import io.quorate.raft.Entry;
import io.quorate.raft.Message;
import io.quorate.tls.SelfSigned;
import io.quorate.tls.TestAuthority;
import io.quorate.tls.Tls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.SystemMaterializer;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Members that speak TLS with each other, and what they still do as without it. */
class PeerTlsTest {
  private static final String HERE = "127.0.0.1";

  private static ActorSystem system;

  @TempDir Path dir;
  private TestAuthority authority;
  private Path trusted;

  @BeforeAll
  static void start() {
    system = ActorSystem.create("tls");
  }

  @AfterAll
  static void stop() {
    system.terminate();
  }

  @BeforeEach
  void found() throws Exception {
    authority = new TestAuthority("ours");
    trusted = authority.writeTo(dir.resolve("ca.pem"));
  }

  private Tls.KeyFiles issue(String name) throws Exception {
    return authority.issue(dir.resolve(name), name, HERE);
  }

  private TestMember member(long id) throws Exception {
    return member(id, Tls.open(TestAuthority.mutual(issue("m" + id), trusted)));
  }

  private static TestMember member(long id, Tls tls) {
    return TestMember.ofTls(system, id, LinkTiming.DEFAULT, tls);
  }

  private static Message heartbeat(long from, long to, long round) {
    return new Message.Heartbeat(from, to, 1, 2, round);
  }

  private static Message append(long from, long to, long index, int bytes) {
    Entry entry = new Entry(1, index + 1, Entry.Kind.NORMAL, Bytes.wrap(new byte[bytes]));
    return new Message.Append(from, to, 1, index, 1, 0, List.of(entry));
  }

  private static void passes(TestMember a, TestMember b) {
    Message message = heartbeat(a.id, b.id, b.messages.size());
    a.links.send(message);
    await().atMost(TestMember.PATIENCE).until(() -> b.messages.contains(message));
  }

  @Test
  void messagesArriveInOrderAndComplete() throws Exception {
    try (TestMember a = member(1);
        TestMember b = member(2);
        TestMember c = member(3)) {
      a.connect(b);
      a.connect(c);
      b.connect(a);
      List<Message> sent = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        sent.add(i % 7 == 0 ? append(1, 2, i, 10 * i) : heartbeat(1, 2, i));
      }
      sent.add(append(1, 2, 9_999, 16 * 1024 * 1024));
      sent.forEach(a.links::send);
      passes(b, a);
      passes(a, c);
      await().atMost(TestMember.PATIENCE).until(() -> b.messages.size() >= sent.size());
      assertThat(b.messages).containsExactlyElementsOf(sent);
    }
  }

  @Test
  void questionsAreAnsweredThoseOfStrangersToo() throws Exception {
    Tls tls = Tls.open(TestAuthority.mutual(issue("s"), trusted));
    try (TestMember a = member(1);
        TestMember b = member(2)) {
      a.connect(b);
      Duration patience = TestMember.PATIENCE;
      Bytes large = Bytes.wrap(new byte[LinkLimits.ASK_BYTES_MAX / 2]);
      assertThat(a.links.ask(2, 7, large, patience).toCompletableFuture().get()).isEqualTo(large);
      Bytes asked = Bytes.utf8("who");
      assertThat(
              PeerLinks.askUrl(system, tls, b.url(), 1, asked, patience)
                  .toCompletableFuture()
                  .get())
          .isEqualTo(asked);
    }
  }

  @Test
  void transfersPassAsTheyAre() throws Exception {
    try (TestMember a = member(1);
        TestMember b = member(2)) {
      b.receive =
          transfer ->
              transfer
                  .chunks()
                  .runFold(0L, (sum, chunk) -> sum + chunk.size(), materializer())
                  .thenApply(sum -> Bytes.utf8(transfer.header().utf8() + sum));
      a.connect(b);
      Bytes chunk = Bytes.wrap(new byte[LinkLimits.CHUNK_BYTES_MAX]);
      assertThat(
              a.links
                  .transfer(2, Bytes.utf8("h"), Source.repeat(chunk).take(20))
                  .toCompletableFuture()
                  .get(20, TimeUnit.SECONDS)
                  .utf8())
          .isEqualTo("h" + 20L * LinkLimits.CHUNK_BYTES_MAX);
    }
  }

  private static Materializer materializer() {
    return SystemMaterializer.get(system).materializer();
  }

  @Test
  void aDeadProcessIsToldAsRefused() throws Exception {
    try (TestMember a = member(1)) {
      TestMember b = member(2);
      a.connect(b);
      b.close();
      await().atMost(Duration.ofSeconds(5)).until(() -> a.events.size() == 2);
      assertThat(a.events).containsExactly("up 2", "down 2 refused");
    }
  }

  @Test
  void oldAndNewWaysOfKeysSpeakWithEachOther() throws Exception {
    List<TestMember> members = new ArrayList<>();
    try {
      for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
        Tls.KeyFiles files =
            authority.issue(
                dir.resolve(algorithm),
                TestAuthority.Subject.of(algorithm, HERE),
                TestAuthority.keyPair(algorithm));
        members.add(member(members.size() + 1, Tls.open(TestAuthority.mutual(files, trusted))));
      }
      for (TestMember from : members) {
        for (TestMember to : members) {
          if (from != to) {
            from.connect(to);
            passes(from, to);
          }
        }
      }
    } finally {
      members.forEach(TestMember::close);
    }
  }

  @Test
  void renewedFilesCountForNewConnectionsAndOldOnesLive() throws Exception {
    Tls.KeyFiles files = issue("m2");
    Tls tls = Tls.open(TestAuthority.mutual(files, trusted));
    Path both = dir.resolve("both.pem");
    TestAuthority next = new TestAuthority("next");
    Files.writeString(
        both, Files.readString(trusted) + Files.readString(next.writeTo(dir.resolve("next.pem"))));
    Tls.KeyFiles other = issue("m1");
    try (LogTap log = new LogTap();
        TestMember b = member(2, tls);
        TestMember a = member(1, Tls.open(TestAuthority.mutual(other, trusted)));
        TestMember late = member(3, Tls.open(TestAuthority.mutual(issue("m3"), trusted)))) {
      a.connect(b);
      Files.copy(both, trusted, StandardCopyOption.REPLACE_EXISTING);
      next.issue(files.certificate().getParent(), "m2", "127.0.0.2");
      // The old connection does not care; a new one sees the new names.
      passes(a, b);
      late.links.connect(2, List.of(b.url()));
      // Both ends log, each on a thread of its own: who is first is not said.
      String named = "certificate is valid for 127.0.0.2, not 127.0.0.1";
      await()
          .atMost(TestMember.PATIENCE)
          .until(() -> log.lines().stream().anyMatch(line -> line.contains(named)));
      next.issue(files.certificate().getParent(), "m2", HERE);
      late.awaitUp(2);
      passes(late, b);
      assertThat(a.events).containsExactly("up 2");
    }
  }

  @Test
  void brokenFilesLeaveInUseWhatWasGood() throws Exception {
    Tls.KeyFiles files = issue("m2");
    try (LogTap log = LogTap.of("io.quorate.tls");
        TestMember b = member(2, Tls.open(TestAuthority.mutual(files, trusted)));
        TestMember a = member(1)) {
      Files.writeString(files.key(), "garbage");
      a.connect(b);
      passes(a, b);
      b.connect(a);
      assertThat(log.lines())
          .containsExactly(
              "cannot use ["
                  + files.certificate()
                  + ", "
                  + files.key()
                  + "], what it held before stays in use: tls: failed to find any PEM data in key"
                  + " input");
      Files.delete(files.certificate());
      a.links.disconnect(2);
      await().atMost(TestMember.PATIENCE).until(() -> a.events.size() == 2);
      a.connect(b);
      passes(a, b);
      assertThat(log.lines()).hasSize(2).last().asString().endsWith("no such file or directory");
    }
  }

  @Test
  void anExpiredCertificateIsToldAsSuch() throws Exception {
    Instant now = Instant.now();
    TestAuthority.Subject old =
        new TestAuthority.Subject(
            "m1", List.of(HERE), now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(8)));
    Tls.KeyFiles files = authority.issue(dir.resolve("old"), old, TestAuthority.keyPair("EC"));
    try (LogTap log = new LogTap();
        TestMember a = member(1, Tls.open(TestAuthority.mutual(files, trusted)));
        TestMember b = member(2)) {
      a.links.connect(2, List.of(b.url()));
      await().atMost(TestMember.PATIENCE).until(() -> log.lines().size() >= 2);
      assertThat(String.join("\n", log.lines()))
          .contains("certificate of \"CN=m1\" has expired at ")
          .contains("link to " + b.url() + " is refused: ");
    }
  }

  @Test
  void selfMadeCertificatesKeepTheWirePrivateAndBelieveEverybody() throws Exception {
    Tls.KeyFiles first = SelfSigned.in(dir.resolve("a"), List.of(HERE, "localhost"), 1);
    Tls.KeyFiles second = SelfSigned.in(dir.resolve("b"), List.of(), 1);
    try (TestMember a = member(1, Tls.open(Tls.Settings.selfSigned(first, Tls.Protocol.PRESET)));
        TestMember b = member(2, Tls.open(Tls.Settings.selfSigned(second, Tls.Protocol.PRESET)))) {
      a.connect(b);
      b.connect(a);
      passes(a, b);
      passes(b, a);
    }
    String kept = Files.readString(first.certificate());
    SelfSigned.in(dir.resolve("a"), List.of(), 1);
    assertThat(Files.readString(first.certificate())).isEqualTo(kept);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Received fatal alert: bad_certificate | %s bad_certificate
          (bad_certificate) Received fatal alert: bad_certificate | %s bad_certificate
          Empty client certificate chain | no certificate was given
          (certificate_required) Empty client certificate chain | no certificate was given
          Unsupported or unrecognized SSL message | the other side speaks no TLS
          (record_overflow) the record is too big | the record is too big
          certificate of "(m_1) x" has expired | certificate of "(m_1) x" has expired
          """)
  void whatEveryUpdateOfTheJdkSaysIsToldInTheSameWords(String said, String told) {
    assertThat(Tls.text(new SSLHandshakeException(said)))
        .isEqualTo(told.replace("%s", "the other side ends the TLS handshake:"));
  }
}
