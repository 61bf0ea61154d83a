package io.quorate.sim;

import io.quorate.base.SeededRandom;
import io.quorate.lease.LeaseLimits;
import io.quorate.raft.RaftConfig;
import java.util.EnumMap;
import java.util.Map;

/**
 * How one run is. Some bugs need a storm, some a quiet hour, some one kind of fault over and over:
 * each run draws its own subset of the faults and their strength, how long things take and how much
 * is asked (swarm testing: Groce et al., 2012). When faults end, all of it becomes ordinary.
 */
final class Climate {
  /** What may be done to a cluster. */
  enum Act {
    PARTITION,
    LEADER_CUT,
    CRASH,
    POWER_CUT,
    PAUSE,
    SLOW_DISK,
    FULL_DISK,
    CLOCK_DRIFT,
    TRANSFER,
    RESIGNATION,
    EARLY_ELECTION,
    ELECTION_STORM,
    WIPED_DISK,
    CORRUPT_LOG,
    DAMAGED_STORE,
    DOOM,
    OTHER_LOSS
  }

  private static final int WEIGHT_MAX = 4;
  private static final int DELAY_MICROS = 1_000;
  private static final int DISK_MICROS = 2_000;
  private static final int APPLY_MICROS = 800;
  private static final int THINK_MILLIS = 30;
  private static final int PAUSE_MILLIS = 3_000;
  private static final int TENANT_MILLIS = 300;
  private static final int MAILBOX_MICROS = 200;
  private static final int REVOKES_MAX = 200;
  private static final int CHECKPOINTS_MAX = 50;

  final int faultMillis;
  final int spellMillis;
  final int lossPerMilleMax;
  final int operatorMillis;
  final int shufflePerMille;
  // How long a cluster is small before it grows again, and the other way round; 0 for never.
  final int ebbMillis;
  final int reignMillis;
  final int clients;
  // How long a client waits for an answer.
  final int patienceMillis;
  final boolean coarseHints;
  final int tenants;
  final int pauseMillis;
  private final boolean preVote;
  private final int tickMillis;
  private final int electionTicks;
  private final int appendBytesMax;
  private final int inflightMax;
  private final int delayMicros;
  private final int diskMicros;
  private final int applyMicros;
  private final int thinkMillis;
  private final int tenantMillis;
  private final int mailboxMicros;
  private final int checkpointSeconds;
  private final Map<Act, Integer> weights = new EnumMap<>(Act.class);
  private int weight;
  private boolean calm;

  Climate(SeededRandom random) {
    faultMillis = draw(random, 20, 100, 500, 1_500, 4_000);
    spellMillis = draw(random, 5, 40, 300, 3_000);
    lossPerMilleMax = draw(random, 20, 60, 300);
    operatorMillis = draw(random, 30, 100, 700);
    shufflePerMille = draw(random, 0, 0, 300, 900);
    reignMillis = draw(random, 0, 0, 20, 100, 1_000);
    clients = draw(random, 1, 3, 5, 8);
    coarseHints = random.chance(300);
    preVote = random.chance(500);
    tickMillis = draw(random, 10, 30, 100, 100);
    electionTicks = draw(random, 3, 10);
    appendBytesMax = draw(random, 1, 300, 2_000);
    inflightMax = draw(random, 1, 8);
    delayMicros = draw(random, DELAY_MICROS, DELAY_MICROS, 10_000, 50_000);
    diskMicros = draw(random, 200, DISK_MICROS, 20_000);
    applyMicros = draw(random, APPLY_MICROS, APPLY_MICROS, 50_000);
    thinkMillis = draw(random, 5, THINK_MILLIS, 300);
    patienceMillis = draw(random, 50, 300, 3_000);
    tenants = draw(random, 0, 2, 6);
    tenantMillis = draw(random, 50, 200, 1_500);
    mailboxMicros = draw(random, MAILBOX_MICROS, MAILBOX_MICROS, 50_000, 3_000_000);
    checkpointSeconds = draw(random, 1, 2, 300);
    pauseMillis = draw(random, spellMillis, PAUSE_MILLIS);
    ebbMillis = draw(random, 0, 0, 0, 2_000, 10_000);
    boolean all = random.chance(300);
    for (Act act : Act.values()) {
      if (all || random.chance(500)) {
        int drawn = 1 + random.nextInt(WEIGHT_MAX);
        weights.put(act, drawn);
        weight += drawn;
      }
    }
  }

  private static int draw(SeededRandom random, int... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** What happens next, of what this run knows. */
  Act act(SeededRandom random) {
    int drawn = weight == 0 ? 0 : random.nextInt(weight);
    for (Map.Entry<Act, Integer> each : weights.entrySet()) {
      drawn -= each.getValue();
      if (drawn < 0) {
        return each.getKey();
      }
    }
    return Act.OTHER_LOSS;
  }

  /** Faults end. */
  void setCalm() {
    calm = true;
  }

  boolean isCalm() {
    return calm;
  }

  long tick() {
    return tickMillis * Timeline.MILLIS;
  }

  RaftConfig config(long id) {
    return new RaftConfig(
        id,
        electionTicks,
        1,
        preVote,
        new RaftConfig.Limits(appendBytesMax, inflightMax, 8_000, 100_000, 20_000, 1_000));
  }

  /** Up to how many microseconds a message is on its way. */
  int delayMicros() {
    return calm ? DELAY_MICROS : delayMicros;
  }

  /** Up to how many microseconds a write takes. */
  int diskMicros() {
    return calm ? DISK_MICROS : diskMicros;
  }

  /** Up to how many microseconds entries wait to be applied. */
  int applyMicros() {
    return calm ? APPLY_MICROS : applyMicros;
  }

  /** The bounds of leases: a server's, but for what is rare there. */
  LeaseLimits leaseLimits() {
    LeaseLimits real = LeaseLimits.of(electionTicks, tickMillis);
    return new LeaseLimits(
        real.minTtlSeconds(),
        real.revokesPerSecondMax(),
        REVOKES_MAX,
        Timeline.SECONDS + 2 * electionNanos(),
        checkpointNanos(),
        CHECKPOINTS_MAX);
  }

  long electionNanos() {
    return electionTicks * tick();
  }

  /** How old the replicated time of a lease becomes. */
  private long checkpointNanos() {
    return checkpointSeconds * Timeline.SECONDS;
  }

  /** Up to how many microseconds a message waits for its actor. */
  int mailboxMicros() {
    return calm ? MAILBOX_MICROS : mailboxMicros;
  }

  /** Up to how many milliseconds a client with a lease thinks. */
  int tenantMillis() {
    return calm ? TENANT_MILLIS : tenantMillis;
  }

  /** Up to how many milliseconds a client thinks. */
  int thinkMillis() {
    return calm ? THINK_MILLIS : thinkMillis;
  }
}
