package io.quorate.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.base.Bytes;
import io.quorate.link.LinkException.Reason;
import io.quorate.tls.Tls;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.pekko.actor.ActorSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AskTest {
  private static final Duration LONG = TestMember.PATIENCE;

  private static ActorSystem system;

  @BeforeAll
  static void start() {
    system = ActorSystem.create("asks");
  }

  @AfterAll
  static void stop() {
    system.terminate();
  }

  private static Bytes answer(CompletionStage<Bytes> stage) {
    return stage.toCompletableFuture().join();
  }

  private static LinkException failure(CompletionStage<Bytes> stage) {
    try {
      Bytes unexpected = stage.toCompletableFuture().join();
      throw new AssertionError("answered: " + unexpected);
    } catch (CompletionException e) {
      assertThat(e.getCause()).isInstanceOf(LinkException.class);
      return (LinkException) e.getCause();
    }
  }

  @Test
  void aQuestionIsAnswered() {
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2)) {
      b.answer =
          asked ->
              CompletableFuture.completedFuture(
                  Bytes.utf8(asked.from() + " " + asked.kind() + " " + asked.request().utf8()));
      a.links.connect(2, List.of(b.url()));
      assertThat(answer(a.links.ask(2, 7, Bytes.utf8("why"), LONG)).utf8()).isEqualTo("1 7 why");
      assertThat(answer(a.links.ask(2, 8, Bytes.EMPTY, LONG)).utf8()).isEqualTo("1 8 ");
    }
  }

  @Test
  void manyAtOnceAreAnsweredEachAsItIsReady() {
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2)) {
      Queue<Runnable> ready = new ConcurrentLinkedQueue<>();
      b.answer =
          asked -> {
            CompletableFuture<Bytes> later = new CompletableFuture<>();
            ready.add(() -> later.complete(asked.request()));
            return later;
          };
      a.connect(b);
      List<CompletionStage<Bytes>> stages = new ArrayList<>();
      for (int i = 0; i < LinkLimits.ASKS_MAX; i++) {
        stages.add(a.links.ask(2, 1, Bytes.ofLong(i), LONG));
      }
      assertThat(failure(a.links.ask(2, 1, Bytes.EMPTY, LONG)).reason()).isEqualTo(Reason.TOO_MANY);
      await().atMost(LONG).until(() -> ready.size() == LinkLimits.ASKS_MAX);
      List<Runnable> backwards = new ArrayList<>(ready);
      Collections.reverse(backwards);
      backwards.forEach(Runnable::run);
      for (int i = 0; i < stages.size(); i++) {
        assertThat(answer(stages.get(i))).isEqualTo(Bytes.ofLong(i));
      }
      b.answer = asked -> CompletableFuture.completedFuture(asked.request());
      assertThat(answer(a.links.ask(2, 1, Bytes.ofLong(-1), LONG))).isEqualTo(Bytes.ofLong(-1));
    }
  }

  @Test
  void aQuestionTimesOutAndOthersGoOn() {
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2)) {
      b.answer =
          asked ->
              asked.kind() == 1
                  ? new CompletableFuture<>()
                  : CompletableFuture.completedFuture(asked.request());
      a.connect(b);
      CompletionStage<Bytes> never = a.links.ask(2, 1, Bytes.EMPTY, Duration.ofMillis(100));
      assertThat(failure(never).reason()).isEqualTo(Reason.TIMED_OUT);
      assertThat(answer(a.links.ask(2, 2, Bytes.utf8("x"), LONG)).utf8()).isEqualTo("x");
    }
  }

  @Test
  void aRefusalCarriesItsText() {
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2)) {
      a.connect(b);
      b.answer = asked -> CompletableFuture.failedFuture(new IllegalStateException("not now\nx"));
      LinkException failed = failure(a.links.ask(2, 1, Bytes.EMPTY, LONG));
      assertThat(failed.reason()).isEqualTo(Reason.REFUSED);
      assertThat(failed).hasMessage("not now x");
      b.answer =
          asked -> {
            throw new IllegalStateException("thrown");
          };
      LinkException thrown = failure(a.links.ask(2, 1, Bytes.EMPTY, LONG));
      assertThat(thrown.reason()).isEqualTo(Reason.REFUSED);
      assertThat(thrown).hasMessage("thrown");
    }
  }

  @Test
  void whoCannotBeReachedIsUnreachable() throws Exception {
    try (Socket deaf = Raw.deaf();
        TestMember a = new TestMember(system, 1)) {
      String url = "http://127.0.0.1:" + deaf.getLocalPort();
      assertThat(failure(a.links.ask(2, 1, Bytes.EMPTY, LONG)).reason())
          .isEqualTo(Reason.UNREACHABLE);
      a.links.connect(2, List.of(url));
      assertThat(failure(a.links.ask(2, 1, Bytes.EMPTY, LONG)).reason())
          .isEqualTo(Reason.UNREACHABLE);
      assertThat(failure(PeerLinks.askUrl(system, Tls.none(), url, 1, Bytes.EMPTY, LONG)).reason())
          .isEqualTo(Reason.UNREACHABLE);
    }
  }

  /** However quickly a connection ends, the next question opens another. */
  @Test
  void questionsNeverMeetAConnectionThatHasEnded() throws Exception {
    try (Socket deaf = Raw.deaf();
        TestMember a = new TestMember(system, 1)) {
      a.links.connect(2, List.of("http://127.0.0.1:" + deaf.getLocalPort()));
      for (int i = 0; i < 300; i++) {
        assertThat(failure(a.links.ask(2, 1, Bytes.EMPTY, LONG)).reason())
            .isEqualTo(Reason.UNREACHABLE);
      }
    }
  }

  @Test
  void whatWaitsWhenTheOtherSideGoesFails() {
    try (TestMember a = new TestMember(system, 1)) {
      TestMember b = new TestMember(system, 2);
      a.connect(b);
      CompletableFuture<Bytes> asked = new CompletableFuture<>();
      b.answer =
          question -> {
            asked.complete(question.request());
            return new CompletableFuture<>();
          };
      CompletionStage<Bytes> stage = a.links.ask(2, 1, Bytes.utf8("q"), LONG);
      asked.join();
      b.close();
      assertThat(failure(stage).reason()).isEqualTo(Reason.BROKEN);
    }
  }

  @Test
  void strangersMayAskWhatTheOwnerAllows() {
    try (TestMember b = new TestMember(system, 2)) {
      b.banned.add(0L);
      b.answer = asked -> CompletableFuture.completedFuture(Bytes.utf8("for " + asked.from()));
      assertThat(answer(PeerLinks.askUrl(system, Tls.none(), b.url(), 1, Bytes.EMPTY, LONG)).utf8())
          .isEqualTo("for 0");
      LinkException refused =
          failure(PeerLinks.askUrl(system, Tls.none(), b.url(), 2, Bytes.EMPTY, LONG));
      assertThat(refused.reason()).isEqualTo(Reason.REFUSED);
      assertThat(refused).hasMessage("not a question that strangers may ask: 2");
    }
  }

  @Test
  void whoIsNoMemberAnyMoreIsRefused() {
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2)) {
      b.banned.add(1L);
      a.links.connect(2, List.of(b.url()));
      LinkException refused = failure(a.links.ask(2, 1, Bytes.EMPTY, LONG));
      assertThat(refused.reason()).isEqualTo(Reason.REFUSED);
      assertThat(refused).hasMessage("not a member of the cluster: 1");
    }
  }

  @Test
  void answersOfFourMebibytesPassAndLargerOnesAreRefused() {
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2)) {
      a.connect(b);
      Bytes most = Bytes.wrap(new byte[LinkLimits.ASK_BYTES_MAX]);
      assertThat(answer(a.links.ask(2, 1, most, LONG))).isEqualTo(most);
      Bytes more = Bytes.wrap(new byte[LinkLimits.ASK_BYTES_MAX + 1]);
      assertThat(failure(a.links.ask(2, 1, more, LONG)).reason()).isEqualTo(Reason.REFUSED);
      b.answer = asked -> CompletableFuture.completedFuture(more);
      assertThat(failure(a.links.ask(2, 1, Bytes.EMPTY, LONG)))
          .hasMessage("answer of 4194305 bytes, at most 4194304");
    }
  }
}
