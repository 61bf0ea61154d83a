package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.OverflowStrategy;
import org.apache.pekko.stream.SystemMaterializer;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.SinkQueueWithCancel;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.SourceQueueWithComplete;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What leaves together, and when. */
class GatherTest {
  private static final int LARGE = 64 * 1024;

  private static ActorSystem system;
  private static Materializer materializer;

  @BeforeAll
  static void start() {
    system = ActorSystem.create("gather");
    materializer = SystemMaterializer.get(system).materializer();
  }

  @AfterAll
  static void stop() {
    system.terminate();
  }

  private static SinkQueueWithCancel<ByteString> run(Source<ByteString, ?> pieces) {
    return pieces.via(new Gather()).runWith(Sink.queue(), materializer);
  }

  private static ByteString next(SinkQueueWithCancel<ByteString> gathered) throws Exception {
    return gathered.pull().toCompletableFuture().get(10, TimeUnit.SECONDS).orElseThrow();
  }

  private static Source<ByteString, ?> pieces(String... pieces) {
    return Source.from(List.of(pieces)).map(ByteString::fromString);
  }

  @Test
  void whatIsSaidAtOnceLeavesTogether() throws Exception {
    assertThat(next(run(pieces("a", "b", "c").concat(Source.maybe()))).utf8String())
        .isEqualTo("abc");
  }

  @Test
  void whatIsSaidLastLeavesBeforeTheEnd() throws Exception {
    SinkQueueWithCancel<ByteString> gathered = run(pieces("a", "b"));
    assertThat(next(gathered).utf8String()).isEqualTo("ab");
    assertThat(gathered.pull().toCompletableFuture().get(10, TimeUnit.SECONDS)).isEmpty();
  }

  @Test
  void whatIsSaidAloneWaitsForNothing() throws Exception {
    Pair<SourceQueueWithComplete<ByteString>, SinkQueueWithCancel<ByteString>> both =
        Source.<ByteString>queue(4, OverflowStrategy.fail())
            .via(new Gather())
            .toMat(Sink.queue(), Keep.both())
            .run(materializer);
    for (String piece : List.of("a", "b", "c")) {
      both.first().offer(ByteString.fromString(piece));
      assertThat(next(both.second()).utf8String()).isEqualTo(piece);
    }
    both.first().complete();
  }

  @Test
  void gathersNoMoreThanItsBound() throws Exception {
    AtomicInteger said = new AtomicInteger();
    ByteString quarter = ByteString.fromArray(new byte[LARGE / 4]);
    SinkQueueWithCancel<ByteString> gathered =
        run(
            Source.repeat(quarter)
                .map(
                    piece -> {
                      said.incrementAndGet();
                      return piece;
                    }));
    assertThat(next(gathered).size()).isEqualTo(LARGE);
    assertThat(next(gathered).size()).isEqualTo(LARGE);
    // Two were taken; the queue may hold its 16, and one is being gathered.
    assertThat(said.get()).isLessThanOrEqualTo((2 + 16 + 2) * 4);
    gathered.cancel();
  }

  @Test
  void aPieceBeyondTheBoundLeavesWhole() throws Exception {
    ByteString large = ByteString.fromArray(new byte[3 * LARGE]);
    assertThat(next(run(Source.single(large).concat(Source.maybe()))).size()).isEqualTo(3 * LARGE);
  }
}
