package io.quorate.lease;

/**
 * When a member begins and ceases to count the time of leases. It begins when it leads and the
 * first entry of its term is applied: only then does it know all leases of its predecessors, and
 * what they promised. Used by one thread.
 */
public final class Leadership {
  /** Who counts. */
  public interface Listener {
    /** This member leads {@code term}, and knows all that came before. */
    void promoted(long term);

    /** It leads no more, or another term. */
    void demoted();
  }

  private final Listener listener;
  private long term;
  private long firstIndex;
  private boolean leads;
  private boolean promoted;

  /** Of a member that does not lead. */
  public Leadership(Listener listener) {
    this.listener = listener;
  }

  /**
   * What is known of the member has changed.
   *
   * @param leadsNow whether it leads
   * @param nowTerm its term
   * @param termBegin an index that is at least that of the first entry of the term it led last
   * @param applied the highest applied index
   */
  public void follow(boolean leadsNow, long nowTerm, long termBegin, long applied) {
    if (leads && (!leadsNow || nowTerm != term)) {
      leads = false;
      if (promoted) {
        promoted = false;
        listener.demoted();
      }
    }
    if (leadsNow && !leads) {
      leads = true;
      term = nowTerm;
      firstIndex = termBegin;
    }
    if (leads && !promoted && applied >= firstIndex) {
      promoted = true;
      listener.promoted(term);
    }
  }
}
