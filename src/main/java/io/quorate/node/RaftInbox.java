package io.quorate.node;

import io.quorate.base.Bytes;
import io.quorate.raft.ConfChange;
import io.quorate.raft.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;

/**
 * What edges hand to the RaftActor: many threads put, one wake-up message brings all of it. Bounded
 * by those who put: proposals by {@link Proposals}, reads by {@link ReadQueue}.
 */
final class RaftInbox {
  /** For commands that whoever leads may take. */
  static final long ANY_TERM = 0;

  /**
   * A command on its way into the log.
   *
   * @param id who waits for it
   * @param kind what its bytes are
   * @param data its bytes
   * @param leaderTerm the term in which this member must lead, for what rests on knowledge that a
   *     leader alone has; else {@link #ANY_TERM}
   */
  record Proposal(long id, Entry.Kind kind, Bytes data, long leaderTerm) {
    /** A command that whoever leads may take. */
    static Proposal command(long id, Bytes data) {
      return new Proposal(id, Entry.Kind.NORMAL, data, ANY_TERM);
    }

    /** A change of the membership. */
    static Proposal change(long id, ConfChange change) {
      return new Proposal(id, Entry.Kind.CONF_CHANGE, change.encode(), ANY_TERM);
    }
  }

  private final ConcurrentLinkedQueue<Proposal> proposals = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private volatile Runnable wake = () -> {};

  /** Who is to be woken, at once for what has come before. */
  void connect(Runnable waker) {
    wake = waker;
    // Whoever put something earlier has woken nobody.
    woken.set(false);
    wake();
  }

  void put(Proposal proposal) {
    proposals.add(proposal);
    wake();
  }

  /** Puts {@code refused} back, to be taken when the actor is woken next by something else. */
  void putBack(List<Proposal> refused) {
    proposals.addAll(refused);
  }

  /** Wakes the actor unless it is woken already. */
  void wake() {
    if (woken.compareAndSet(false, true)) {
      wake.run();
    }
  }

  /** Called by the woken actor before it takes anything. */
  void awake() {
    woken.set(false);
  }

  /** Drops the proposals that nobody waits for. */
  void dropUnless(LongPredicate awaited) {
    proposals.removeIf(proposal -> !awaited.test(proposal.id()));
  }

  /** The ids of all that wait. */
  Set<Long> ids() {
    return proposals.stream().map(Proposal::id).collect(Collectors.toSet());
  }

  /** Whether nothing waits. */
  boolean isEmpty() {
    return proposals.isEmpty();
  }

  /** Takes up to {@code max} proposals, and no more once they have {@code bytesMax}. */
  List<Proposal> take(int max, int bytesMax) {
    List<Proposal> taken = new ArrayList<>();
    long bytes = 0;
    while (taken.size() < max && bytes < bytesMax) {
      Proposal proposal = proposals.poll();
      if (proposal == null) {
        break;
      }
      taken.add(proposal);
      bytes += proposal.data().size();
    }
    return taken;
  }
}
