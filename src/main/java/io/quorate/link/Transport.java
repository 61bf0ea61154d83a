package io.quorate.link;

import io.quorate.tls.Tls;
import io.quorate.tls.TlsStage;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.stream.javadsl.BidiFlow;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.Tcp;
import org.apache.pekko.util.ByteString;

/**
 * Sockets. All bytes of links pass here and nowhere else: TLS is joined to the flow that {@link
 * #dial} returns and to the flow of each connection that {@link #bind} emits, with an engine made
 * anew for each.
 */
final class Transport {
  private static final int BACKLOG = 128;

  private final Tcp tcp;
  private final Tls tls;
  private final Executor slow;

  Transport(ActorSystem system, Tls tls) {
    this.tcp = Tcp.get(system);
    this.tls = tls;
    this.slow = system.dispatcher();
  }

  /** A connection to {@code url}; when one direction ends, both do. */
  Flow<ByteString, ByteString, CompletionStage<Tcp.OutgoingConnection>> dial(
      PeerUrl url, Duration timeout) {
    Flow<ByteString, ByteString, CompletionStage<Tcp.OutgoingConnection>> bytes =
        tcp.outgoingConnection(
            url.address(),
            Optional.empty(),
            List.of(),
            false,
            Optional.of(timeout),
            Optional.empty());
    return url.tls()
        ? bytes.join(within(() -> tls.dialling(url.host(), url.port())).reversed())
        : bytes;
  }

  /** The connections that others open to {@code address}. */
  Source<Tcp.IncomingConnection, CompletionStage<Tcp.ServerBinding>> bind(
      InetSocketAddress address) {
    return tcp.bind(
        address.getHostString(), address.getPort(), BACKLOG, List.of(), false, Optional.empty());
  }

  /** What travels within {@code connection}, which somebody has opened to {@code endpoint}. */
  Flow<ByteString, ByteString, NotUsed> accept(
      PeerLinks.Endpoint endpoint, Tcp.IncomingConnection connection) {
    return endpoint.tls()
        ? connection.flow().join(within(tls::accepting).reversed())
        : connection.flow();
  }

  private BidiFlow<ByteString, ByteString, ByteString, ByteString, NotUsed> within(
      Supplier<SSLEngine> engines) {
    return BidiFlow.fromGraph(new TlsStage(engines, slow));
  }
}
