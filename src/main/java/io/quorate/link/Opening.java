package io.quorate.link;

import io.quorate.base.Durations;
import io.quorate.link.Preface.Refusal;
import java.time.Duration;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.stage.AbstractInOutHandler;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.apache.pekko.util.ByteString;

/**
 * What a socket's bytes pass first. Its first element is what the first frame carries, of which it
 * gathers at most {@link #FIRST_BYTES_MAX}; everything after that passes as it is. Fails with
 * {@link RefusedException} if the first frame is larger or late, and with {@link LinkException} if
 * later on nothing comes for too long although it was asked for: a reader that holds the other side
 * up does not make it silent.
 */
final class Opening extends GraphStage<FlowShape<ByteString, ByteString>> {
  /** The largest first frame, in bytes. */
  static final int FIRST_BYTES_MAX = 1024;

  /** How a TLS handshake begins, and how its end does: a type, and the major version. */
  private static final int TLS_HANDSHAKE = 0x1603;

  private static final int TLS_ALERT = 0x1503;

  private final Inlet<ByteString> in = Inlet.create("socket");
  private final Outlet<ByteString> out = Outlet.create("opened");
  private final FlowShape<ByteString, ByteString> shape = FlowShape.of(in, out);
  private final LinkTiming timing;
  private final Runnable onPeerClosed;

  /**
   * @param onPeerClosed runs when the other side ends the connection
   */
  Opening(LinkTiming timing, Runnable onPeerClosed) {
    this.timing = timing;
    this.onPeerClosed = onPeerClosed;
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
    private ByteString gathered = ByteString.emptyByteString();
    private boolean open;
    private boolean finished;
    // When something came last, or was last asked for.
    private long quietSince;

    Logic() {
      super(shape);
      Handler handler = new Handler();
      setHandler(in, handler);
      setHandler(out, handler);
    }

    @Override
    public void preStart() {
      scheduleOnce("open", timing.preface());
    }

    @Override
    public void onTimer(Object key) {
      if (!open) {
        long millis = timing.preface().toMillis();
        failStage(new RefusedException(Refusal.NOT_A_PEER, "no preface within " + millis + " ms"));
      } else if (hasBeenPulled(in) && System.nanoTime() - quietSince > timing.silence().toNanos()) {
        failStage(new LinkException(LinkException.Reason.BROKEN, "the other side is silent"));
      }
    }

    private void ask() {
      quietSince = System.nanoTime();
      pull(in);
    }

    private void tryOpen() {
      if (gathered.size() < Frames.HEAD_BYTES) {
        ask();
        return;
      }
      int length = gathered.asByteBuffer().getInt();
      if (length <= 0 || length > FIRST_BYTES_MAX) {
        boolean tls = length >>> 16 == TLS_HANDSHAKE || length >>> 16 == TLS_ALERT;
        failStage(
            new RefusedException(
                Refusal.NOT_A_PEER,
                tls
                    ? "the other side speaks TLS"
                    : "a first frame of " + Integer.toUnsignedString(length) + " bytes"));
      } else if (gathered.size() < Frames.HEAD_BYTES + length) {
        ask();
      } else {
        open = true;
        Duration check = Durations.part(timing.silence(), 4);
        scheduleWithFixedDelay("silent", check, check);
        ByteString first = gathered.drop(Frames.HEAD_BYTES).take(length).compact();
        gathered = gathered.drop(Frames.HEAD_BYTES + length);
        push(out, first);
      }
    }

    private void passRest() {
      ByteString rest = gathered;
      gathered = ByteString.emptyByteString();
      push(out, rest);
      if (finished) {
        completeStage();
      }
    }

    private final class Handler extends AbstractInOutHandler {
      @Override
      public void onPush() {
        quietSince = System.nanoTime();
        ByteString bytes = grab(in);
        if (open) {
          push(out, bytes);
        } else {
          gathered = gathered.concat(bytes);
          tryOpen();
        }
      }

      @Override
      public void onPull() {
        if (open && gathered.nonEmpty()) {
          passRest();
        } else {
          ask();
        }
      }

      @Override
      public void onUpstreamFinish() {
        onPeerClosed.run();
        finished = true;
        if (!open || gathered.isEmpty()) {
          completeStage();
        }
      }
    }
  }
}
