package io.quorate.fleet;

import io.quorate.apply.Member;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A Raft group that does what a test says, as its members see it. */
final class FakeGroup {
  final List<Member> members = new CopyOnWriteArrayList<>();
  final List<Long> removed = new CopyOnWriteArrayList<>();
  final Map<Long, Integer> announced = new ConcurrentHashMap<>();
  volatile long leader;

  /** A member whose peer port and the one after that are free. */
  Member add(long id) throws IOException {
    Member member =
        new Member(id, "m" + id, List.of("http://127.0.0.1:" + freePorts()), List.of(), false);
    members.add(member);
    return member;
  }

  /** A free port after which there is another one. */
  static int freePorts() throws IOException {
    while (true) {
      try (ServerSocket first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          ServerSocket second =
              new ServerSocket(first.getLocalPort() + 1, 1, InetAddress.getLoopbackAddress())) {
        return second.getLocalPort() - 1;
      } catch (IOException | IllegalArgumentException e) {
        // Another pair, then.
      }
    }
  }

  void remove(long id) {
    members.removeIf(member -> member.id() == id);
    removed.add(id);
  }

  int fleetPort(long id) {
    Member member = members.stream().filter(m -> m.id() == id).findFirst().orElseThrow();
    return Integer.parseInt(member.peerUrls().get(0).replaceAll(".*:", "")) + 1;
  }

  FleetFacts factsOf(long self) {
    return new FleetFacts() {
      @Override
      public long clusterId() {
        return 0xc1;
      }

      @Override
      public long memberId() {
        return self;
      }

      @Override
      public List<Member> members() {
        return members;
      }

      @Override
      public List<Long> removed() {
        return removed;
      }

      @Override
      public long leader() {
        return leader;
      }

      @Override
      public Status status() {
        return new Status(
            "m" + self,
            "0.1.0",
            new Status.Raft(5, leader, false, 100 + self),
            new Status.Store(1, 2, 3),
            new Status.Health(true, false, List.of()),
            new Status.Load(4, 5));
      }

      @Override
      public void announce(int port) {
        announced.put(self, port);
      }

      @Override
      public CompletionStage<Integer> portOf(long member) {
        Integer port = announced.get(member);
        return port == null
            ? CompletableFuture.failedFuture(new IllegalStateException("not there"))
            : CompletableFuture.completedFuture(port);
      }
    };
  }
}
