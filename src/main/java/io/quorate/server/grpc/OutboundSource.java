package io.quorate.server.grpc;

import org.apache.pekko.http.scaladsl.model.HttpEntity;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.SourceShape;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.util.ByteString;
import scala.runtime.BoxedUnit;

/**
 * Drains an {@link OutboundQueue} into the body of a response: each pull takes what has gathered,
 * so that many messages share a wake-up and a chunk. The end of the queue becomes trailers.
 */
final class OutboundSource extends GraphStage<SourceShape<HttpEntity.ChunkStreamPart>> {
  private final Outlet<HttpEntity.ChunkStreamPart> out = Outlet.create("outbound");
  private final SourceShape<HttpEntity.ChunkStreamPart> shape = SourceShape.of(out);
  private final OutboundQueue queue;
  private final boolean trailers;

  /**
   * @param trailers whether a status follows the body; plain HTTP has none
   */
  OutboundSource(OutboundQueue queue, boolean trailers) {
    this.queue = queue;
    this.trailers = trailers;
  }

  @Override
  public SourceShape<HttpEntity.ChunkStreamPart> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic {
    private final AsyncCallback<BoxedUnit> wake = createAsyncCallback(unit -> onWake());

    Logic() {
      super(shape);
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              drain();
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
              queue.gone();
              completeStage();
            }
          });
    }

    @Override
    public void preStart() {
      queue.attach(() -> wake.invoke(BoxedUnit.UNIT));
    }

    @Override
    public void postStop() {
      // Complete or not: after the end this tells nobody.
      queue.gone();
    }

    private void onWake() {
      if (isAvailable(out)) {
        drain();
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
      }
    }
  }
}
