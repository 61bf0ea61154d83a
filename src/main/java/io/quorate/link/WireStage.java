package io.quorate.link;

import io.quorate.base.Durations;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.stage.AbstractInOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.apache.pekko.util.ByteString;
import scala.runtime.BoxedUnit;

/**
 * One open connection: frames go to a reader, what a {@link SendQueue} holds goes out. Says that it
 * lives when it has said nothing else for a while. When the reader throws, the connection ends.
 */
final class WireStage extends GraphStage<FlowShape<ByteString, ByteString>> {
  private final Inlet<ByteString> in = Inlet.create("frames");
  private final Outlet<ByteString> out = Outlet.create("batches");
  private final FlowShape<ByteString, ByteString> shape = FlowShape.of(in, out);
  private final SendQueue queue;
  private final Consumer<ByteString> reader;
  private final Duration keepAlive;
  private final PeerTraffic traffic;

  /**
   * @param reader takes each frame, with its length; called one at a time
   * @param traffic counts the bytes
   */
  WireStage(SendQueue queue, Consumer<ByteString> reader, Duration keepAlive, PeerTraffic traffic) {
    this.queue = queue;
    this.reader = reader;
    this.keepAlive = keepAlive;
    this.traffic = traffic;
  }

  @Override
  public FlowShape<ByteString, ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends TimerGraphStageLogic {
    private boolean spoke;

    Logic() {
      super(shape);
      Handler handler = new Handler();
      setHandler(in, handler);
      setHandler(out, handler);
    }

    @Override
    public void preStart() {
      AsyncCallback<BoxedUnit> wake = createAsyncCallback(unit -> drain());
      queue.attach(() -> wake.invoke(BoxedUnit.UNIT));
      Duration half = Durations.part(keepAlive, 2);
      scheduleWithFixedDelay("alive", half, half);
      pull(in);
    }

    @Override
    public void postStop() {
      queue.close();
    }

    @Override
    public void onTimer(Object key) {
      if (!spoke && isAvailable(out)) {
        push(out, Frames.ALIVE);
      }
      spoke = false;
    }

    private void drain() {
      if (isAvailable(out)) {
        ByteString batch = queue.poll();
        if (batch != null) {
          spoke = true;
          traffic.sentBytes.add(batch.size());
          push(out, batch);
        }
      }
    }

    private final class Handler extends AbstractInOutHandler {
      @Override
      public void onPush() {
        ByteString frame = grab(in);
        traffic.receivedBytes.add(frame.size());
        try {
          if (!Frames.isAlive(frame)) {
            reader.accept(frame);
          }
          pull(in);
        } catch (RefusedException | IllegalArgumentException malformed) {
          failStage(malformed); // what others do wrong is no error of ours, and logged elsewhere
        }
      }

      @Override
      public void onPull() {
        drain();
      }
    }
  }
}
