package io.quorate.chaos.nemesis;

import io.quorate.chaos.cluster.Seat;
import java.util.List;

/** A cluster to which faults are done. */
public abstract sealed class Site permits OwnSite, ForeignSite {
  /** Its members as they are now. */
  public abstract List<Seat> seats();

  /** How one kind of fault is done there; only asked for what can be done. */
  abstract Fault fault(Kind kind);
}
