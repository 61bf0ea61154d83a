package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.javadsl.model.RemoteAddress;
import org.apache.pekko.http.scaladsl.model.HttpRequest;
import org.apache.pekko.http.scaladsl.model.HttpResponse;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.OverflowStrategy;
import org.apache.pekko.stream.SystemMaterializer;
import org.apache.pekko.stream.javadsl.BidiFlow;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.SinkQueueWithCancel;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.SourceQueueWithComplete;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which way requests take, and that each is answered. */
class ReceptionTest {
  private static final InetSocketAddress CLIENT = new InetSocketAddress("127.0.0.1", 4711);

  private final ActorSystem system = ActorSystem.create("reception");
  private final Materializer materializer = SystemMaterializer.get(system).materializer();
  private final Outflow outflow = new Outflow(1 << 20);
  private Connection connection;
  private final Queue<HttpRequest> longWay = new ConcurrentLinkedQueue<>();
  private final Queue<HttpRoutes.Reply> held = new ConcurrentLinkedQueue<>();
  private SourceQueueWithComplete<HttpRequest> requests;
  private SinkQueueWithCancel<HttpResponse> responses;

  /** A connection whose requests, the long way, come to a dispatcher of plain HTTP. */
  @BeforeEach
  void connect() {
    connection = outflow.open(CLIENT, () -> {});
    Dispatcher.Shared shared = new Dispatcher.Shared(Limits.defaults(), outflow);
    HttpRoutes routes =
        path ->
            path.equals("/held")
                ? (call, reply) -> held.add(reply)
                : (call, reply) -> reply.send(200, "text/plain", new byte[0]);
    Dispatcher dispatcher =
        new Dispatcher(
            MethodTable.builder().build(),
            new PlainHttp(routes, shared, materializer),
            shared,
            materializer);
    Flow<HttpRequest, HttpResponse, NotUsed> pekko =
        Flow.of(HttpRequest.class)
            .mapAsyncUnordered(
                8,
                request -> {
                  longWay.add(request);
                  return scala.jdk.javaapi.FutureConverters.asJava(dispatcher.apply(request))
                      .thenApply(response -> withStream(response, streamOf(request)));
                });
    Pair<SourceQueueWithComplete<HttpRequest>, SinkQueueWithCancel<HttpResponse>> ends =
        Source.<HttpRequest>queue(8, OverflowStrategy.fail())
            .via(BidiFlow.fromGraph(new Reception(outflow)).reversed().join(pekko))
            .toMat(Sink.queue(), Keep.both())
            .run(materializer);
    requests = ends.first();
    responses = ends.second();
  }

  @AfterEach
  void stop() {
    system.terminate();
  }

  private static HttpResponse withStream(HttpResponse response, Object stream) {
    return (HttpResponse) response.addAttribute(Dispatcher.STREAM, stream);
  }

  private static Object streamOf(org.apache.pekko.http.javadsl.model.HttpMessage message) {
    return message.getAttribute(Dispatcher.STREAM).orElseThrow();
  }

  private void ask(int stream, String path) {
    connection.onClientFrame(FrameHeads.HEADERS, 0, stream, 0);
    requests.offer(
        (HttpRequest)
            HttpRequest.create(path)
                .addAttribute(AttributeKeys.remoteAddress, RemoteAddress.create(CLIENT))
                .addAttribute(Dispatcher.STREAM, stream));
  }

  private Optional<HttpResponse> next() throws Exception {
    return responses.pull().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private Object nextStream() throws Exception {
    return streamOf(next().orElseThrow());
  }

  @Test
  void onlyTheFirstRequestTakesTheLongWay() throws Exception {
    for (int stream = 1; stream < 9; stream += 2) {
      ask(stream, "/");
      assertThat(nextStream()).isEqualTo(stream);
    }
    assertThat(longWay).hasSize(1);
  }

  @Test
  void whoIsAnsweredLaterHoldsUpNobody() throws Exception {
    ask(1, "/held");
    ask(3, "/");
    assertThat(nextStream()).isEqualTo(3);
    ask(5, "/held");
    ask(7, "/");
    assertThat(nextStream()).isEqualTo(7);
    held.remove().send(200, "text/plain", new byte[0]);
    assertThat(nextStream()).isEqualTo(1);
    held.remove().send(200, "text/plain", new byte[0]);
    assertThat(nextStream()).isEqualTo(5);
  }

  @Test
  void endsWhenAllAreAnswered() throws Exception {
    ask(1, "/");
    assertThat(nextStream()).isEqualTo(1);
    ask(3, "/held");
    ask(5, "/");
    assertThat(nextStream()).isEqualTo(5);
    requests.complete();
    held.remove().send(200, "text/plain", new byte[0]);
    assertThat(nextStream()).isEqualTo(3);
    assertThat(next()).isEmpty();
  }

  @Test
  void aConnectionThatIsUnknownTakesTheLongWay() throws Exception {
    outflow.closed(Objects.requireNonNull(outflow.from(CLIENT)));
    ask(1, "/");
    assertThat(nextStream()).isEqualTo(1);
    ask(3, "/");
    assertThat(nextStream()).isEqualTo(3);
    assertThat(longWay).hasSize(2);
  }
}
