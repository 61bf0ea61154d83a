package io.quorate.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.stream.javadsl.BidiFlow;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two stages back to back, with a wire between them that cuts and joins what travels. */
class TlsStageTest {
  private static final int BYTES = 3_000_000;

  @TempDir Path dir;

  private final ActorSystem system = ActorSystem.create("tls");
  private final Random luck = new Random(1);
  private Tls own;

  @BeforeEach
  void issue() throws Exception {
    TestAuthority authority = new TestAuthority("ca");
    Path trusted = authority.writeTo(dir.resolve("ca.pem"));
    own =
        Tls.open(
            TestAuthority.mutual(authority.issue(dir.resolve("m"), "m", "127.0.0.1"), trusted));
  }

  @AfterEach
  void stop() {
    system.terminate();
  }

  private BidiFlow<ByteString, ByteString, ByteString, ByteString, NotUsed> stage(
      Supplier<SSLEngine> engines) {
    return BidiFlow.fromGraph(new TlsStage(engines, system.dispatcher()));
  }

  private Supplier<SSLEngine> dialling(String... versions) {
    return () -> {
      SSLEngine engine = own.dialling("127.0.0.1", 1);
      if (versions.length > 0) {
        engine.setEnabledProtocols(versions);
      }
      return engine;
    };
  }

  /** Cuts each piece anywhere. */
  private Flow<ByteString, ByteString, NotUsed> cut() {
    return Flow.of(ByteString.class)
        .mapConcat(
            bytes -> {
              int at = luck.nextInt(bytes.size() + 1);
              return List.of(bytes.take(at), bytes.drop(at));
            })
        .filter(bytes -> !bytes.isEmpty());
  }

  /**
   * What the client hears, up to {@code bytes}, of a server that answers as {@code answer} does.
   */
  private CompletionStage<ByteString> heard(
      Supplier<SSLEngine> client,
      Source<ByteString, ?> said,
      Flow<ByteString, ByteString, NotUsed> answer,
      int bytes) {
    Flow<ByteString, ByteString, NotUsed> server = answer.join(stage(own::accepting));
    BidiFlow<ByteString, ByteString, ByteString, ByteString, NotUsed> wire =
        BidiFlow.fromFlows(cut(), cut());
    return said.via(stage(client).atop(wire).join(server))
        .scan(ByteString.emptyByteString(), ByteString::concat)
        .takeWhile(all -> all.size() < bytes, true)
        .toMat(Sink.last(), Keep.right())
        .run(system);
  }

  private static ByteString get(CompletionStage<ByteString> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private ByteString some(int bytes) {
    byte[] content = new byte[bytes];
    luck.nextBytes(content);
    return ByteString.fromArray(content);
  }

  private Source<ByteString, NotUsed> pieces(ByteString all) {
    return Source.single(all)
        .mapConcat(
            bytes -> {
              List<ByteString> pieces = new ArrayList<>();
              ByteString left = bytes;
              while (!left.isEmpty()) {
                int size = Math.min(left.size(), 1 + luck.nextInt(100_000));
                pieces.add(left.take(size));
                left = left.drop(size);
              }
              return pieces;
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void whatIsSaidIsHeardWhereverTheWireCutsIt(String version) throws Exception {
    ByteString all = some(BYTES);
    // Within TLS 1.2 whoever says that there is no more hears no more either.
    Source<ByteString, ?> said = pieces(all).concat(Source.maybe());
    assertThat(get(heard(dialling(version), said, Flow.of(ByteString.class), BYTES)))
        .isEqualTo(all);
  }

  @Test
  void aServerMaySayAllAtOnceAndEnd() throws Exception {
    ByteString all = some(BYTES);
    Flow<ByteString, ByteString, NotUsed> ending =
        Flow.fromSinkAndSource(Sink.ignore(), Source.single(all));
    assertThat(get(heard(dialling(), Source.maybe(), ending, Integer.MAX_VALUE))).isEqualTo(all);
  }

  @Test
  void whatIsSaidLastLeavesBeforeTheEnd() throws Exception {
    ByteString all = some(BYTES);
    Flow<ByteString, ByteString, CompletionStage<ByteString>> server =
        Flow.fromSinkAndSourceMat(
            Sink.fold(ByteString.emptyByteString(), ByteString::concat),
            Source.<ByteString>maybe(),
            Keep.left());
    CompletionStage<ByteString> received =
        pieces(all)
            .viaMat(
                server.join(stage(own::accepting)).join(stage(dialling()).reversed()), Keep.right())
            .to(Sink.ignore())
            .run(system);
    assertThat(get(received)).isEqualTo(all);
  }

  @Test
  void bothSidesAreToldWhyHandsAreNotShaken() {
    Tls stranger = Tls.none();
    CompletionStage<ByteString> told =
        heard(
            () -> stranger.dialling("127.0.0.1", 1),
            Source.maybe(),
            Flow.of(ByteString.class),
            Integer.MAX_VALUE);
    assertThatThrownBy(() -> get(told))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("unknown authority");
  }

  /** What a server hears of whoever sends {@code received}, and then nothing more. */
  private CompletionStage<List<ByteString>> heardOf(Source<ByteString, ?> received) {
    Flow<ByteString, ByteString, CompletionStage<List<ByteString>>> server =
        Flow.fromSinkAndSourceMat(Sink.<ByteString>seq(), Source.<ByteString>maybe(), Keep.left());
    return received
        .viaMat(server.join(stage(own::accepting)), Keep.right())
        .to(Sink.ignore())
        .run(system);
  }

  @Test
  void whoeverSpeaksNoTlsIsRefused() {
    ByteString plain = ByteString.fromString("GET / HTTP/1.1\r\n\r\n");
    assertThat(heardOf(Source.single(plain).concat(Source.maybe())))
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(SSLException.class);
  }

  @Test
  void whoeverHangsUpInTheMidstIsToldApartFromOneThatOnlyLooked() {
    assertThat(heardOf(Source.single(ByteString.fromArray(new byte[] {22, 3, 1}))))
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableOfType(ExecutionException.class)
        .withMessageContaining("hung up during the TLS handshake");
    assertThat(heardOf(Source.empty())).succeedsWithin(Duration.ofSeconds(10));
  }
}
