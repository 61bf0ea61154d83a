package io.quorate.chaos.nemesis;

import io.quorate.chaos.cluster.Member;
import io.quorate.chaos.cluster.Network;
import io.quorate.chaos.cluster.Traffic;
import io.quorate.chaos.cluster.Way;
import io.quorate.chaos.nemesis.Fault.Evidence;
import io.quorate.chaos.nemesis.Fault.Working;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** What happens between members, and between clients and members. */
final class NetworkFaults {
  private static final int DELAY_MILLIS_MIN = 20;
  private static final int DELAY_MILLIS_MORE = 180;
  private static final double LOSS = 0.02;
  private static final double CLIENT_LOSS = 0.01;

  private NetworkFaults() {}

  static Working oneWay(Ground ground, Random luck, Duration lasts) {
    Member leader = ground.leader(luck);
    return held(ground, List.of(leader.name()), toOthers(ground, leader));
  }

  static Working oneWayBack(Ground ground, Random luck, Duration lasts) {
    Member leader = ground.leader(luck);
    List<Way> ways = toOthers(ground, leader).stream().map(Way::back).toList();
    return held(ground, List.of(leader.name()), ways);
  }

  static Working twoWay(Ground ground, Random luck, Duration lasts) {
    Member member = ground.any(luck);
    List<Way> ways = new ArrayList<>(toOthers(ground, member));
    toOthers(ground, member).forEach(way -> ways.add(way.back()));
    return held(ground, List.of(member.name()), ways);
  }

  /** One member reaches all; the others are two halves that do not reach each other. */
  static Working bridge(Ground ground, Random luck, Duration lasts) {
    List<Member> members = ground.shuffled(luck);
    List<Member> others = members.subList(1, members.size());
    List<Way> ways = new ArrayList<>();
    for (Member one : others.subList(0, others.size() / 2)) {
      for (Member other : others.subList(others.size() / 2, others.size())) {
        ways.add(new Way(one.name(), other.name()));
        ways.add(new Way(other.name(), one.name()));
      }
    }
    return held(ground, others.stream().map(Member::name).toList(), ways);
  }

  private static Working held(Ground ground, List<String> targets, List<Way> ways) {
    Network network = ground.cluster().network();
    return working(
        network,
        targets,
        ways,
        way -> network.block(way.from(), way.to()),
        seen -> seen.bytesHeld() + seen.dialsHeld(),
        seen -> seen.bytesHeld() + " bytes and " + seen.dialsHeld() + " dials held");
  }

  static Working delay(Ground ground, Random luck, Duration lasts) {
    Network network = ground.cluster().network();
    Duration delay = Duration.ofMillis(DELAY_MILLIS_MIN + luck.nextInt(DELAY_MILLIS_MORE));
    return working(
        network,
        ground.names(),
        between(ground),
        way -> network.delay(way.from(), way.to(), delay, delay),
        Traffic::chunksDelayed,
        seen -> seen.chunksDelayed() + " chunks delayed by " + delay.toMillis() + " ms and more");
  }

  static Working reset(Ground ground, Random luck, Duration lasts) {
    return lossy(ground, between(ground), LOSS);
  }

  static Working resetClients(Ground ground, Random luck, Duration lasts) {
    List<Way> ways = new ArrayList<>();
    for (String name : ground.names()) {
      ways.add(new Way(Way.CLIENT, name));
      ways.add(new Way(name, Way.CLIENT));
    }
    return lossy(ground, ways, CLIENT_LOSS);
  }

  private static Working lossy(Ground ground, List<Way> ways, double chance) {
    Network network = ground.cluster().network();
    return working(
        network,
        ground.names(),
        ways,
        way -> network.loseConnections(way.from(), way.to(), chance),
        Traffic::connectionsReset,
        seen -> seen.connectionsReset() + " connections reset");
  }

  private static List<Way> toOthers(Ground ground, Member member) {
    return ground.names().stream()
        .filter(name -> !name.equals(member.name()))
        .map(name -> new Way(member.name(), name))
        .toList();
  }

  private static List<Way> between(Ground ground) {
    return ground.cluster().members().stream()
        .flatMap(member -> toOthers(ground, member).stream())
        .toList();
  }

  private static Working working(
      Network network,
      List<String> targets,
      List<Way> ways,
      Consumer<Way> begin,
      ToLongFunction<Traffic> proof,
      Function<Traffic, String> says) {
    Map<Way, Traffic> before = new LinkedHashMap<>();
    ways.forEach(way -> before.put(way, network.traffic(way.from(), way.to())));
    ways.forEach(begin);
    return new Working(
        targets,
        () -> {
          Traffic seen = Traffic.NONE;
          for (Map.Entry<Way, Traffic> each : before.entrySet()) {
            Way way = each.getKey();
            seen = seen.and(network.traffic(way.from(), way.to()).since(each.getValue()));
          }
          network.heal();
          return Evidence.of(proof.applyAsLong(seen) > 0, says.apply(seen));
        });
  }
}
