package io.quorate.sim;

import io.quorate.apply.Answer;
import io.quorate.apply.Command;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdException;
import io.quorate.base.SeededRandom;
import io.quorate.lease.RenewReply;
import io.quorate.mvcc.Op;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client that has one lease after the other: it hangs keys on it, renews it at some member,
 * revokes it, or lets it go.
 */
final class SimTenant {
  private static final long ID_SHIFT = 1L << 40;
  private static final int[] TTLS = {1, 1, 2, 12};
  // A stream stays with its member while that is up, be it the leader or not.
  private static final int STAYS_PER_MILLE = 600;
  private static final int GONE_PER_MILLE = 200;
  // Once all is well it does a little more, and then nothing.
  private static final int CALM_ACTS = 10;

  private final int number;
  private final SimNode.World world;
  private final Timeline timeline;
  private final SeededRandom random;
  private final LeaseChecks checks;
  private final Supplier<@Nullable SimNode> pick;
  private @Nullable SimNode home;
  private long leases;
  private long lease;
  private long acts;
  private int calmActs;
  private boolean waiting;

  SimTenant(int number, SimNode.World world, Supplier<@Nullable SimNode> pick) {
    this.number = number;
    this.world = world;
    this.timeline = world.timeline();
    this.random = world.random();
    this.checks = world.checks().leases();
    this.pick = pick;
  }

  void start() {
    timeline.after(
        random.nextInt(world.climate().tenantMillis()) * Timeline.MILLIS,
        () -> {
          if (!world.climate().isCalm() || calmActs++ < CALM_ACTS) {
            act();
          }
        });
  }

  private void act() {
    if (!random.chance(STAYS_PER_MILLE)) {
      home = null;
    }
    SimNode node = home == null || !home.process().isUp() ? pick.get() : home;
    home = node;
    if (node == null) {
      start();
      return;
    }
    long act = ++acts;
    waiting = true;
    timeline.after(world.climate().patienceMillis * Timeline.MILLIS, () -> end(act));
    if (lease == 0) {
      grant(node, act);
      return;
    }
    switch (random.nextInt(12)) {
      case 0, 1 -> attach(node, act, Bytes.utf8("t" + number + "." + random.nextInt(3)));
      case 2 -> attach(node, act, Bytes.utf8("k" + random.nextInt(SimClient.KEYS)));
      case 3 -> {
        if (random.chance(300)) {
          revoke(node, act);
        } else {
          letGo(act);
        }
      }
      default -> renew(node, act);
    }
  }

  private void letGo(long act) {
    lease = 0;
    end(act);
  }

  private void end(long act) {
    if (waiting && act == acts) {
      waiting = false;
      start();
    }
  }

  private void grant(SimNode node, long act) {
    long id = (number + 1) * ID_SHIFT + ++leases;
    double asked = checks.clocks.fastestNanos();
    node.propose(
        new Command.LeaseGrant(id, TTLS[random.nextInt(TTLS.length)]),
        (proposal, answer) -> {
          if (answer instanceof Answer.Granted granted) {
            checks.promised(id, asked, granted.ttl());
            if (waiting && act == acts) {
              lease = id;
            }
          }
          end(act);
        });
  }

  private void attach(SimNode node, long act, Bytes key) {
    Bytes value = Bytes.utf8(number + "." + act);
    node.propose(
        new Command.Write(new Op.Put(key, value, lease, false, false, false)),
        (proposal, answer) -> end(act));
  }

  private void revoke(SimNode node, long act) {
    checks.unwanted(lease);
    node.propose(new Command.LeaseRevoke(lease), (proposal, answer) -> end(act));
    lease = 0;
  }

  private void renew(SimNode node, long act) {
    long id = lease;
    double asked = checks.clocks.fastestNanos();
    checks.asked(id);
    node.leases()
        .renew(
            id,
            true,
            new RenewReply() {
              @Override
              public void renewed(long ttlSeconds) {
                if (ttlSeconds > 0) {
                  world.tally().renewals++;
                  checks.promised(id, asked, ttlSeconds);
                  if (lease == id && random.chance(GONE_PER_MILLE)) {
                    // It ends right after its last renewal.
                    lease = 0;
                  }
                } else {
                  checks.denied(id);
                  lease = lease == id ? 0 : lease;
                }
                end(act);
              }

              @Override
              public void failed(EtcdException error) {
                end(act);
              }
            });
  }
}
