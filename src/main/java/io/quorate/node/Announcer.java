package io.quorate.node;

import io.quorate.mvcc.Event;
import io.quorate.watch.Change;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/** Passes what was applied on to watches, leases and the keeper of the quota. */
final class Announcer implements ChangeListener {
  private final ActorRef<WatchActor.Command> watches;
  private final ActorRef<LeaseActor.Command> leases;
  private final ActorRef<QuotaKeeper.Command> space;
  private final HashCache hashes;
  private final Digests digests;

  Announcer(
      ActorRef<WatchActor.Command> watches,
      ActorRef<LeaseActor.Command> leases,
      ActorRef<QuotaKeeper.Command> space,
      HashCache hashes,
      Digests digests) {
    this.watches = watches;
    this.leases = leases;
    this.space = space;
    this.hashes = hashes;
    this.digests = digests;
  }

  @Override
  public void applied(long index, long digest) {
    digests.note(index, digest);
  }

  @Override
  public void changed(List<List<Event>> revisions) {
    List<Change> changes = new ArrayList<>(revisions.size());
    for (List<Event> events : revisions) {
      changes.add(new Change(events.get(0).revision(), events));
    }
    watches.tell(new WatchActor.Applied(changes));
  }

  @Override
  public void restored(long revision, long compacted) {
    watches.tell(new WatchActor.Restored(revision, compacted));
  }

  @Override
  public void compactionFinished() {
    space.tell(new QuotaKeeper.CompactionFinished());
  }

  @Override
  public void leaseGranted(long id, long ttl) {
    leases.tell(new LeaseActor.Granted(id, ttl));
  }

  @Override
  public void leaseRevoked(long id) {
    leases.tell(new LeaseActor.Revoked(id));
  }

  @Override
  public void leaseCheckpointed(long id, long seconds) {
    leases.tell(new LeaseActor.Checkpointed(id, seconds));
  }

  @Override
  public void compacted(long previous, long at) {
    hashes.begin(at);
    watches.tell(new WatchActor.Compacted(at));
  }
}
