package io.quorate.link;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLEngine;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.BidiShape;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.StreamTcpException;
import org.apache.pekko.stream.TLSClosing;
import org.apache.pekko.stream.TLSProtocol;
import org.apache.pekko.stream.javadsl.BidiFlow;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.TLS;
import org.apache.pekko.stream.stage.AbstractInOutHandler;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.apache.pekko.util.ByteString;
import scala.concurrent.duration.FiniteDuration;

/**
 * TLS between what somebody says and a socket, such that both end together and the end tells why:
 * the stage of Pekko cancels what comes in before it fails what goes out, and may see a socket that
 * fails only as one that ends. So whoever speaks is told of the end when the reason is known.
 */
final class TlsFlow {
  /** How long a socket may outlive what was said on it, so that the last of it still leaves. */
  static final Duration LINGER = Duration.ofSeconds(1);

  private TlsFlow() {}

  /** Takes what is said and gives what is heard; on its other side are the bytes of the socket. */
  static BidiFlow<ByteString, ByteString, ByteString, ByteString, NotUsed> of(SSLEngine engine) {
    SharedKillSwitch socket = KillSwitches.shared("tls");
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Flow<ByteString, ByteString, NotUsed> out = Flow.fromGraph(new Noting(failure));
    Flow<ByteString, ByteString, NotUsed> in =
        Flow.fromGraph(new Noting(failure)).via(socket.flow());
    return BidiFlow.fromGraph(new Edge(failure, socket))
        .atop(TLS.create(() -> engine, TLSClosing.eagerClose()))
        .atop(BidiFlow.fromFlows(out, in));
  }

  /** Passes bytes, and notes that the socket has failed before anybody else hears of it. */
  private static final class Noting extends GraphStage<FlowShape<ByteString, ByteString>> {
    private final Inlet<ByteString> in = Inlet.create("in");
    private final Outlet<ByteString> out = Outlet.create("out");
    private final FlowShape<ByteString, ByteString> shape = FlowShape.of(in, out);
    private final AtomicReference<Throwable> failure;

    Noting(AtomicReference<Throwable> failure) {
      this.failure = failure;
    }

    @Override
    public FlowShape<ByteString, ByteString> shape() {
      return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes attributes) {
      return new NotingLogic();
    }

    private final class NotingLogic extends GraphStageLogic {
      NotingLogic() {
        super(shape);
        Handler handler = new Handler();
        setHandler(in, handler);
        setHandler(out, handler);
      }

      private void note(Throwable error) {
        if (error instanceof StreamTcpException) {
          failure.compareAndSet(null, error);
        }
      }

      private final class Handler extends AbstractInOutHandler {
        @Override
        public void onPush() {
          push(out, grab(in));
        }

        @Override
        public void onPull() {
          pull(in);
        }

        @Override
        public void onUpstreamFailure(Throwable error) {
          note(error);
          failStage(error);
        }

        @Override
        public void onDownstreamFinish(Throwable cause) {
          note(cause);
          cancelStage(cause);
        }
      }
    }
  }

  /** Where bytes that are said become those of TLS, and the other way round. */
  private static final class Edge
      extends GraphStage<
          BidiShape<
              ByteString, TLSProtocol.SslTlsOutbound, TLSProtocol.SslTlsInbound, ByteString>> {
    private final Inlet<ByteString> said = Inlet.create("said");
    private final Outlet<TLSProtocol.SslTlsOutbound> out = Outlet.create("out");
    private final Inlet<TLSProtocol.SslTlsInbound> in = Inlet.create("in");
    private final Outlet<ByteString> heard = Outlet.create("heard");
    private final BidiShape<
            ByteString, TLSProtocol.SslTlsOutbound, TLSProtocol.SslTlsInbound, ByteString>
        shape = BidiShape.of(said, out, in, heard);
    private final AtomicReference<Throwable> failure;
    private final SharedKillSwitch socket;

    Edge(AtomicReference<Throwable> failure, SharedKillSwitch socket) {
      this.failure = failure;
      this.socket = socket;
    }

    @Override
    public BidiShape<ByteString, TLSProtocol.SslTlsOutbound, TLSProtocol.SslTlsInbound, ByteString>
        shape() {
      return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes attributes) {
      return new Logic();
    }

    private final class Logic extends TimerGraphStageLogic {
      Logic() {
        super(shape);
        Saying saying = new Saying();
        setHandler(said, saying);
        setHandler(out, saying);
        Hearing hearing = new Hearing();
        setHandler(in, hearing);
        setHandler(heard, hearing);
      }

      @Override
      public void onTimer(Object key) {
        end();
      }

      @Override
      public void postStop() {
        materializer()
            .scheduleOnce(
                new FiniteDuration(LINGER.toNanos(), TimeUnit.NANOSECONDS), socket::shutdown);
      }

      private void end() {
        Throwable why = failure.get();
        if (why == null) {
          complete(heard); // whoever listens is the first to know
          completeStage();
        } else {
          failStage(why);
        }
      }

      /** Towards the socket. */
      private final class Saying extends AbstractInOutHandler {
        @Override
        public void onPush() {
          push(out, new TLSProtocol.SendBytes(grab(said)));
        }

        @Override
        public void onPull() {
          pull(said);
        }

        @Override
        public void onUpstreamFinish() {
          complete(out);
        }

        @Override
        public void onUpstreamFailure(Throwable error) {
          fail(out, error);
        }

        @Override
        public void onDownstreamFinish(Throwable cause) {
          if (isClosed(in)) {
            end();
          } else {
            scheduleOnce("end", LINGER); // the reason comes on the other way
          }
        }
      }

      /** From the socket. */
      private final class Hearing extends AbstractInOutHandler {
        @Override
        public void onPush() {
          if (grab(in) instanceof TLSProtocol.SessionBytes session) {
            push(heard, session.bytes());
          } else {
            pull(in); // only says that the other side was cut off, which its end will, too
          }
        }

        @Override
        public void onPull() {
          pull(in);
        }

        @Override
        public void onUpstreamFinish() {
          end();
        }

        @Override
        public void onDownstreamFinish(Throwable cause) {
          cancel(in, cause);
        }
      }
    }
  }
}
