package io.quorate.node;

import io.quorate.apply.Member;
import io.quorate.apply.StateMachine;
import io.quorate.apply.StoreMeta;
import io.quorate.base.Membership;
import io.quorate.journal.LogStart;
import io.quorate.lmdb.BadSnapshotException;
import io.quorate.lmdb.LmdbStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.TreeSet;

/**
 * The store of a member that goes on from a snapshot, in a cluster that is founded with it. It is
 * that of any founder: at the founding entry, with an empty log, and its owner is asked for by the
 * others until it has lived, so that a founder that was restored and has lost its disk is none that
 * may be restored again. But it does not begin empty, so a log that has been with it cannot make it
 * anew: the founding entry has a term of its own, which the two must agree on.
 */
public final class RestoredStore {
  /** The term of the entry at {@link LogStart#FOUNDING_INDEX} where a snapshot was restored. */
  static final long FOUNDING_TERM = Node.FOUNDING_TERM + 1;

  private RestoredStore() {}

  /**
   * Makes the store in {@code dir} that of a new cluster. Keys, leases and alarms stay. Blocks.
   *
   * @param founders all members of the new cluster
   * @param bump how many revisions are left out, so that none that a client may know comes twice;
   *     at least 0. Above 0 all revisions up to the last one of these are compacted
   * @throws BadSnapshotException when there are not so many revisions, or it is no store of ours
   * @throws IllegalArgumentException when it is one of a later version
   * @throws IOException when the store cannot be opened or written
   */
  public static void found(Path dir, Collection<Member> founders, long bump) throws IOException {
    try (LmdbStore disk = new LmdbStore(dir, OpenedStore.MAP_BYTES)) {
      StoreMeta before = disk.meta();
      if (before == null) {
        throw new BadSnapshotException("the snapshot is not one of Quorate: it holds no state");
      }
      if (bump < 0 || bump > Long.MAX_VALUE / 2 - before.revision()) {
        throw new BadSnapshotException(
            "--bump-revision is " + Long.toUnsignedString(bump) + ", beyond the last revision");
      }
      TreeSet<Long> voters = new TreeSet<>();
      founders.forEach(founder -> voters.add(founder.id()));
      long revision = before.revision() + bump;
      disk.refound(
          StateMachine.founding(founders),
          new StoreMeta(
              LogStart.FOUNDING_INDEX,
              FOUNDING_TERM,
              revision,
              bump > 0 ? revision : before.compacted(),
              0,
              Membership.of(voters)));
    }
  }
}
