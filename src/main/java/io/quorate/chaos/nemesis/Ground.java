package io.quorate.chaos.nemesis;

import io.quorate.chaos.cluster.LocalCluster;
import io.quorate.chaos.cluster.Member;
import io.quorate.chaos.workload.Recorder;
import io.quorate.client.Client;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What faults work on.
 *
 * @param cluster the members
 * @param leaders who leads
 * @param client of all members, through the network
 * @param recorder knows when writes were answered
 * @param over opened when the run is to end early
 */
record Ground(
    LocalCluster cluster, Leaders leaders, Client client, Recorder recorder, CountDownLatch over) {
  private static final long POLL_MILLIS = 20;

  /** Some member. */
  Member any(Random luck) {
    List<Member> members = cluster.members();
    return members.get(luck.nextInt(members.size()));
  }

  /** The leader; some member while there is none. */
  Member leader(Random luck) {
    return leaders
        .leader()
        .flatMap(name -> cluster.members().stream().filter(m -> m.name().equals(name)).findFirst())
        .orElseGet(() -> any(luck));
  }

  /** Some member that does not lead. */
  Member follower(Random luck) {
    Member leader = leader(luck);
    List<Member> others =
        cluster.members().stream().filter(each -> !each.name().equals(leader.name())).toList();
    return others.isEmpty() ? leader : others.get(luck.nextInt(others.size()));
  }

  /** All members in an order by chance. */
  List<Member> shuffled(Random luck) {
    List<Member> members = new ArrayList<>(cluster.members());
    Collections.shuffle(members, luck);
    return members;
  }

  List<String> names() {
    return cluster.members().stream().map(Member::name).toList();
  }

  /** Lets a time pass, unless the run is to end. */
  void pass(Duration time) throws InterruptedException {
    over.await(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Waits until something is so; whether it is. */
  boolean await(Duration within, BooleanSupplier isSo) throws InterruptedException {
    long deadline = System.nanoTime() + within.toNanos();
    while (!isSo.getAsBoolean()) {
      if (System.nanoTime() - deadline >= 0) {
        return false;
      }
      over.await(POLL_MILLIS, TimeUnit.MILLISECONDS);
    }
    return true;
  }

  /** Starts members at once, and waits until all are ready. */
  void start(List<Member> members) throws IOException {
    for (Member each : members) {
      if (!each.isAlive()) {
        each.launch();
      }
    }
    for (Member each : members) {
      each.awaitReady(Member.READY_WITHIN);
    }
  }
}
