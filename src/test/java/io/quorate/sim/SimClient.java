package io.quorate.sim;

import io.quorate.apply.Answer;
import io.quorate.apply.Command;
import io.quorate.base.Bytes;
import io.quorate.base.SeededRandom;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.OpResult;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client that does one thing after the other at some member, and holds each answer against the
 * truth. Every answer names a revision, so the order of revisions is the one in which the history
 * must be explained: an operation that began after another one was answered may not lie before it.
 */
final class SimClient {
  static final int KEYS = 8;
  private static final int READ = 9;

  /** What all clients know together: the newest revision that any answer has told. */
  static final class Told {
    long revision = 1;
  }

  private final Timeline timeline;
  private final SeededRandom random;
  private final Tally tally;
  private final Checks checks;
  private final Climate climate;
  private final Told told;
  private final Supplier<@Nullable SimNode> pick;
  private final String name;
  private long operations;
  private boolean waiting;

  SimClient(String name, SimNode.World world, Told told, Supplier<@Nullable SimNode> pick) {
    this.name = name;
    this.timeline = world.timeline();
    this.random = world.random();
    this.tally = world.tally();
    this.checks = world.checks();
    this.climate = world.climate();
    this.told = told;
    this.pick = pick;
  }

  void start() {
    next();
  }

  private void next() {
    timeline.after(random.nextInt(climate.thinkMillis()) * Timeline.MILLIS, () -> act(false));
  }

  private void act(boolean onlyRead) {
    SimNode node = pick.get();
    if (node == null) {
      next();
      return;
    }
    operations++;
    tally.operations++;
    waiting = true;
    long operation = operations;
    timeline.after(
        climate.patienceMillis * Timeline.MILLIS,
        () -> {
          if (waiting && operation == operations) {
            tally.count(Fault.CLIENT_TIMEOUT);
            end(operation);
          }
        });
    Bytes key = Bytes.utf8("k" + random.nextInt(KEYS));
    switch (onlyRead ? READ : random.nextInt(10)) {
      case 0, 1, 2 -> put(node, operation, key);
      case 3 -> delete(node, operation, key);
      case 4, 5 -> swap(node, operation, key);
      case 6 -> compact(node, operation);
      default -> read(node, operation, key);
    }
  }

  private void end(long operation) {
    if (waiting && operation == operations) {
      waiting = false;
      next();
    }
  }

  private Bytes value(long operation) {
    return Bytes.utf8(name + "." + operation);
  }

  private void put(SimNode node, long operation, Bytes key) {
    Bytes value = value(operation);
    write(
        node,
        operation,
        new Op.Put(key, value, 0, false, false, false),
        (result, id) -> {
          long revision = ((OpResult.Put) result).revision();
          checks.that(checks.made(id, revision), "%s: put says %d", name, revision);
          KeyValue now = checks.at(key, revision);
          checks.that(now != null && now.value().equals(value), "%s: %s lost", name, value);
          return revision;
        });
  }

  private void delete(SimNode node, long operation, Bytes key) {
    write(
        node,
        operation,
        new Op.DeleteRange(KeyRange.single(key), false),
        (result, id) -> {
          OpResult.DeleteRange deleted = (OpResult.DeleteRange) result;
          boolean made = checks.made(id, deleted.revision());
          checks.that(made == deleted.deleted() > 0, "%s: delete says %s", name, deleted);
          checks.that(
              checks.at(key, deleted.revision()) == null, "%s: %s is still there", name, key);
          return deleted.revision();
        });
  }

  /** Puts if the key is as this client believes, which it often is not. */
  private void swap(SimNode node, long operation, Bytes key) {
    KeyValue believed = checks.at(key, Math.max(1, checks.revision() - random.nextInt(3)));
    long mod = believed == null ? 0 : believed.modRevision();
    Op.Compare compare =
        new Op.Compare(KeyRange.single(key), Op.Target.MOD, Op.Relation.EQUAL, mod, null);
    Op.Txn txn =
        new Op.Txn(
            List.of(compare),
            List.of(
                new Op.Put(key, value(operation), 0, false, false, false),
                new Op.Put(Bytes.utf8("last"), value(operation), 0, false, false, false)),
            List.of(Op.Range.of(KeyRange.single(key))));
    write(
        node,
        operation,
        txn,
        (result, id) -> {
          OpResult.Txn swapped = (OpResult.Txn) result;
          long revision = swapped.revision();
          boolean made = checks.made(id, revision);
          checks.that(made == swapped.succeeded(), "%s: txn says %s", name, swapped);
          KeyValue before = checks.at(key, made ? revision - 1 : revision);
          boolean equal = (before == null ? 0 : before.modRevision()) == mod;
          checks.that(equal == made, "%s: txn at %d with mod %d", name, revision, mod);
          return revision;
        });
  }

  private void compact(SimNode node, long operation) {
    long at = checks.revision() - random.nextInt(50);
    if (at <= 1 || !random.chance(200)) {
      end(operation);
      return;
    }
    node.propose(new Command.Compact(at), (id, answer) -> end(operation));
  }

  private interface Judge {
    /** Checks {@code result}; returns the revision that it tells. */
    long judge(OpResult result, long proposal);
  }

  private void write(SimNode node, long operation, Op op, Judge judge) {
    long before = told.revision;
    node.propose(
        new Command.Write(op),
        (id, answer) -> {
          if (answer instanceof Answer.Written written) {
            long revision = judge.judge(written.result(), id);
            checks.that(
                checks.made(id, revision) ? revision > before : revision >= before,
                "%s: write at %d began behind %d",
                name,
                revision,
                before);
            answered(operation, revision);
            if (waiting && operation == operations && random.chance(300)) {
              // Does some other member know of it, too?
              waiting = false;
              act(true);
              return;
            }
          }
          end(operation);
        });
  }

  private void read(SimNode node, long operation, Bytes key) {
    long before = told.revision;
    boolean linearizable = !random.chance(200);
    node.read(
        Op.Range.of(KeyRange.single(key)),
        linearizable,
        result -> {
          KeyValue truth = checks.at(key, result.revision());
          KeyValue read = result.kvs().isEmpty() ? null : result.kvs().get(0);
          checks.that(
              truth == null ? read == null : truth.equals(read),
              "%s: read %s at %d, but it was %s",
              name,
              read,
              result.revision(),
              truth);
          if (linearizable) {
            checks.that(
                result.revision() >= before,
                "%s: read at %d began behind %d",
                name,
                result.revision(),
                before);
            answered(operation, result.revision());
          }
          end(operation);
        });
  }

  private void answered(long operation, long revision) {
    // An answer that comes too late for its client was given all the same.
    told.revision = Math.max(told.revision, revision);
    if (waiting && operation == operations) {
      tally.acknowledged++;
    }
  }
}
