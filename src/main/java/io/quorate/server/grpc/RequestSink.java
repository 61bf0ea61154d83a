package io.quorate.server.grpc;

import java.time.Duration;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.SinkShape;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.apache.pekko.util.ByteString;
import scala.runtime.BoxedUnit;

/**
 * Reads the body of a request that did not come in one frame, and can be held. When its reader is
 * done before the client is, the rest is read and dropped for {@link #DRAIN}: to cancel at once
 * would reset the stream, and the reset could overtake our answer.
 */
final class RequestSink extends GraphStage<SinkShape<ByteString>> {
  /** How long the rest of a body that nobody wants is read. */
  static final Duration DRAIN = Duration.ofSeconds(5);

  /** Who reads a body. Called one at a time. */
  interface Reader {
    /** The next bytes, in an array of their own. */
    void onBytes(byte[] bytes);

    /** The body is complete. */
    void onEnd();

    /** The client has reset the stream, or its connection is gone. */
    void onFailure();
  }

  /** What can be done to a sink from outside, on any thread; nothing happens before it runs. */
  static final class Control {
    private boolean held;
    private boolean done;
    private Runnable notice = () -> {};

    /** Stops pulling, or goes on. */
    void hold(boolean hold) {
      Runnable toRun;
      synchronized (this) {
        held = hold;
        toRun = notice;
      }
      toRun.run();
    }

    /** The reader wants no more. */
    void done() {
      Runnable toRun;
      synchronized (this) {
        done = true;
        toRun = notice;
      }
      toRun.run();
    }

    private synchronized void attach(Runnable onChange) {
      notice = onChange;
    }

    private synchronized boolean isHeld() {
      return held && !done;
    }

    private synchronized boolean isDone() {
      return done;
    }
  }

  private final Inlet<ByteString> in = Inlet.create("request");
  private final SinkShape<ByteString> shape = SinkShape.of(in);
  private final Reader reader;
  private final Control control;

  RequestSink(Reader reader, Control control) {
    this.reader = reader;
    this.control = control;
  }

  @Override
  public SinkShape<ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends TimerGraphStageLogic {
    private final AsyncCallback<BoxedUnit> changed = createAsyncCallback(unit -> onChange());
    private boolean draining;

    Logic() {
      super(shape);
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              ByteString bytes = grab(in);
              if (!control.isDone()) {
                reader.onBytes(bytes.toArrayUnsafe());
              }
              onChange();
            }

            @Override
            public void onUpstreamFinish() {
              if (!control.isDone()) {
                reader.onEnd();
              }
              completeStage();
            }

            @Override
            public void onUpstreamFailure(Throwable error) {
              // Also after the reader is done: an open answer must learn that the client is gone.
              reader.onFailure();
              completeStage();
            }
          });
    }

    @Override
    public void preStart() {
      control.attach(() -> changed.invoke(BoxedUnit.UNIT));
      onChange();
    }

    private void onChange() {
      if (control.isDone() && !draining) {
        draining = true;
        scheduleOnce("drain", DRAIN);
      }
      if (!control.isHeld() && !hasBeenPulled(in) && !isClosed(in)) {
        pull(in);
      }
    }

    @Override
    public void onTimer(Object key) {
      completeStage();
    }
  }
}
