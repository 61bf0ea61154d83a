package io.quorate.server;

import io.quorate.apply.Member;
import io.quorate.fleet.Fleet;
import io.quorate.fleet.FleetFacts;
import io.quorate.fleet.Status;
import io.quorate.node.Node;
import io.quorate.node.Published;
import io.quorate.node.RaftStatus;
import io.quorate.tls.Tls;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** What a {@link Fleet} is told of a {@link Node}. Any thread. */
record NodeFacts(Node node, String name) implements FleetFacts {
  /** Where the fleet listens; etcd's URLs say at which host. */
  static Fleet.Place place(ServeConfig.Urls urls, Tls tls) {
    EtcdUrl listen = urls.listenPeer().get(0);
    EtcdUrl advertised = urls.advertisePeer().get(0);
    int given = urls.fleetPort();
    int port = given < 0 ? Fleet.portAfter(advertised.port()) : given;
    int bindPort = given < 0 ? Fleet.portAfter(listen.port()) : given;
    if (port == NO_PORT || bindPort == NO_PORT) {
      return Fleet.Place.NOWHERE;
    }
    String host = listen.host().isEmpty() ? "0.0.0.0" : listen.host();
    return new Fleet.Place(
        host.contains(":") ? "[" + host + "]" : host,
        port,
        bindPort,
        listen.isTls() ? Optional.of(tls) : Optional.empty());
  }

  @Override
  public long clusterId() {
    return node.clusterId();
  }

  @Override
  public long memberId() {
    return node.memberId();
  }

  @Override
  public List<Member> members() {
    return node.published().members();
  }

  @Override
  public List<Long> removed() {
    return node.published().removed();
  }

  @Override
  public long leader() {
    return node.status().leader();
  }

  @Override
  public Status status() {
    RaftStatus raft = node.status();
    Published published = node.published();
    Runtime runtime = Runtime.getRuntime();
    return new Status(
        name,
        Version.QUORATE,
        new Status.Raft(raft.term(), raft.leader(), node.isLearner(), published.appliedIndex()),
        new Status.Store(node.revision(), node.fileBytes(), published.countedBytes()),
        new Status.Health(
            node.isServing(),
            node.isQuarantined(),
            published.alarms().stream().map(alarm -> alarm.type().name()).toList()),
        new Status.Load(
            runtime.totalMemory() - runtime.freeMemory(),
            TimeUnit.MILLISECONDS.toSeconds(ManagementFactory.getRuntimeMXBean().getUptime())));
  }

  @Override
  public void announce(int port) {
    node.cluster().announceFleet(port);
  }

  @Override
  public CompletionStage<Integer> portOf(long member) {
    return node.cluster().fleetPortOf(member);
  }
}
