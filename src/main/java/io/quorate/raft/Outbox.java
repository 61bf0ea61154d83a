package io.quorate.raft;

import io.quorate.raft.progress.Inflights;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gathers what the core puts out until its owner asks for it. */
final class Outbox {
  // Messages that wait for the disk; beyond it they are lost, as on a bad network.
  private static final int DEFERRED_MAX = 4096;

  private final RaftLog log;
  private final Inflights applyWindow;

  private List<Message> messages = new ArrayList<>();
  private List<Message> deferred = new ArrayList<>();
  private List<ReadState> reads = new ArrayList<>();

  private long ticket;
  private Ready.@Nullable Persist inflight;
  private HardState handed;
  private SoftState told;

  Outbox(RaftLog log, HardState persisted, SoftState told, long applyBytesMax) {
    this.log = log;
    this.handed = persisted;
    this.told = told;
    this.applyWindow = new Inflights(Integer.MAX_VALUE, applyBytesMax);
  }

  /** Leaves at once. */
  void send(Message message) {
    messages.add(message);
  }

  /** Leaves when everything that the core knows now is durable. */
  void sendAfterPersist(Message message) {
    int last = deferred.size() - 1;
    if (last >= 0 && supersedes(message, deferred.get(last))) {
      deferred.set(last, message);
    } else if (deferred.size() < DEFERRED_MAX) {
      deferred.add(message);
    }
  }

  // While the disk is busy answers pile up; the newest one says all that the others would.
  private static boolean supersedes(Message message, Message earlier) {
    return message instanceof Message.AppendReply now
        && earlier instanceof Message.AppendReply then
        && now.granted()
        && then.granted()
        && now.to() == then.to()
        && now.term() == then.term()
        && now.index() >= then.index();
  }

  /** The term rose: what was to be said in an earlier one is void. */
  void dropDeferred() {
    deferred.clear();
  }

  void read(long context, long index) {
    reads.add(new ReadState(context, index));
  }

  /**
   * @param applies whether there is a state machine to apply to
   */
  Ready ready(HardState hard, SoftState soft, boolean applies) {
    Ready.Persist persist = null;
    List<Message> afterPersist = List.of();
    if (inflight == null) {
      boolean changed =
          hard.term() != handed.term() || hard.vote() != handed.vote() || log.hasSecretChange();
      if (changed || log.hasUnhanded()) {
        SnapshotMeta snapshot = log.handOutSnapshot();
        persist = new Ready.Persist(++ticket, hard, log.handOut(), snapshot);
        inflight = persist;
        handed = hard;
        afterPersist = take(deferred);
        deferred = fresh(deferred);
      } else if (!deferred.isEmpty()) {
        messages.addAll(deferred);
        deferred.clear();
      }
    }
    List<Entry> committed = applies ? toApply() : List.of();
    SoftState news = soft.equals(told) ? null : soft;
    told = soft;
    if (persist == null
        && messages.isEmpty()
        && committed.isEmpty()
        && reads.isEmpty()
        && news == null) {
      return Ready.NOTHING;
    }
    Ready ready = new Ready(persist, take(messages), afterPersist, committed, take(reads), news);
    messages = fresh(messages);
    reads = fresh(reads);
    return ready;
  }

  Ready.Persist persisted(long acknowledged) {
    Ready.Persist done = inflight;
    if (done == null || done.ticket() != acknowledged) {
      throw new IllegalStateException(
          "ticket " + acknowledged + " is not the one handed out last, " + ticket);
    }
    inflight = null;
    log.inflightPersisted(done.snapshot());
    log.commitPersisted(done.hardState().commit());
    if (done.snapshot() != null) {
      // What the snapshot overtook will not be acknowledged any more.
      applyWindow.freeTo(done.snapshot().index());
    }
    return done;
  }

  void applied(long index) {
    log.appliedTo(index);
    applyWindow.freeTo(index);
  }

  private List<Entry> toApply() {
    long room = applyWindow.room();
    if (room <= 0) {
      return List.of();
    }
    List<Entry> entries = log.nextToApply(room);
    if (!entries.isEmpty()) {
      long bytes = 0;
      for (Entry entry : entries) {
        bytes += entry.sizeBytes();
      }
      applyWindow.add(log.applying(), bytes);
    }
    return entries;
  }

  private static <T> List<T> take(List<T> list) {
    return list.isEmpty() ? List.of() : list;
  }

  private static <T> List<T> fresh(List<T> list) {
    return list.isEmpty() ? list : new ArrayList<>();
  }
}
