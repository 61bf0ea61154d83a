package io.quorate.server.grpc;

import io.quorate.tls.Tls;
import io.quorate.tls.TlsStage;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.http.impl.engine.http2.TelemetrySpi;
import org.apache.pekko.http.scaladsl.model.HttpRequest;
import org.apache.pekko.http.scaladsl.model.HttpResponse;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.BidiShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.scaladsl.BidiFlow;
import org.apache.pekko.stream.scaladsl.Flow;
import org.apache.pekko.stream.scaladsl.Tcp;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.util.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.runtime.BoxedUnit;

/**
 * Stands between Pekko HTTP and both of its sides. Between each socket and it are a {@link Gather},
 * so that what is said together leaves together, and a meter, since Pekko HTTP tells nobody when an
 * answer has left and nobody sees its buffers; between it and the handlers is a {@link Reception}.
 * Pekko makes one for each actor system, by the setting {@link #SETTING}; it is the only place
 * where Pekko HTTP hands out the bytes of an HTTP/2 connection, and its requests before they become
 * tasks.
 */
final class Metering implements TelemetrySpi {
  private static final Logger LOG = LoggerFactory.getLogger(Metering.class);

  static final String SETTING = "pekko.http.http2-telemetry-class";

  private final Outflow outflow;
  private final Executor slow;

  Metering(ActorSystem system) {
    this.outflow = Outflow.of(system);
    this.slow = system.dispatcher();
  }

  @Override
  public Flow<Tcp.IncomingConnection, Tcp.IncomingConnection, NotUsed> serverBinding() {
    Optional<Supplier<SSLEngine>> tls = outflow.tlsOfBinding();
    return org.apache.pekko.stream.javadsl.Flow.of(Tcp.IncomingConnection.class)
        .map(
            accepted ->
                new Tcp.IncomingConnection(
                    accepted.localAddress(),
                    accepted.remoteAddress(),
                    gather()
                        .atop(BidiFlow.fromGraph(new Meter(outflow, accepted.remoteAddress())))
                        .join(tls.isEmpty() ? accepted.flow() : within(tls.get(), accepted))))
        .asScala();
  }

  /** Pekko HTTP sees no TLS: it knows HTTP/2 by how it begins, and is measured alike. */
  private Flow<ByteString, ByteString, NotUsed> within(
      Supplier<SSLEngine> tls, Tcp.IncomingConnection accepted) {
    return BidiFlow.fromGraph(new TlsStage(tls, slow)).join(accepted.flow());
  }

  private static BidiFlow<ByteString, ByteString, ByteString, ByteString, NotUsed> gather() {
    return BidiFlow.fromFlows(Flow.fromGraph(new Gather()), Flow.apply());
  }

  @Override
  public BidiFlow<HttpResponse, HttpResponse, HttpRequest, HttpRequest, NotUsed>
      serverConnection() {
    return BidiFlow.fromGraph(new Reception(outflow));
  }

  @Override
  public BidiFlow<HttpRequest, HttpRequest, HttpResponse, HttpResponse, NotUsed> client() {
    return BidiFlow.identity();
  }

  /** Passes bytes on in both directions and shows their frames to a {@link Connection}. */
  private static final class Meter
      extends GraphStage<BidiShape<ByteString, ByteString, ByteString, ByteString>> {
    private final Inlet<ByteString> answers = Inlet.create("answers");
    private final Outlet<ByteString> toClient = Outlet.create("toClient");
    private final Inlet<ByteString> fromClient = Inlet.create("fromClient");
    private final Outlet<ByteString> requests = Outlet.create("requests");
    private final BidiShape<ByteString, ByteString, ByteString, ByteString> shape =
        new BidiShape<>(answers, toClient, fromClient, requests);
    private final Outflow outflow;
    private final InetSocketAddress remote;

    Meter(Outflow outflow, InetSocketAddress remote) {
      this.outflow = outflow;
      this.remote = remote;
    }

    @Override
    public BidiShape<ByteString, ByteString, ByteString, ByteString> shape() {
      return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes attributes) {
      return new Logic();
    }

    private final class Logic extends GraphStageLogic {
      private final AsyncCallback<BoxedUnit> abort =
          createAsyncCallback(unit -> failStage(new UnreadException()));
      private final Connection connection =
          outflow.open(remote, () -> abort.invoke(BoxedUnit.UNIT));
      private final FrameHeads client = FrameHeads.ofClient(connection::onClientFrame);
      private final UpgradeGuard guard = new UpgradeGuard();
      private final FrameHeads server = FrameHeads.ofServer(connection::onServerFrame);

      Logic() {
        super(shape);
        setHandler(fromClient, new Pass(fromClient, requests, client));
        setHandler(requests, new Pull(fromClient));
        setHandler(answers, new Pass(answers, toClient, server));
        setHandler(toClient, new Pull(answers));
      }

      @Override
      public void postStop() {
        outflow.closed(connection);
      }

      private final class Pass extends AbstractInHandler {
        private final Inlet<ByteString> in;
        private final Outlet<ByteString> out;
        private final FrameHeads heads;

        Pass(Inlet<ByteString> in, Outlet<ByteString> out, FrameHeads heads) {
          this.in = in;
          this.out = out;
          this.heads = heads;
        }

        @Override
        public void onPush() {
          ByteString bytes = grab(in);
          // A server speaks in frames once its client has.
          if (heads == client || client.isHttp2()) {
            for (ByteBuffer piece : bytes.getByteBuffers()) {
              heads.read(piece);
            }
          }
          push(out, heads.isForeign() ? guard.pass(bytes) : bytes);
        }

        @Override
        public void onUpstreamFinish() {
          complete(out);
        }

        @Override
        public void onUpstreamFailure(Throwable error) {
          if (error instanceof SSLException) {
            LOG.atWarn()
                .addKeyValue("remote-addr", connection.remote())
                .addKeyValue("error", Tls.text(error))
                .log("rejected connection on client endpoint");
            complete(out);
          } else {
            fail(out, error);
          }
        }
      }

      private final class Pull extends AbstractOutHandler {
        private final Inlet<ByteString> in;

        Pull(Inlet<ByteString> in) {
          this.in = in;
        }

        @Override
        public void onPull() {
          pull(in);
        }

        @Override
        public void onDownstreamFinish(Throwable cause) {
          cancel(in, cause);
        }
      }
    }
  }
}
