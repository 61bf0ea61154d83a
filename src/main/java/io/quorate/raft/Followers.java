package io.quorate.raft;

import io.quorate.base.Check;
import io.quorate.base.Membership;
import io.quorate.raft.progress.Progress;
import io.quorate.raft.progress.ProgressState;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Everybody a leader replicates to, itself included, in the order of their ids; and the sending
 * itself, which happens once for each {@link RaftCore#ready}, so that all that was proposed since
 * the last one shares a message.
 */
final class Followers {
  /**
   * Entries of an append that may well be in vain, since the member may lack what is before them,
   * or of one to a member that is brought up in shares.
   */
  private static final int SMALL_APPEND_BYTES_MAX = 64 << 10;

  private final RaftCore core;
  private final RaftConfig.Limits limits;
  private final CatchUp catchUp = new CatchUp();
  private Progress[] all = new Progress[0];
  private @Nullable Progress self;

  Followers(RaftCore core) {
    this.core = core;
    this.limits = core.config().limits();
  }

  /**
   * Takes the members of {@code membership}: keeps who stays, and probes who is new. Those count as
   * just heard of if {@code heard}.
   */
  void retain(Membership membership, boolean heard) {
    TreeSet<Long> ids = new TreeSet<>(membership.voters());
    ids.addAll(membership.outgoing());
    ids.addAll(membership.learners());
    List<Progress> next = new ArrayList<>(ids.size());
    for (long id : ids) {
      Progress known = find(id);
      next.add(known != null ? known : fresh(id, heard));
    }
    all = next.toArray(new Progress[0]);
    self = find(core.id());
  }

  private Progress fresh(long id, boolean heard) {
    Progress progress =
        new Progress(
            id, core.log().last() + 1, limits.inflightMessagesMax(), limits.inflightBytesMax());
    if (heard) {
      progress.heard();
    }
    return progress;
  }

  @Nullable Progress find(long id) {
    for (Progress progress : all) {
      if (progress.id() == id) {
        return progress;
      }
    }
    return null;
  }

  Progress[] all() {
    return all;
  }

  long matchOf(long id) {
    Progress progress = find(id);
    return progress == null ? 0 : progress.match();
  }

  long confirmedRoundOf(long id) {
    Progress progress = find(id);
    return progress == null ? 0 : progress.confirmedRound();
  }

  boolean isActive(long id) {
    Progress progress = find(id);
    return progress != null && progress.isActive();
  }

  /** Everybody has to be heard of again. */
  void resetActive() {
    for (Progress progress : all) {
      if (progress != self) {
        progress.resetActive();
      }
    }
  }

  /** The own log is durable up to {@code index}. */
  void persistedSelf(long index) {
    if (self != null) {
      self.persistedSelf(index);
    }
  }

  /** A tick passed. */
  void tick() {
    catchUp.tick(core.log(), all);
  }

  /** The leader appended so many bytes of entries. */
  void appended(long bytes) {
    catchUp.appended(bytes);
  }

  void heartbeats(long round) {
    for (Progress progress : all) {
      if (progress != self) {
        long commit = Math.min(progress.match(), core.log().commitToTell());
        core.outbox()
            .send(new Message.Heartbeat(core.id(), progress.id(), core.term(), commit, round));
      }
    }
  }

  /** Sends to each follower what its window lets through. */
  void replicate() {
    for (Progress progress : all) {
      if (progress != self) {
        replicateTo(progress);
      }
    }
  }

  private void replicateTo(Progress to) {
    catchUp.look(to, core.log());
    while (to.state().mayAppend() && isOwed(to)) {
      if (!send(to)) {
        return;
      }
    }
    if (to.isPingDue() && to.state() instanceof ProgressState.Replicate) {
      // The window is full and maybe lost: only an answer can open it.
      if (to.next() < core.log().first()) {
        sendSnapshot(to);
      } else {
        sendAppend(to, List.of());
      }
    }
  }

  private boolean isOwed(Progress to) {
    RaftLog log = core.log();
    return to.next() <= log.last()
        || to.state() instanceof ProgressState.Probe
        || to.isPingDue()
        || to.sentCommit() < Math.min(log.commitToTell(), to.next() - 1);
  }

  private boolean send(Progress to) {
    RaftLog log = core.log();
    if (to.next() < log.first()) {
      sendSnapshot(to);
      return false;
    }
    List<Entry> entries =
        to.allowance() > 0 ? log.entries(to.next(), log.last(), bytesMax(to)) : List.of();
    boolean missing = entries.isEmpty() && to.next() <= log.last();
    if (missing && !to.isPingDue()) {
      return false;
    }
    if (entries.isEmpty() && !to.isPingDue() && to.state() instanceof ProgressState.Replicate) {
      sendCommit(to);
      return true;
    }
    sendAppend(to, entries);
    return !missing;
  }

  private int bytesMax(Progress to) {
    boolean small = to.isLimited() || to.state() instanceof ProgressState.Probe;
    return small
        ? Math.min(SMALL_APPEND_BYTES_MAX, limits.appendBytesMax())
        : limits.appendBytesMax();
  }

  private void sendAppend(Progress to, List<Entry> entries) {
    RaftLog log = core.log();
    long prev = to.next() - 1;
    core.outbox()
        .send(
            new Message.Append(
                core.id(),
                to.id(),
                core.term(),
                prev,
                log.term(prev),
                log.commitToTell(),
                entries));
    long bytes = 0;
    for (Entry entry : entries) {
      bytes += entry.sizeBytes();
    }
    to.sentAppend(entries.size(), bytes, log.commitToTell());
  }

  private void sendCommit(Progress to) {
    RaftLog log = core.log();
    long index = Math.min(log.commitToTell(), to.next() - 1);
    core.outbox().send(new Message.Commit(core.id(), to.id(), core.term(), index, log.term(index)));
    to.sentCommit(index);
  }

  private void sendSnapshot(Progress to) {
    if (!to.isActive()) {
      // Nobody is there to take it; it costs too much to send it to the void.
      return;
    }
    RaftLog log = core.log();
    Check.that(log.applied() >= log.first() - 1, "applied %d is compacted", log.applied());
    SnapshotMeta meta = new SnapshotMeta(log.applied(), log.term(log.applied()), core.membership());
    core.outbox().send(new Message.InstallSnapshot(core.id(), to.id(), core.term(), meta));
    to.sentSnapshot(meta.index());
  }
}
