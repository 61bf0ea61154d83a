package io.quorate.server.grpc;

import java.time.Duration;
import org.apache.pekko.NotUsed;
import org.apache.pekko.http.scaladsl.model.HttpEntity;
import org.apache.pekko.http.scaladsl.model.RequestEntity;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.scaladsl.Source;
import org.apache.pekko.stream.stage.AbstractInOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.apache.pekko.util.ByteString;
import scala.runtime.BoxedUnit;

/**
 * A call whose body is not one frame, or whose answer is not: the request's bytes go in, the
 * response's chunks come out. It is handed to Pekko HTTP as the body of the response, which runs it
 * inside the connection's own actor; to read the request by a stream of its own would cost an actor
 * for each call, and jetcd and the Node client send even small unary calls in two frames.
 *
 * <p>Each pull takes what has gathered in the {@link OutboundQueue}, so that many messages share a
 * wake-up and a chunk; the end of the queue becomes trailers. When the answer is complete before
 * the request is, the rest is read and dropped for {@link #DRAIN}: to cancel at once would reset
 * the stream, and the reset could overtake the answer.
 */
final class CallStage
    extends GraphStage<FlowShape<HttpEntity.ChunkStreamPart, HttpEntity.ChunkStreamPart>> {
  /** How long the rest of a request that nobody wants is read. */
  static final Duration DRAIN = Duration.ofSeconds(5);

  /** Who reads a request. Called one at a time. */
  interface Reader {
    /** The response has its connection. */
    default void onStart() {}

    /** The next bytes, in an array that is not used again. */
    default void onBytes(byte[] bytes) {}

    /** The request is complete. */
    default void onEnd() {}
  }

  /** No part is empty. */
  private static final Flow<ByteString, HttpEntity.ChunkStreamPart, NotUsed> PARTS =
      Flow.of(ByteString.class)
          .filter(bytes -> !bytes.isEmpty())
          .map(bytes -> new HttpEntity.Chunk(bytes, ""));

  /** Reads what nobody wants. */
  private static final Reader NOBODY = new Reader() {};

  private final Inlet<HttpEntity.ChunkStreamPart> in = Inlet.create("request");
  private final Outlet<HttpEntity.ChunkStreamPart> out = Outlet.create("response");
  private final FlowShape<HttpEntity.ChunkStreamPart, HttpEntity.ChunkStreamPart> shape =
      FlowShape.of(in, out);
  private final Reader reader;
  private final OutboundQueue queue;
  private final boolean trailers;

  /**
   * @param trailers whether a status follows the body; plain HTTP has none
   */
  private CallStage(Reader reader, OutboundQueue queue, boolean trailers) {
    this.reader = reader;
    this.queue = queue;
    this.trailers = trailers;
  }

  /** The response to a request that {@code reader} reads. */
  static Source<HttpEntity.ChunkStreamPart, Object> of(
      RequestEntity request, Reader reader, OutboundQueue queue) {
    return parts(request).via(new CallStage(reader, queue, true));
  }

  /** Its data as it comes: to take the bytes out would be two more stages for each call. */
  private static Source<HttpEntity.ChunkStreamPart, Object> parts(RequestEntity request) {
    return request instanceof HttpEntity.Chunked chunked
        ? chunked.chunks()
        : request.dataBytes().via(PARTS);
  }

  /** The response to a request that was read before. */
  static Source<HttpEntity.ChunkStreamPart, NotUsed> of(OutboundQueue queue, boolean trailers) {
    return Source.<HttpEntity.ChunkStreamPart>empty().via(new CallStage(NOBODY, queue, trailers));
  }

  @Override
  public FlowShape<HttpEntity.ChunkStreamPart, HttpEntity.ChunkStreamPart> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends TimerGraphStageLogic {
    private final AsyncCallback<BoxedUnit> wake = createAsyncCallback(unit -> onWake());

    Logic() {
      super(shape);
      setHandlers(in, out, new Handler());
    }

    @Override
    public void preStart() {
      queue.attach(() -> wake.invoke(BoxedUnit.UNIT));
      reader.onStart();
      readOn();
    }

    @Override
    public void postStop() {
      // Complete or not: after the end this tells nobody.
      queue.gone();
    }

    @Override
    public void onTimer(Object key) {
      completeStage();
    }

    private void onWake() {
      if (queue.isAborted()) {
        failStage(new UnreadException());
        return;
      }
      readOn();
      if (isAvailable(out)) {
        drain();
      }
    }

    private void readOn() {
      if (!isClosed(in) && !hasBeenPulled(in) && !queue.isHeld()) {
        pull(in);
      }
    }

    private void drain() {
      ByteString chunk = queue.poll();
      if (chunk != null) {
        push(out, new HttpEntity.Chunk(chunk, ""));
        return;
      }
      OutboundQueue.End end = queue.finish();
      if (end != null) {
        if (trailers) {
          push(out, new HttpEntity.LastChunk("", end.trailer()));
        }
        complete(out);
        if (isClosed(in)) {
          completeStage();
        } else {
          scheduleOnce("drain", DRAIN);
        }
      }
    }

    private final class Handler extends AbstractInOutHandler {
      @Override
      public void onPush() {
        ByteString bytes = grab(in).data();
        if (!queue.isOver() && !bytes.isEmpty()) {
          reader.onBytes(bytes.toArrayUnsafe());
        }
        readOn();
      }

      @Override
      public void onUpstreamFinish() {
        if (!queue.isOver()) {
          reader.onEnd();
        }
        if (isClosed(out)) {
          completeStage();
        }
      }

      @Override
      public void onUpstreamFailure(Throwable error) {
        // A reset by the client, or the end of its connection.
        queue.gone();
        completeStage();
      }

      @Override
      public void onPull() {
        drain();
      }

      @Override
      public void onDownstreamFinish(Throwable cause) {
        queue.gone();
        completeStage();
      }
    }
  }
}
