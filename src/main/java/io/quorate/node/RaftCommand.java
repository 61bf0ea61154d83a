package io.quorate.node;

import io.quorate.lmdb.StoreImport;
import io.quorate.raft.ConfChange;
import io.quorate.raft.Message;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What a {@link RaftActor} takes. */
sealed interface RaftCommand {
  enum Signal implements RaftCommand {
    DRAIN,
    TICK,
    ENTRIES_FETCHED,
    CAMPAIGN
  }

  /**
   * It is certain that this member has acknowledged nothing that it does not remember; {@code
   * heard} is the highest term that the others know of.
   */
  record Admit(long heard) implements RaftCommand {}

  record FromJournal(JournalActor.Notice notice) implements RaftCommand {}

  /**
   * Everything up to {@code index} is applied and visible to reads.
   *
   * @param changes the changes of the membership among it that were not refused, in order
   */
  record Applied(long index, List<Changed> changes) implements RaftCommand {}

  /** The change of the membership in the entry at {@code index} was made. */
  record Changed(long index, ConfChange change) {}

  /** A message of another member. */
  record Received(Message message) implements RaftCommand {}

  /** There is a way to {@code member} now. */
  record LinkUp(long member) implements RaftCommand {}

  /** There is none any more; {@code refused} when nobody listens where it was. */
  record LinkDown(long member, boolean refused) implements RaftCommand {}

  /** How far {@code member} is, in percent of the leader's log; -1 if this one cannot say. */
  record AskProgress(long member, CompletableFuture<Integer> percent) implements RaftCommand {}

  /** Hand leadership to {@code target}, if this member leads; it goes on if that has begun. */
  record Transfer(long target) implements RaftCommand {}

  /**
   * The content of a snapshot has arrived.
   *
   * @param message what the leader's core sent
   * @param content the whole of it, to be installed or closed
   */
  record SnapshotArrived(Message.InstallSnapshot message, StoreImport content)
      implements RaftCommand {}

  /** The state is that of the snapshot at {@code index}, durably. */
  record Installed(long index) implements RaftCommand {}

  /** A snapshot at {@code index} is on its way to {@code member}. */
  record SnapshotBegun(long member, long index) implements RaftCommand {}

  /** That has ended; {@code arrived} if {@code member} has taken all of it. */
  record SnapshotSent(long member, boolean arrived) implements RaftCommand {}

  /** A synced checkpoint holds everything up to {@code index}. */
  record Checkpointed(long index) implements RaftCommand {}
}
