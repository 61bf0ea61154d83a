package io.quorate.chaos.nemesis;

import io.quorate.base.SeededRandom;
import io.quorate.chaos.cluster.BitFlip;
import io.quorate.chaos.cluster.Member;
import io.quorate.chaos.cluster.Seat;
import io.quorate.chaos.nemesis.Fault.Evidence;
import io.quorate.chaos.nemesis.Fault.Working;
import io.quorate.client.Client;
import io.quorate.client.Maintenance;
import io.quorate.client.Range;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** What happens to disks and to what lies on them. */
final class DiskFaults {
  private static final Duration STALL = Duration.ofMillis(150);
  private static final Duration GAP = Duration.ofMillis(150);

  private static final Duration ENDS_WITHIN = Duration.ofSeconds(5);

  /** How long it may take until the id of a new member is known. */
  private static final Duration RENAMED_WITHIN = Duration.ofSeconds(10);

  /** How often a member is started that a flipped bit ends. */
  private static final int STARTS_MAX = 5;

  private DiskFaults() {}

  static Working slow(Ground ground, Random luck, Duration lasts) throws IOException {
    Member member = ground.any(luck);
    int times = (int) Math.max(1, lasts.toMillis() / STALL.plus(GAP).toMillis());
    member.disk().slow(STALL, GAP, times);
    return new Working(
        List.of(member.name()),
        () -> {
          int stalls = member.disk().thaw();
          return Evidence.of(stalls > 0, stalls + " stalls of " + STALL.toMillis() + " ms");
        });
  }

  static Working stalled(Ground ground, Random luck, Duration lasts) throws IOException {
    Member member = ground.leader(luck);
    member.disk().freeze(lasts.plusSeconds(1));
    return new Working(
        List.of(member.name()),
        () -> {
          int stalls = member.disk().thaw();
          return Evidence.of(stalls > 0, "frozen for " + lasts.toMillis() + " ms");
        });
  }

  static Working full(Ground ground, Random luck, Duration lasts) throws IOException {
    Member member = ground.any(luck);
    long bytes = member.disk().fill();
    long free = member.disk().freeBytes();
    return new Working(
        List.of(member.name()),
        () -> {
          member.disk().drain();
          // A member that cannot write ends, perhaps a moment later.
          boolean hasEnded = ground.await(ENDS_WITHIN, () -> !member.isAlive());
          if (hasEnded) {
            member.start();
          }
          lower(ground);
          return Evidence.of(
              free == 0,
              "%d bytes taken, %d left, the member %s"
                  .formatted(bytes, free, hasEnded ? "ended and was started" : "went on"));
        });
  }

  /** What comes back is a new member, in place of the old one. */
  static Working lost(Ground ground, Random luck, Duration lasts) throws IOException {
    Member member = ground.follower(luck);
    Optional<Long> before = ground.leaders().id(member.name());
    member.kill();
    member.wipe();
    return new Working(
        List.of(member.name()),
        () -> {
          ground.start(List.of(member));
          boolean isNew =
              ground.await(
                  RENAMED_WITHIN,
                  () -> {
                    Optional<Long> now = ground.leaders().id(member.name());
                    return now.isPresent() && !now.equals(before);
                  });
          String id = before.map(Long::toHexString).orElse("unknown");
          return Evidence.of(isNew, id + (isNew ? " is a new member" : " kept its id"));
        });
  }

  static Working flipLog(Ground ground, Random luck, Duration lasts) throws IOException {
    return flip(ground, ground.follower(luck), BitFlip.Where.LOG, luck);
  }

  static Working flipStore(Ground ground, Random luck, Duration lasts) throws IOException {
    return flip(ground, ground.follower(luck), BitFlip.Where.STORE, luck);
  }

  /** The alarm of a full disk is for a person to lower. */
  private static void lower(Ground ground) throws IOException {
    Maintenance maintenance = ground.client().maintenance();
    for (Maintenance.Alarm alarm : StoreFaults.wait(maintenance.alarms())) {
      if (alarm.type() == Maintenance.Alarm.Type.NOSPACE) {
        StoreFaults.wait(maintenance.disarm(alarm));
      }
    }
  }

  private static Working flip(Ground ground, Member member, BitFlip.Where where, Random luck)
      throws IOException {
    member.kill();
    BitFlip flip = member.flip(where, new SeededRandom(luck.nextLong()));
    return new Working(
        List.of(member.name()),
        () -> {
          member.start();
          AtomicInteger starts = new AtomicInteger(1);
          boolean isWhole =
              ground.await(
                  Nemesis.WELL_WITHIN,
                  () -> {
                    startAgain(member, starts);
                    return hasSameHash(ground, member);
                  });
          return Evidence.of(
              flip.before() != flip.after() && isWhole,
              "%s: byte %d was %02x and became %02x, %s after %d starts"
                  .formatted(
                      flip.file().getFileName(),
                      flip.offset(),
                      flip.before(),
                      flip.after(),
                      isWhole ? "whole again" : "never whole again",
                      starts.get()));
        });
  }

  /** As whatever watches processes does: what a bit leads into may end one. */
  private static void startAgain(Member member, AtomicInteger starts) {
    if (!member.isAlive() && starts.get() < STARTS_MAX) {
      starts.incrementAndGet();
      try {
        member.start();
      } catch (IOException notYet) {
        // Tried again, or told as never whole again.
      }
    }
  }

  /**
   * Whether a member holds what some other one holds. To say so it reads all of it: what is damaged
   * is found by then, and repaired before the next fault, since two damaged of three would be more
   * than anybody promised to survive.
   */
  private static boolean hasSameHash(Ground ground, Member member) {
    Member other =
        ground.cluster().members().stream()
            .filter(each -> !each.name().equals(member.name()))
            .findFirst()
            .orElse(member);
    try (Client mine = StoreFaults.alone(Seat.of(member));
        Client theirs = StoreFaults.alone(Seat.of(other))) {
      long revision = StoreFaults.wait(mine.range(Range.of("nothing"))).revision();
      Maintenance.Hash one = StoreFaults.wait(mine.maintenance().hashKv(revision));
      Maintenance.Hash two = StoreFaults.wait(theirs.maintenance().hashKv(revision));
      return one.hash() == two.hash() && one.compactRevision() == two.compactRevision();
    } catch (IOException notYet) {
      return false;
    }
  }
}
