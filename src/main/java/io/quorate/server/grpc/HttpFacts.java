package io.quorate.server.grpc;

import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.javadsl.model.RemoteAddress;
import org.apache.pekko.http.scaladsl.model.HttpHeader;
import org.apache.pekko.http.scaladsl.model.HttpRequest;
import org.jspecify.annotations.Nullable;
import scala.collection.Iterator;

/** What an HTTP request says of its caller. */
record HttpFacts(HttpRequest request) implements RequestContext.Source {
  @Override
  public @Nullable String header(String name) {
    Iterator<HttpHeader> headers = request.headers().iterator();
    while (headers.hasNext()) {
      HttpHeader header = headers.next();
      if (header.is(name)) {
        return header.value();
      }
    }
    return null;
  }

  @Override
  public RequestContext.Peer peer() {
    String address =
        request
            .getAttribute(AttributeKeys.remoteAddress)
            .flatMap(RemoteAddress::getAddress)
            .map(ip -> ip.getHostAddress() + ":" + port())
            .orElse("");
    return new RequestContext.Peer(address);
  }

  private int port() {
    return request.getAttribute(AttributeKeys.remoteAddress).map(RemoteAddress::getPort).orElse(0);
  }
}
