package io.quorate.apply;

import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.Check;
import io.quorate.base.Coded;
import io.quorate.base.Digest;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.base.Membership;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.Event;
import io.quorate.mvcc.Half;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.Recent;
import io.quorate.mvcc.Table;
import io.quorate.mvcc.TxnPlan;
import io.quorate.mvcc.WriteTxn;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The replicated state: keys, leases, alarms and members. Entries come in log order without gaps;
 * what an entry does depends on the state and the entry alone. Used by one thread.
 *
 * <p>Entries are applied in batches: {@link #begin}, {@link #apply} for each, {@link #end}. Readers
 * see a batch when the {@link Recent} that its end gives is published, and no sooner, so a batch is
 * published before any of its proposers is answered.
 */
public final class StateMachine {
  /**
   * What an entry did.
   *
   * @param proposal the id its proposer waits for
   * @param answer the answer, or null when it was refused
   * @param refusal the refusal, or null
   * @param events the changes of keys, in order
   */
  public record Applied(
      long proposal,
      @Nullable Answer answer,
      @Nullable EtcdException refusal,
      List<Event> events) {}

  private final KvStore store;
  private final LeaseTable leases;
  private final Effects effects;
  // Each raised alarm, and whether the quota raised it.
  private final SortedMap<Alarm, Boolean> alarms = new TreeMap<>();
  private final MemberTable members;
  private final Applier backend = new Backend();
  private Applier applier = backend;
  private Membership membership;
  private long appliedIndex;
  private long appliedTerm;
  private final Digest digest;
  private List<Event> events = List.of();

  /**
   * The state as a checkpoint left it.
   *
   * @param meta what the checkpoint says of itself
   * @param disk its rows, only read within this call
   * @param diskBytes the counted bytes of the rows on disk
   * @param leaseTtlMinSeconds shorter leases are granted this time
   * @param effects who else learns of changes
   */
  public StateMachine(
      StoreMeta meta, DiskView disk, long diskBytes, long leaseTtlMinSeconds, Effects effects) {
    this.store = new KvStore(meta.revision(), meta.compacted(), diskBytes);
    this.leases = new LeaseTable(store, leaseTtlMinSeconds);
    this.effects = effects;
    this.membership = meta.membership();
    this.appliedIndex = meta.appliedIndex();
    this.appliedTerm = meta.appliedTerm();
    this.digest = new Digest(meta.digest());
    disk.scan(
        Table.LEASE,
        Bytes.EMPTY,
        (key, value) -> {
          leases.restore(LeaseFacts.decode(key.longAt(0), value));
          return true;
        });
    disk.scan(
        Table.ALARM,
        Bytes.EMPTY,
        (key, value) -> {
          alarms.put(
              new Alarm(key.longAt(0), Coded.pick(Alarm.Type.values(), key.at(8))),
              value.at(0) != 0);
          return true;
        });
    this.members = new MemberTable(disk, store);
    chooseApplier();
  }

  /** What a new store holds before its first entry: the founding members. */
  public static Half founding(Collection<Member> members) {
    KvStore empty = new KvStore(KvStore.FIRST_REVISION, KvStore.NEVER_COMPACTED, 0);
    for (Member member : members) {
      empty.putTable(Table.MEMBER, Bytes.ofLong(member.id()), member.encode());
    }
    return empty.freeze();
  }

  /** Opens a batch; its reads go to {@code disk}, which stays open until {@link #end}. */
  public void begin(DiskView disk) {
    store.beginBatch(disk);
  }

  /** Ends the batch and gives what readers may see from now on. */
  public Recent end() {
    return store.endBatch();
  }

  /** Applies an entry that carries no command: the first of a term. */
  public void skip(long index, long term) {
    Check.that(index == appliedIndex + 1, "entry %d follows %d", index, appliedIndex);
    appliedIndex = index;
    appliedTerm = term;
    digest.add(index);
    digest.add(term);
  }

  /** Applies the entry at {@code index} of {@code term}. */
  public Applied apply(long index, long term, CommandCodec.Proposal proposal) {
    skip(index, term);
    digest.add(proposal.checksum());
    events = List.of();
    try {
      Answer answer = perform(proposal.command());
      events.forEach(this::digest);
      return new Applied(proposal.proposal(), answer, null, events);
    } catch (EtcdException refusal) {
      Check.that(events.isEmpty(), "entry %d was refused after it had written", index);
      return refused(proposal.proposal(), refusal);
    }
  }

  private Applied refused(long proposal, EtcdException refusal) {
    digest.add(Bytes.utf8(refusal.text()));
    return new Applied(proposal, null, refusal, List.of());
  }

  private void digest(Event event) {
    KeyValue kv = event.kv();
    digest.add(kv.modRevision());
    digest.add(kv.createRevision());
    digest.add(kv.version());
    digest.add(kv.lease());
    digest.add(kv.key());
    digest.add(kv.value());
  }

  /**
   * Applies a change of the membership.
   *
   * @param change what it says of members; empty for the end of a joint phase
   * @param next the membership after it, if it is not refused
   */
  public Applied changeMembers(long index, long term, MemberChange change, Membership next) {
    skip(index, term);
    try {
      members.change(change);
    } catch (EtcdException refusal) {
      return refused(change.proposal(), refusal);
    }
    membership = next;
    digest.add(change.encode());
    Answer answer = new Answer.Members(store.revision(), members.all());
    return new Applied(change.proposal(), answer, null, List.of());
  }

  private Answer perform(Command command) {
    return switch (command.kind()) {
      case WRITE -> applier.write(((Command.Write) command).op());
      case COMPACT -> applier.compact(((Command.Compact) command).revision());
      case LEASE_GRANT -> {
        Command.LeaseGrant grant = (Command.LeaseGrant) command;
        yield applier.grant(grant.id(), grant.ttl());
      }
      case LEASE_REVOKE -> applier.revoke(((Command.LeaseRevoke) command).id());
      case LEASE_CHECKPOINT -> checkpoint((Command.LeaseCheckpoint) command);
      case ALARM -> change((Command.ChangeAlarm) command);
      case PUBLISH -> publish(((Command.Publish) command).member());
    };
  }

  private Answer checkpoint(Command.LeaseCheckpoint command) {
    for (Command.LeaseCheckpoint.Remaining lease : command.leases()) {
      if (leases.checkpoint(lease.id(), lease.seconds())) {
        effects.leaseCheckpointed(lease.id(), lease.seconds());
      }
    }
    return new Answer.Done(store.revision());
  }

  private Answer change(Command.ChangeAlarm command) {
    Alarm alarm = command.alarm();
    if (alarm.type() == Alarm.Type.NONE && command.raise()) {
      return new Answer.Alarms(store.revision(), List.of());
    }
    Boolean before = alarms.get(alarm);
    Boolean after = raisedBy(command, before);
    boolean changed = !Objects.equals(before, after);
    if (changed) {
      Bytes key = new ByteWriter(16).putLong(alarm.member()).put(alarm.type().code()).toBytes();
      if (after == null) {
        alarms.remove(alarm);
        store.putTable(Table.ALARM, key, null);
      } else {
        alarms.put(alarm, after);
        store.putTable(Table.ALARM, key, new ByteWriter(1).put(after).toBytes());
      }
      chooseApplier();
    }
    boolean told = command.raise() || changed;
    return new Answer.Alarms(store.revision(), told ? List.of(alarm) : List.of());
  }

  /** Whether the alarm is raised by quota afterwards; null when it is not raised. */
  private static @Nullable Boolean raisedBy(Command.ChangeAlarm command, @Nullable Boolean before) {
    if (command.raise()) {
      // What a person has raised, or raises on top, stays until a person takes it back.
      return command.byQuota() && !Boolean.FALSE.equals(before);
    }
    boolean stays = command.byQuota() && Boolean.FALSE.equals(before);
    return stays ? before : null;
  }

  private Answer publish(Member member) {
    members.publish(member);
    return new Answer.Done(store.revision());
  }

  private void chooseApplier() {
    boolean corrupt = isRaised(Alarm.Type.CORRUPT);
    boolean full = isRaised(Alarm.Type.NOSPACE);
    applier = corrupt ? new CorruptApplier() : full ? new NoSpaceApplier(backend) : backend;
  }

  private boolean isRaised(Alarm.Type type) {
    return alarms.keySet().stream().anyMatch(alarm -> alarm.type() == type);
  }

  /** Does what the commands say, without any policy. */
  private final class Backend implements Applier {
    @Override
    public Answer write(Op op) {
      WriteTxn txn = store.begin(leases);
      Answer answer =
          new Answer.Written(
              switch (op.kind()) {
                case PUT -> {
                  txn.check((Op.Put) op);
                  yield txn.put((Op.Put) op);
                }
                case DELETE_RANGE -> txn.deleteRange((Op.DeleteRange) op);
                case TXN -> TxnPlan.execute(store.view(), txn, (Op.Txn) op);
                case RANGE -> txn.range((Op.Range) op);
              });
      events = txn.end();
      return answer;
    }

    @Override
    public Answer compact(long revision) {
      long previous = store.compacted();
      store.compact(revision);
      effects.compacted(previous, revision);
      return new Answer.Done(store.revision());
    }

    @Override
    public Answer grant(long id, long ttl) {
      LeaseFacts lease = leases.grant(id, ttl);
      effects.leaseGranted(id, lease.ttl());
      return new Answer.Granted(store.revision(), id, lease.ttl());
    }

    @Override
    public Answer revoke(long id) {
      if (!leases.exists(id)) {
        throw EtcdError.LEASE_NOT_FOUND.exception();
      }
      WriteTxn txn = store.begin(leases);
      for (Bytes key : leases.keysOf(id)) {
        txn.deleteRange(new Op.DeleteRange(KeyRange.single(key), false));
      }
      events = txn.end();
      leases.remove(id);
      effects.leaseRevoked(id);
      return new Answer.Done(store.revision());
    }
  }

  /** The members, by id. */
  public List<Member> members() {
    return members.all();
  }

  /** The ids of the members that were removed. */
  public List<Long> removedMembers() {
    return members.removed();
  }

  /** Who votes as of the last applied entry. */
  public Membership membership() {
    return membership;
  }

  /** The raised alarms, in order. */
  public List<Alarm> alarms() {
    return List.copyOf(alarms.keySet());
  }

  /** Those of {@link #alarms} that the quota raised. */
  public List<Alarm> alarmsByQuota() {
    return alarms.keySet().stream().filter(alarm -> alarms.get(alarm)).toList();
  }

  /** All leases, by id. */
  public List<LeaseFacts> leases() {
    return List.copyOf(leases.all());
  }

  /** The lease {@code id}, or null. */
  public @Nullable LeaseFacts lease(long id) {
    return leases.find(id);
  }

  /** The keys that hang on lease {@code id}, in order; within a batch only. */
  public List<Bytes> keysOfLease(long id) {
    return Collections.unmodifiableList(leases.keysOf(id));
  }

  /** The last applied entry. */
  public long appliedIndex() {
    return appliedIndex;
  }

  /** The counted bytes of everything: rows not yet removed, and leases. */
  public long countedBytes() {
    return store.countedBytes() + (long) leases.size() * LeaseTable.COUNTED_BYTES;
  }

  /** What a checkpoint taken now says of itself. */
  public StoreMeta meta() {
    return new StoreMeta(
        appliedIndex, appliedTerm, store.revision(), store.compacted(), digest.value(), membership);
  }

  /** The digest of everything applied up to {@link #appliedIndex}. */
  public long digest() {
    return digest.value();
  }

  /** The rows in memory as of now, for readers. */
  public Recent recent() {
    return store.recent();
  }

  /** The half that grows. */
  public Half active() {
    return store.active();
  }

  /** Whether a frozen half is on its way to disk. */
  public boolean isFrozen() {
    return store.isFrozen();
  }

  /** Freezes the active half for a checkpoint that carries {@link #meta()}. */
  public Half freeze() {
    return store.freeze();
  }

  /** The frozen half is durable; the rows on disk now count {@code diskBytes}. */
  public void dropFrozen(long diskBytes) {
    store.dropFrozen(diskBytes);
  }

  /** Compaction has removed rows; the rows on disk now count {@code diskBytes}. */
  public void setDiskBytes(long diskBytes) {
    store.setDiskBytes(diskBytes);
  }
}
