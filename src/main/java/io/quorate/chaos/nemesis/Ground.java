package io.quorate.chaos.nemesis;

import io.quorate.chaos.cluster.LocalCluster;
import io.quorate.chaos.cluster.Member;
import io.quorate.chaos.cluster.Seat;
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
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * What faults work on.
 *
 * @param site the members
 * @param leaders who leads
 * @param client of all members, through the network
 * @param recorder knows when writes were answered
 * @param over opened when the run is to end early
 */
record Ground(Site site, Leaders leaders, Client client, Recorder recorder, CountDownLatch over) {
  private static final long POLL_NANOS = 20_000_000;

  /** The cluster of a site of our own, which all faults of processes, disks and networks need. */
  LocalCluster cluster() {
    if (site instanceof OwnSite own) {
      return own.cluster();
    }
    throw new IllegalStateException("the cluster belongs to somebody else");
  }

  /** Some member. */
  Seat anySeat(Random luck) {
    List<Seat> seats = site.seats();
    return seats.get(luck.nextInt(seats.size()));
  }

  /** The leader; some member while there is none. */
  Seat leaderSeat(Random luck) {
    return leaders
        .leader()
        .flatMap(name -> site.seats().stream().filter(it -> it.name().equals(name)).findFirst())
        .orElseGet(() -> anySeat(luck));
  }

  /** Some member that does not lead. */
  Seat followerSeat(Random luck) {
    Seat leader = leaderSeat(luck);
    List<Seat> others =
        site.seats().stream().filter(each -> !each.name().equals(leader.name())).toList();
    return others.isEmpty() ? leader : others.get(luck.nextInt(others.size()));
  }

  /** Some member of ours. */
  Member any(Random luck) {
    return cluster().member(anySeat(luck).name());
  }

  /** The leader, of ours; some member while there is none. */
  Member leader(Random luck) {
    return cluster().member(leaderSeat(luck).name());
  }

  /** Some member of ours that does not lead. */
  Member follower(Random luck) {
    return cluster().member(followerSeat(luck).name());
  }

  /** All members of ours in an order by chance. */
  List<Member> shuffled(Random luck) {
    List<Member> members = new ArrayList<>(cluster().members());
    Collections.shuffle(members, luck);
    return members;
  }

  List<String> names() {
    return site.seats().stream().map(Seat::name).toList();
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
      // Not at the latch: it is open when a run is to end, and then nobody would wait at all.
      LockSupport.parkNanos(POLL_NANOS);
      if (Thread.interrupted()) {
        throw new InterruptedException("while waiting");
      }
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
