package io.quorate.server.grpc;

import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.stage.AbstractInOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.util.ByteString;
import scala.runtime.BoxedUnit;

/**
 * Puts together what Pekko HTTP says to a socket. It hands on each frame by itself, and an answer
 * of one message is three of them: headers, message, trailers. The first would be written alone,
 * with a system call, a packet and a wake-up of the client, and the others after it.
 *
 * <p>What has gathered goes on when the connection's actor comes to a mark that was put into its
 * mailbox with the first of it: behind all that waited there, so a busy connection gathers more,
 * and an idle one waits for nothing.
 */
final class Gather extends GraphStage<FlowShape<ByteString, ByteString>> {
  /** What has gathered goes on without waiting when it is as much; one piece may be more. */
  private static final int BYTES_MAX = 64 * 1024;

  private final Inlet<ByteString> in = Inlet.create("pieces");
  private final Outlet<ByteString> out = Outlet.create("gathered");
  private final FlowShape<ByteString, ByteString> shape = FlowShape.of(in, out);

  @Override
  public FlowShape<ByteString, ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic {
    private final AsyncCallback<BoxedUnit> mark = createAsyncCallback(unit -> onMark());
    private ByteString gathered = ByteString.emptyByteString();
    // A mark is in the mailbox.
    private boolean marked;

    Logic() {
      super(shape);
      setHandlers(in, out, new Handler());
    }

    private void onMark() {
      marked = false;
      passOn();
    }

    private void passOn() {
      if (!gathered.isEmpty() && isAvailable(out)) {
        push(out, taken());
      }
      readOn();
    }

    private ByteString taken() {
      ByteString all = gathered;
      gathered = ByteString.emptyByteString();
      return all;
    }

    private void readOn() {
      if (gathered.size() < BYTES_MAX && !hasBeenPulled(in) && !isClosed(in)) {
        pull(in);
      }
    }

    private final class Handler extends AbstractInOutHandler {
      @Override
      public void onPush() {
        gathered = gathered.concat(grab(in));
        if (gathered.size() >= BYTES_MAX) {
          passOn();
          return;
        }
        if (!marked) {
          marked = true;
          mark.invoke(BoxedUnit.UNIT);
        }
        readOn();
      }

      @Override
      public void onPull() {
        if (marked) {
          readOn();
        } else {
          passOn();
        }
      }

      @Override
      public void onUpstreamFinish() {
        if (gathered.isEmpty()) {
          completeStage();
        } else {
          emit(out, taken(), Logic.this::completeStage);
        }
      }
    }
  }
}
