package io.quorate.client;

import io.quorate.base.Bytes;
import io.quorate.client.wire.Method.Repeat;
import io.quorate.client.wire.Methods;
import io.quorate.client.wire.Wire;
import io.quorate.proto.etcd.AlarmMember;
import io.quorate.proto.etcd.AlarmRequest;
import io.quorate.proto.etcd.AlarmRequest.AlarmAction;
import io.quorate.proto.etcd.AlarmType;
import io.quorate.proto.etcd.DefragmentRequest;
import io.quorate.proto.etcd.HashKVRequest;
import io.quorate.proto.etcd.HashKVResponse;
import io.quorate.proto.etcd.MoveLeaderRequest;
import io.quorate.proto.etcd.StatusRequest;
import io.quorate.proto.etcd.StatusResponse;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Publisher;

/**
 * The care of members and of the cluster. Alarms are those of the cluster; everything else is about
 * the one member that answers. Who has to know which one that is opens a client of its endpoint
 * alone, with {@link ClientBuilder#withoutMemberSync}. Where users are known, most of this is for
 * {@code root}.
 */
public final class Maintenance {
  private final Wire wire;

  /**
   * What a member says about itself. Source: {@code etcdserverpb.StatusResponse}.
   *
   * @param memberId whose status it is; unsigned
   * @param version of etcd's API and behaviour, such as {@code 3.7.3}
   * @param isLearner whether it does not vote
   * @param raft how far its log is, and whom it follows
   * @param db how large its store is
   * @param errors what is wrong, in etcd's words: that it has no leader, and the alarms; empty if
   *     nothing is
   * @param revision the newest that it has
   */
  public record Status(
      long memberId,
      String version,
      boolean isLearner,
      Raft raft,
      Db db,
      List<String> errors,
      long revision) {
    /** Copies the list. */
    public Status {
      errors = List.copyOf(errors);
    }

    /** Whether it knows a leader. */
    public boolean hasLeader() {
      return raft.leaderId() != 0;
    }

    /** Whether it is the leader, as far as it knows. */
    public boolean isLeader() {
      return hasLeader() && raft.leaderId() == memberId;
    }
  }

  /**
   * A member's place in consensus.
   *
   * @param leaderId whom it takes for the leader; unsigned, 0 for nobody
   * @param term the newest that it knows
   * @param index up to which entry it knows that they are committed
   * @param appliedIndex up to which entry it has applied them
   */
  public record Raft(long leaderId, long term, long index, long appliedIndex) {}

  /**
   * A member's store.
   *
   * @param sizeBytes what it takes on the disk
   * @param inUseBytes what of that holds something
   */
  public record Db(long sizeBytes, long inUseBytes) {}

  /**
   * A digest of the keys of one member. Two members hold the same if all but {@code revision} are
   * equal. Source: {@code etcdserverpb.HashKVResponse}.
   *
   * @param hash 32 bits, unsigned
   * @param hashRevision up to which revision it counts
   * @param compactRevision what the member had compacted
   * @param revision the newest that the member had
   */
  public record Hash(long hash, long hashRevision, long compactRevision, long revision) {}

  /**
   * An alarm that is raised.
   *
   * @param memberId by or for which member; unsigned
   */
  public record Alarm(long memberId, Type type) {
    /** What alarms are about. */
    public enum Type {
      /** The store is as large as it may be: only what makes room is done. */
      NOSPACE,
      /** A member holds something else than the others. */
      CORRUPT,
      /** Something that this client does not know. */
      OTHER
    }
  }

  Maintenance(Wire wire) {
    this.wire = wire;
  }

  /**
   * What a member says about itself. One that is fit is asked if there is one; if there is none,
   * any that is connected, as it is: without a leader, or a learner.
   */
  public CompletionStage<Status> status() {
    return wire.call(Methods.STATUS, StatusRequest.getDefaultInstance(), Maintenance::toStatus);
  }

  private static Status toStatus(StatusResponse answer) {
    return new Status(
        answer.getHeader().getMemberId(),
        answer.getVersion(),
        answer.getIsLearner(),
        new Raft(
            answer.getLeader(),
            answer.getRaftTerm(),
            answer.getRaftIndex(),
            answer.getRaftAppliedIndex()),
        new Db(answer.getDbSize(), answer.getDbSizeInUse()),
        answer.getErrorsList(),
        answer.getHeader().getRevision());
  }

  /**
   * A digest of what a member holds. It need not have a leader.
   *
   * @param revision up to which revision; 0 for the newest that it has
   * @return fails with {@link ClientException.Compacted}, or as refused if the member has not come
   *     so far
   */
  public CompletionStage<Hash> hashKv(long revision) {
    return wire.call(
        Methods.HASH_KV,
        HashKVRequest.newBuilder().setRevision(revision).build(),
        Maintenance::toHash);
  }

  private static Hash toHash(HashKVResponse answer) {
    return new Hash(
        Integer.toUnsignedLong(answer.getHash()),
        answer.getHashRevision(),
        answer.getCompactRevision(),
        answer.getHeader().getRevision());
  }

  /** The alarms that are raised, linearizable. */
  public CompletionStage<List<Alarm>> alarms() {
    return wire.call(
        Methods.ALARM.with(Repeat.HARMLESS),
        AlarmRequest.newBuilder().setAction(AlarmAction.GET).build(),
        answer -> answer.getAlarmsList().stream().map(Maintenance::toAlarm).toList());
  }

  private static Alarm toAlarm(AlarmMember message) {
    Alarm.Type type =
        switch (message.getAlarm()) {
          case NOSPACE -> Alarm.Type.NOSPACE;
          case CORRUPT -> Alarm.Type.CORRUPT;
          case NONE, UNRECOGNIZED -> Alarm.Type.OTHER;
        };
    return new Alarm(message.getMemberID(), type);
  }

  /**
   * Lowers an alarm. Never sent twice: the second one might lower what was raised in between.
   *
   * @return whether it was raised
   * @throws IllegalArgumentException if its type is {@link Alarm.Type#OTHER}
   */
  public CompletionStage<Boolean> disarm(Alarm alarm) {
    AlarmType type =
        switch (alarm.type()) {
          case NOSPACE -> AlarmType.NOSPACE;
          case CORRUPT -> AlarmType.CORRUPT;
          case OTHER -> throw new IllegalArgumentException("an unknown alarm cannot be disarmed");
        };
    return wire.call(
        Methods.ALARM,
        AlarmRequest.newBuilder()
            .setAction(AlarmAction.DEACTIVATE)
            .setMemberID(alarm.memberId())
            .setAlarm(type)
            .build(),
        answer -> answer.getAlarmsCount() > 0);
  }

  /**
   * Gives the unused space of a member's store back to its disk. Such a member may be slow or
   * silent meanwhile, so this is never asked of another one as well. What takes longer than {@link
   * ClientBuilder#callTimeout} ends as {@link ClientException.Ambiguous}, and goes on.
   */
  public CompletionStage<Void> defragment() {
    return wire.call(Methods.DEFRAGMENT, DefragmentRequest.getDefaultInstance(), answer -> null);
  }

  /**
   * Hands the leadership to a member that votes. Only the leader does it: the others refuse it with
   * {@link io.quorate.base.EtcdError#NOT_LEADER}. Never sent twice: the second one might undo what
   * somebody else did in between.
   *
   * @return completes when the leader has seen that it is done
   */
  public CompletionStage<Void> moveLeader(long memberId) {
    return wire.call(
        Methods.MOVE_LEADER,
        MoveLeaderRequest.newBuilder().setTargetID(memberId).build(),
        answer -> null);
  }

  /**
   * A copy of a member's store, part by part: one behind the other they are the file that {@code
   * etcdctl snapshot save} writes. Only as much is read from the member as the subscriber asks for;
   * the member keeps its copy until then. Any member that is connected may be asked, as for {@link
   * #status}. Each subscriber is given a copy of its own.
   *
   * <p>It is complete only after the last part, and only if all parts together have the digest that
   * the member made. If the member is lost on the way, or sends something else, or nothing within
   * {@link ClientBuilder#callTimeout}, it ends with {@link ClientException.Unavailable}: then the
   * parts that came before are of no use, and the next subscriber begins anew.
   */
  public Publisher<Bytes> snapshot() {
    return subscriber -> new SnapshotEmission(subscriber, wire).start();
  }
}
