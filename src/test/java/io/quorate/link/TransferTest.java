package io.quorate.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.link.LinkException.Reason;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TransferTest {
  private static final Bytes HEADER = Bytes.utf8("header");
  private static final int CHUNK_BYTES = 64 * 1024;
  private static final Bytes CHUNK = Bytes.wrap(new byte[CHUNK_BYTES]);

  private static ActorSystem system;

  @BeforeAll
  static void start() {
    system = ActorSystem.create("transfers");
  }

  @AfterAll
  static void stop() {
    system.terminate();
  }

  private static Source<Bytes, NotUsed> chunks(int count, AtomicInteger taken) {
    return Source.range(1, count)
        .map(
            i -> {
              taken.set(i);
              return CHUNK;
            });
  }

  /** Counts bytes; the verdict is how many came. */
  private static CompletionStage<Bytes> count(Source<Bytes, NotUsed> chunks) {
    return chunks
        .runWith(Sink.fold(0L, (sum, chunk) -> sum + chunk.size()), system)
        .thenApply(sum -> Bytes.utf8(Long.toString(sum)));
  }

  private static Throwable failure(CompletionStage<Bytes> stage) {
    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    stage.whenComplete((bytes, error) -> failure.complete(error));
    await().atMost(TestMember.PATIENCE).until(failure::isDone);
    return failure.join();
  }

  @Test
  void aSlowReaderHoldsTheSenderUpAndGetsEverything() {
    int count = 800; // 50 MiB
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2)) {
      CompletableFuture<Done> gate = new CompletableFuture<>();
      AtomicLong read = new AtomicLong();
      b.receive =
          transfer -> {
            assertThat(transfer.from()).isEqualTo(1);
            assertThat(transfer.header()).isEqualTo(HEADER);
            return count(
                transfer
                    .chunks()
                    .mapAsync(
                        1,
                        chunk -> read.incrementAndGet() < 10 ? done(chunk) : after(gate, chunk)));
          };
      a.connect(b);
      AtomicInteger taken = new AtomicInteger();
      CompletionStage<Bytes> verdict = a.links.transfer(2, HEADER, chunks(count, taken));
      await().atMost(TestMember.PATIENCE).until(() -> read.get() >= 10);
      // It has stopped when it takes no more for half a second: sockets hold some megabytes.
      await()
          .atMost(TestMember.PATIENCE)
          .during(Duration.ofMillis(500))
          .until(() -> taken.get(), TransferTest::isFarFromAll);
      assertThat(taken.get()).isLessThan(count / 2);
      gate.complete(Done.getInstance());
      assertThat(verdict.toCompletableFuture().join().utf8())
          .isEqualTo(Long.toString((long) count * CHUNK_BYTES));
      assertThat(taken.get()).isEqualTo(count);
    }
  }

  private static boolean isFarFromAll(int taken) {
    return taken < 400;
  }

  private static CompletionStage<Bytes> done(Bytes chunk) {
    return CompletableFuture.completedFuture(chunk);
  }

  private static CompletionStage<Bytes> after(CompletableFuture<Done> gate, Bytes chunk) {
    return gate.thenApply(open -> chunk);
  }

  @Test
  void noChunksAreATransferToo() {
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2)) {
      b.receive = transfer -> count(transfer.chunks());
      a.connect(b);
      CompletionStage<Bytes> verdict = a.links.transfer(2, Bytes.EMPTY, Source.empty());
      assertThat(verdict.toCompletableFuture().join().utf8()).isEqualTo("0");
    }
  }

  @Test
  void aSourceThatFailsFailsBothEnds() {
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2)) {
      CompletableFuture<CompletionStage<Bytes>> received = new CompletableFuture<>();
      b.receive =
          transfer -> {
            CompletionStage<Bytes> counted = count(transfer.chunks());
            received.complete(counted);
            return counted;
          };
      a.connect(b);
      Source<Bytes, NotUsed> broken =
          Source.range(1, 100)
              .map(
                  i -> {
                    if (i == 50) {
                      throw new IllegalStateException("disk is gone");
                    }
                    return CHUNK;
                  });
      assertThat(failure(a.links.transfer(2, HEADER, broken)))
          .isInstanceOf(LinkException.class)
          .hasMessage("disk is gone");
      assertThat(failure(received.join())).hasMessageContaining("transfer cut");
    }
  }

  @Test
  void aReceiverThatGoesFailsTheSender() {
    try (TestMember a = new TestMember(system, 1)) {
      TestMember b = new TestMember(system, 2);
      CompletableFuture<Bytes> began = new CompletableFuture<>();
      b.receive =
          transfer -> {
            began.complete(transfer.header());
            return transfer
                .chunks()
                .mapAsync(1, chunk -> new CompletableFuture<Bytes>())
                .runWith(Sink.ignore(), system)
                .thenApply(done -> Bytes.EMPTY);
          };
      a.connect(b);
      CompletionStage<Bytes> verdict =
          a.links.transfer(2, HEADER, chunks(100_000, new AtomicInteger()));
      began.join();
      b.close();
      assertThat(failure(verdict))
          .isInstanceOfSatisfying(
              LinkException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BROKEN));
    }
  }

  @Test
  void aRefusalCarriesItsTextHoweverMuchIsUnread() {
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2)) {
      a.connect(b);
      CompletionStage<Bytes> verdict =
          a.links.transfer(2, HEADER, chunks(1_000, new AtomicInteger()));
      assertThat(failure(verdict))
          .hasMessage("not wanted")
          .isInstanceOfSatisfying(
              LinkException.class, e -> assertThat(e.reason()).isEqualTo(Reason.REFUSED));
    }
  }

  @Test
  void aVerdictBeforeTheEndCounts() {
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2)) {
      b.receive =
          transfer ->
              transfer
                  .chunks()
                  .take(3)
                  .runWith(Sink.seq(), system)
                  .thenApply(few -> Bytes.utf8("enough: " + few.size()));
      a.connect(b);
      CompletionStage<Bytes> verdict =
          a.links.transfer(2, HEADER, chunks(2_000, new AtomicInteger()));
      assertThat(verdict.toCompletableFuture().join().utf8()).isEqualTo("enough: 3");
    }
  }

  @Test
  void aLargeChunkFailsTheTransfer() {
    try (TestMember a = new TestMember(system, 1);
        TestMember b = new TestMember(system, 2)) {
      b.receive = transfer -> count(transfer.chunks());
      a.connect(b);
      Bytes large = Bytes.wrap(new byte[LinkLimits.CHUNK_BYTES_MAX + 1]);
      assertThat(failure(a.links.transfer(2, HEADER, Source.single(large))))
          .hasMessage("chunk of 1048577 bytes, at most 1048576");
      Bytes most = Bytes.wrap(new byte[LinkLimits.CHUNK_BYTES_MAX]);
      assertThat(
              a.links
                  .transfer(2, most, Source.from(List.of(most, most)))
                  .toCompletableFuture()
                  .join()
                  .utf8())
          .isEqualTo("2097152");
    }
  }

  @Test
  void whoIsNotConnectedOrDoesNotListenIsUnreachable() {
    try (TestMember a = new TestMember(system, 1)) {
      assertThat(failure(a.links.transfer(2, HEADER, Source.empty()))).hasMessageContaining("2");
      TestMember gone = new TestMember(system, 2);
      a.links.connect(2, List.of(gone.url()));
      gone.close();
      AtomicInteger taken = new AtomicInteger();
      assertThat(failure(a.links.transfer(2, HEADER, chunks(10, taken))))
          .isInstanceOfSatisfying(
              LinkException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE));
      assertThat(taken).hasValue(0);
    }
  }

  /** By hand: header and chunk, and then an orderly close instead of the end frame. */
  @Test
  void anOrderlyCloseIsNotAnEnd() throws Exception {
    try (TestMember b = new TestMember(system, 2)) {
      CompletableFuture<CompletionStage<Bytes>> received = new CompletableFuture<>();
      b.receive =
          transfer -> {
            CompletionStage<Bytes> counted = count(transfer.chunks());
            received.complete(counted);
            return counted;
          };
      try (Socket socket = Raw.open(b, new Preface(Lane.BULK, TestMember.CLUSTER, 1, 2))) {
        Raw.write(socket, new ByteWriter(8).put(1).putRaw(HEADER).toBytes());
        Raw.write(socket, new ByteWriter(8).put(2).putRaw(CHUNK).toBytes());
        received.join();
        socket.shutdownOutput();
        assertThatThrownBy(() -> received.join().toCompletableFuture().join())
            .hasMessageContaining("closed before the end");
      }
    }
  }
}
