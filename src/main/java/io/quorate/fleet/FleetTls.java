package io.quorate.fleet;

import io.quorate.tls.Tls;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.apache.pekko.remote.artery.tcp.SSLEngineProvider;
import scala.Option;

/**
 * TLS of the fleet: the certificates of the links between members, read again for each connection.
 * Both sides show one, whatever the flags say of the links, since a member always has one.
 */
final class FleetTls implements SSLEngineProvider {
  private final Tls tls;

  FleetTls(Tls tls) {
    this.tls = tls;
  }

  @Override
  public SSLEngine createServerSSLEngine(String hostname, int port) {
    SSLEngine engine = tls.accepting();
    engine.setNeedClientAuth(true);
    return engine;
  }

  @Override
  public SSLEngine createClientSSLEngine(String hostname, int port) {
    boolean bracketed = hostname.startsWith("[") && hostname.endsWith("]");
    return tls.dialling(bracketed ? hostname.substring(1, hostname.length() - 1) : hostname, port);
  }

  // Whom to trust was settled in the handshake.

  @Override
  public Option<Throwable> verifyClientSession(String hostname, SSLSession session) {
    return Option.empty();
  }

  @Override
  public Option<Throwable> verifyServerSession(String hostname, SSLSession session) {
    return Option.empty();
  }
}
