package io.quorate.apply;

import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.Coded;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Commands as the bytes of log entries: a format version, the keyspace, the id of the proposal, the
 * kind, the body. The log outlives the program that wrote it, so codes and layouts never change; a
 * new layout is a new version.
 */
public final class CommandCodec {
  private static final int VERSION = 1;
  private static final int KEYSPACE = 0;

  /** How deep transactions may nest, as the largest protobuf message that decodes. */
  private static final int DEPTH_MAX = 100;

  /**
   * A command and the proposal it came from.
   *
   * @param proposal the id that the proposer waits for
   * @param command what to do
   * @param checksum CRC-32C of the bytes that it came from
   */
  public record Proposal(long proposal, Command command, int checksum) {}

  private CommandCodec() {}

  private static int checksum(Bytes bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.unsafeArray(), 0, bytes.size());
    return (int) crc.getValue();
  }

  /** Encodes {@code command} as proposal {@code id}. */
  public static Bytes encode(long id, Command command) {
    ByteWriter out = new ByteWriter(sizeHint(command));
    out.put(VERSION).putVar(KEYSPACE).putLong(id).put(command.kind().code());
    switch (command.kind()) {
      case WRITE -> putOp(out, ((Command.Write) command).op());
      case COMPACT -> out.putVar(((Command.Compact) command).revision());
      case LEASE_GRANT -> {
        Command.LeaseGrant grant = (Command.LeaseGrant) command;
        out.putLong(grant.id()).putVar(grant.ttl());
      }
      case LEASE_REVOKE -> out.putLong(((Command.LeaseRevoke) command).id());
      case LEASE_CHECKPOINT -> {
        List<Command.LeaseCheckpoint.Remaining> leases =
            ((Command.LeaseCheckpoint) command).leases();
        out.putVar(leases.size());
        leases.forEach(lease -> out.putLong(lease.id()).putVar(lease.seconds()));
      }
      case ALARM -> {
        Command.ChangeAlarm change = (Command.ChangeAlarm) command;
        out.put(change.raise()).putLong(change.alarm().member()).put(change.alarm().type().code());
        out.put(change.byQuota());
      }
      case PUBLISH -> {
        Member member = ((Command.Publish) command).member();
        out.putLong(member.id()).putBytes(member.encode());
      }
    }
    return out.toBytes();
  }

  /** Decodes an entry's bytes; {@link IllegalArgumentException} when they are none of ours. */
  public static Proposal decode(Bytes bytes) {
    ByteReader in = new ByteReader(bytes);
    int version = in.get();
    if (version != VERSION) {
      throw new IllegalArgumentException("command format " + version + ", expected " + VERSION);
    }
    long keyspace = in.getVar();
    if (keyspace != KEYSPACE) {
      throw new IllegalArgumentException("keyspace " + keyspace + ", expected " + KEYSPACE);
    }
    long id = in.getLong();
    Command command =
        switch (Coded.pick(Command.Kind.values(), in.get())) {
          case WRITE -> new Command.Write(getOp(in, 0));
          case COMPACT -> new Command.Compact(in.getVar());
          case LEASE_GRANT -> new Command.LeaseGrant(in.getLong(), in.getVar());
          case LEASE_REVOKE -> new Command.LeaseRevoke(in.getLong());
          case LEASE_CHECKPOINT -> new Command.LeaseCheckpoint(getRemaining(in));
          case ALARM ->
              new Command.ChangeAlarm(
                  in.getBoolean(),
                  new Alarm(in.getLong(), Coded.pick(Alarm.Type.values(), in.get())),
                  in.getBoolean());
          case PUBLISH -> new Command.Publish(Member.decode(in.getLong(), in.getBytes()));
        };
    if (!in.isAtEnd()) {
      throw new IllegalArgumentException("bytes after the command");
    }
    return new Proposal(id, command, checksum(bytes));
  }

  private static int sizeHint(Command command) {
    if (command instanceof Command.Write write && write.op() instanceof Op.Put put) {
      return 40 + put.key().size() + put.value().size();
    }
    return 128;
  }

  private static List<Command.LeaseCheckpoint.Remaining> getRemaining(ByteReader in) {
    List<Command.LeaseCheckpoint.Remaining> leases = new ArrayList<>();
    for (int left = in.getVarInt(); left > 0; left--) {
      leases.add(new Command.LeaseCheckpoint.Remaining(in.getLong(), in.getVar()));
    }
    return leases;
  }

  private static void putOp(ByteWriter out, Op op) {
    out.put(op.kind().code());
    switch (op.kind()) {
      case RANGE -> putRange(out, (Op.Range) op);
      case PUT -> {
        Op.Put put = (Op.Put) op;
        int flags =
            (put.prevKv() ? 1 : 0) | (put.ignoreValue() ? 2 : 0) | (put.ignoreLease() ? 4 : 0);
        out.putBytes(put.key()).putBytes(put.value()).putVar(put.lease()).put(flags);
      }
      case DELETE_RANGE -> {
        Op.DeleteRange delete = (Op.DeleteRange) op;
        putKeys(out, delete.keys());
        out.put(delete.prevKv());
      }
      case TXN -> {
        Op.Txn txn = (Op.Txn) op;
        out.putVar(txn.compares().size());
        txn.compares().forEach(compare -> putCompare(out, compare));
        out.putVar(txn.success().size());
        txn.success().forEach(each -> putOp(out, each));
        out.putVar(txn.failure().size());
        txn.failure().forEach(each -> putOp(out, each));
      }
    }
  }

  private static Op getOp(ByteReader in, int depth) {
    if (depth > DEPTH_MAX) {
      throw new IllegalArgumentException("transactions nested deeper than " + DEPTH_MAX);
    }
    return switch (Coded.pick(Op.Kind.values(), in.get())) {
      case RANGE -> getRange(in);
      case PUT -> {
        Bytes key = in.getBytes();
        Bytes value = in.getBytes();
        long lease = in.getVar();
        int flags = in.get();
        yield new Op.Put(key, value, lease, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0);
      }
      case DELETE_RANGE -> new Op.DeleteRange(getKeys(in), in.getBoolean());
      case TXN -> {
        List<Op.Compare> compares = new ArrayList<>();
        for (int left = in.getVarInt(); left > 0; left--) {
          compares.add(getCompare(in));
        }
        yield new Op.Txn(compares, getOps(in, depth + 1), getOps(in, depth + 1));
      }
    };
  }

  private static List<Op> getOps(ByteReader in, int depth) {
    List<Op> ops = new ArrayList<>();
    for (int left = in.getVarInt(); left > 0; left--) {
      ops.add(getOp(in, depth));
    }
    return ops;
  }

  private static void putRange(ByteWriter out, Op.Range range) {
    putKeys(out, range.keys());
    out.putVar(range.limit())
        .putVar(range.revision())
        .put(range.sort().order().code())
        .put(range.sort().target().code())
        .put((range.keysOnly() ? 1 : 0) | (range.countOnly() ? 2 : 0))
        .putVar(range.bounds().minMod())
        .putVar(range.bounds().maxMod())
        .putVar(range.bounds().minCreate())
        .putVar(range.bounds().maxCreate());
  }

  private static Op.Range getRange(ByteReader in) {
    KeyRange keys = getKeys(in);
    long limit = in.getVar();
    long revision = in.getVar();
    Op.Sort sort =
        new Op.Sort(
            Coded.pick(Op.SortOrder.values(), in.get()),
            Coded.pick(Op.SortTarget.values(), in.get()));
    int flags = in.get();
    Op.RevisionBounds bounds =
        new Op.RevisionBounds(in.getVar(), in.getVar(), in.getVar(), in.getVar());
    return new Op.Range(keys, limit, revision, sort, (flags & 1) != 0, (flags & 2) != 0, bounds);
  }

  private static void putCompare(ByteWriter out, Op.Compare compare) {
    putKeys(out, compare.keys());
    out.put(compare.target().code()).put(compare.relation().code()).putVar(compare.number());
    putOptional(out, compare.value());
  }

  private static Op.Compare getCompare(ByteReader in) {
    return new Op.Compare(
        getKeys(in),
        Coded.pick(Op.Target.values(), in.get()),
        Coded.pick(Op.Relation.values(), in.get()),
        in.getVar(),
        getOptional(in));
  }

  private static void putKeys(ByteWriter out, KeyRange keys) {
    out.putBytes(keys.from());
    putOptional(out, keys.to());
  }

  private static KeyRange getKeys(ByteReader in) {
    return new KeyRange(in.getBytes(), getOptional(in));
  }

  private static void putOptional(ByteWriter out, @Nullable Bytes bytes) {
    out.put(bytes != null);
    if (bytes != null) {
      out.putBytes(bytes);
    }
  }

  private static @Nullable Bytes getOptional(ByteReader in) {
    return in.getBoolean() ? in.getBytes() : null;
  }
}
