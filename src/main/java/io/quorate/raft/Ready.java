package io.quorate.raft;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done since the last {@link RaftCore#ready}. All of it may be done in parallel; the
 * only orders are those named here.
 *
 * @param persist what goes to the journal, or null. No other one is handed out before {@link
 *     RaftCore#persisted} acknowledges this one: what comes meanwhile gathers for the next
 * @param messages what may leave at once
 * @param messagesAfterPersist what must not leave before {@code persist} is durable: votes,
 *     requests for votes, and answers to appends. Empty when {@code persist} is null
 * @param committed entries to apply, in order, behind all handed out before; each is committed and
 *     durable here. Answered by {@link RaftCore#applied}
 * @param reads reads whose index is now confirmed
 * @param softState the role, leader and term, or null when unchanged. When it changes, reads that
 *     are still unanswered are to be asked again
 */
public record Ready(
    @Nullable Persist persist,
    List<Message> messages,
    List<Message> messagesAfterPersist,
    List<Entry> committed,
    List<ReadState> reads,
    @Nullable SoftState softState) {

  /** Nothing to do. */
  public static final Ready NOTHING =
      new Ready(null, List.of(), List.of(), List.of(), List.of(), null);

  /** Whether there is nothing to do. */
  public boolean isEmpty() {
    return persist == null
        && messages.isEmpty()
        && committed.isEmpty()
        && reads.isEmpty()
        && softState == null;
  }

  /**
   * One append to the journal, durable as a whole or not at all.
   *
   * @param ticket what {@link RaftCore#persisted} is called with; grows by one
   * @param hardState term, vote and commit as of now. Commit is not a mere hint where a change of
   *     the membership is among the entries: that the one before it is committed must survive with
   *     it
   * @param entries what follows; all that the journal holds at and above the first one's index is
   *     discarded by it. May be empty
   * @param snapshot when not null, the state machine and the whole log are first replaced by this
   *     snapshot, whose content has arrived before; the entries, if any, follow it
   */
  public record Persist(
      long ticket, HardState hardState, List<Entry> entries, @Nullable SnapshotMeta snapshot) {}
}
