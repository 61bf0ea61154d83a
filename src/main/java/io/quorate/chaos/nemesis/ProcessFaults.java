package io.quorate.chaos.nemesis;

import io.quorate.chaos.cluster.Member;
import io.quorate.chaos.nemesis.Fault.Evidence;
import io.quorate.chaos.nemesis.Fault.Working;
import java.io.IOException;
import java.net.URI;
import java.net.URLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** What happens to processes, and to the power. */
final class ProcessFaults {
  private static final int CLOCK_SECONDS_MIN = 30;
  private static final int CLOCK_SECONDS_MORE = 86_400;
  private static final Duration CLOCK_SEEN_WITHIN = Duration.ofSeconds(10);
  private static final long CLOCK_MILLIS_OFF_MAX = 10_000;
  private static final int HTTP_MILLIS_MAX = 2_000;

  private ProcessFaults() {}

  static Working kill(Ground ground, Random luck, Duration lasts) throws IOException {
    return killed(ground, List.of(ground.follower(luck)));
  }

  static Working killLeader(Ground ground, Random luck, Duration lasts) throws IOException {
    return killed(ground, List.of(ground.leader(luck)));
  }

  static Working killMajority(Ground ground, Random luck, Duration lasts) throws IOException {
    List<Member> members = ground.shuffled(luck);
    return killed(ground, members.subList(0, members.size() / 2 + 1));
  }

  private static Working killed(Ground ground, List<Member> members) throws IOException {
    List<Long> pids = members.stream().map(Member::pid).toList();
    for (Member each : members) {
      each.kill();
    }
    boolean areGone = members.stream().noneMatch(Member::isAlive);
    return new Working(
        names(members),
        () -> {
          ground.start(members);
          return Evidence.of(areGone, "pid " + pids + " gone, now " + pids(members));
        });
  }

  /** As an upgrade does it: the next one stops when the last one serves again. */
  static Working restart(Ground ground, Random luck, Duration lasts) throws IOException {
    List<Member> members = ground.shuffled(luck);
    List<Long> pids = pids(members);
    for (Member each : members) {
      each.terminate();
      ground.start(List.of(each));
    }
    return new Working(
        names(members),
        () -> {
          List<Long> now = pids(members);
          boolean areOthers = now.stream().noneMatch(pids::contains);
          return Evidence.of(areOthers, "pid " + pids + " stopped, now " + now);
        });
  }

  private static List<Long> pids(List<Member> members) {
    return members.stream().map(Member::pid).toList();
  }

  private static List<String> names(List<Member> members) {
    return members.stream().map(Member::name).toList();
  }

  static Working pause(Ground ground, Random luck, Duration lasts) throws IOException {
    return paused(ground.follower(luck));
  }

  static Working pauseLeader(Ground ground, Random luck, Duration lasts) throws IOException {
    return paused(ground.leader(luck));
  }

  private static Working paused(Member member) throws IOException {
    member.pause();
    return new Working(
        List.of(member.name()),
        () -> {
          boolean stoodStill = member.isPaused();
          member.resume();
          return Evidence.of(
              stoodStill, "pid " + member.pid() + (stoodStill ? " stood still" : " went on"));
        });
  }

  static Working powerCut(Ground ground, Random luck, Duration lasts)
      throws IOException, InterruptedException {
    List<Member> members = ground.cluster().members();
    List<Long> pids = pids(members);
    ground.cluster().cutPower(members);
    boolean areGone = members.stream().noneMatch(Member::isAlive);
    return new Working(
        names(members),
        () -> {
          ground.start(members);
          return Evidence.of(
              areGone, "pid " + pids + " gone with their disks, now " + pids(members));
        });
  }

  /** Far enough that nothing that believes the wall clock can go on as if nothing were. */
  static Working clock(Ground ground, Random luck, Duration lasts) throws IOException {
    Member member = ground.any(luck);
    long seconds = (long) CLOCK_SECONDS_MIN + luck.nextInt(CLOCK_SECONDS_MORE);
    Duration step = Duration.ofSeconds(luck.nextBoolean() ? seconds : -seconds);
    member.clock().step(step);
    return new Working(
        List.of(member.name()),
        () -> {
          boolean isSeen = ground.await(CLOCK_SEEN_WITHIN, () -> isAhead(member, step));
          member.clock().step(Duration.ZERO);
          return Evidence.of(
              isSeen,
              "%s by %d s, %s by the date of its answers"
                  .formatted(member.name(), step.toSeconds(), isSeen ? "seen" : "not seen"));
        });
  }

  /** Whether the date that a member gives its answers over HTTP is off by {@code step}. */
  private static boolean isAhead(Member member, Duration step) {
    try {
      URLConnection asked =
          URI.create(member.directEndpoint() + "/health").toURL().openConnection();
      asked.setConnectTimeout(HTTP_MILLIS_MAX);
      asked.setReadTimeout(HTTP_MILLIS_MAX);
      long ahead = asked.getDate() - System.currentTimeMillis();
      return asked.getDate() != 0 && Math.abs(ahead - step.toMillis()) < CLOCK_MILLIS_OFF_MAX;
    } catch (IOException silent) {
      return false;
    }
  }
}
