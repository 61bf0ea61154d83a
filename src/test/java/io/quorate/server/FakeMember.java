package io.quorate.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A member that marks its directory, binds its first client URL, is ready when told, and serves
 * nothing. Where it joins, the cluster has given it the id {@link #JOINED}.
 */
final class FakeMember implements RunningMember {
  static final long JOINED = 77;
  static final long JOINED_CLUSTER = 7;

  final CompletableFuture<Void> ready = new CompletableFuture<>();
  final CompletableFuture<Throwable> failed = new CompletableFuture<>();
  final CompletableFuture<Void> stopped = new CompletableFuture<>();
  final MemberStarter.Request request;
  private final ServerSocket socket;

  FakeMember(MemberStarter.Request request) throws ConfigException {
    this.request = request;
    mark(request);
    EtcdUrl url = request.config().urls().listenClient().get(0);
    try {
      socket = new ServerSocket(url.port(), 1, InetAddress.getByName(url.host()));
    } catch (IOException e) {
      throw ConfigException.start("cannot listen on " + url + ": " + e.getMessage());
    }
  }

  private static void mark(MemberStarter.Request request) throws ConfigException {
    if (request.begin() instanceof Begin.Found found) {
      request.dataDir().found(found.owner());
    } else if (request.begin() instanceof Begin.Join join) {
      MemberIdentity identity = new MemberIdentity(JOINED_CLUSTER, JOINED, join.name());
      request.dataDir().found(new DataDir.Owner(identity, List.of()));
    }
  }

  /** For use as a starter: ready at once. */
  static RunningMember readyAtOnce(MemberStarter.Request request) throws ConfigException {
    FakeMember member = new FakeMember(request);
    member.ready.complete(null);
    return member;
  }

  @Override
  public CompletionStage<Void> ready() {
    return ready;
  }

  @Override
  public CompletionStage<Throwable> failed() {
    return failed;
  }

  @Override
  public List<InetSocketAddress> clientAddresses() {
    return List.of((InetSocketAddress) socket.getLocalSocketAddress());
  }

  @Override
  public CompletionStage<Void> stop() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    stopped.complete(null);
    return stopped;
  }
}
