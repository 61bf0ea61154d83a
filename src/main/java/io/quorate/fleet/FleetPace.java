package io.quorate.fleet;

import io.quorate.base.Durations;
import java.time.Duration;
import java.util.Map;

/**
 * How fast the fleet goes; nothing that it does is urgent, and what it does rarely is never
 * compiled well, so that each message costs a millisecond of a core. All times follow from one.
 *
 * @param report how often a member tells the others how it is; milliseconds, more than 0
 */
record FleetPace(Duration report) {
  static final FleetPace PRESET = new FleetPace(Duration.ofSeconds(5));

  /** How long after the member is ready the fleet begins: clients come first. */
  Duration begin() {
    return report;
  }

  /** How often it is looked what Raft, Pekko Cluster and the others say. */
  Duration look() {
    return Durations.part(report, 4);
  }

  /** Whoever has reported within this time speaks. */
  Duration speaks() {
    return Durations.times(report, 5);
  }

  /** How long the leader's fleet is listened for before members gather round somebody else. */
  Duration listen() {
    return Durations.times(report, 3);
  }

  /** How often a member that does not speak is asked where its fleet listens. */
  Duration ask() {
    return Durations.times(report, 2);
  }

  /** How long a member must have been in the wrong fleet before it begins anew. */
  Duration giveWay() {
    return Durations.times(report, 8);
  }

  /** The settings of Pekko Cluster that go with it. */
  Map<String, Object> settings() {
    Duration half = Durations.part(report, 2);
    return Map.of(
        "pekko.cluster.gossip-interval", half,
        "pekko.cluster.leader-actions-interval", half,
        "pekko.cluster.seed-node-timeout", Durations.times(report, 2),
        "pekko.cluster.retry-unsuccessful-join-after", Durations.times(report, 2),
        "pekko.cluster.allow-weakly-up-members", report,
        "pekko.cluster.failure-detector.heartbeat-interval", report,
        // A pause of the collector or of the machine is no failure.
        "pekko.cluster.failure-detector.acceptable-heartbeat-pause", Durations.times(report, 3),
        // A member that is down is tried again at this pace.
        "pekko.remote.artery.advanced.outbound-restart-backoff", report,
        // Else each message after a rest takes a question and an answer along; who was restarted
        // shakes hands by itself.
        "pekko.remote.artery.advanced.inject-handshake-interval", Durations.times(report, 12));
  }
}
