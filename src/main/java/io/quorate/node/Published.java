package io.quorate.node;

import io.quorate.apply.Alarm;
import io.quorate.apply.Member;
import java.util.List;

/**
 * The small part of the replicated state that edges ask for all the time, as of one batch.
 *
 * @param members the members
 * @param removed the ids of those that were members
 * @param alarms the raised alarms
 * @param alarmsByQuota those of them that the quota raised, not a person
 * @param countedBytes what rows and leases count for in the quota, in bytes
 * @param appliedIndex the entry that it holds
 */
public record Published(
    List<Member> members,
    List<Long> removed,
    List<Alarm> alarms,
    List<Alarm> alarmsByQuota,
    long countedBytes,
    long appliedIndex) {
  /** This with other members. */
  Published withMembers(List<Member> others) {
    return new Published(others, removed, alarms, alarmsByQuota, countedBytes, appliedIndex);
  }

  /** Copies the lists. */
  public Published {
    members = List.copyOf(members);
    removed = List.copyOf(removed);
    alarms = List.copyOf(alarms);
    alarmsByQuota = List.copyOf(alarmsByQuota);
  }
}
