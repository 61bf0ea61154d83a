package io.quorate.chaos.nemesis;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The faults that there are. */
public enum Kind {
  /** A member is killed, and started again after a while. */
  KILL("a member is killed and started again"),
  /** The leader is killed, and started again after a while. */
  KILL_LEADER("the leader is killed and started again"),
  /** A majority is killed at once: no service until it is back. */
  KILL_MAJORITY("a majority is killed at once and started again"),
  /** All members are restarted in good order, one after the other. */
  RESTART("all members are stopped and started, one after the other"),
  /** The process of a member stands still. */
  PAUSE("the process of a member stands still"),
  /** The process of the leader stands still. */
  PAUSE_LEADER("the process of the leader stands still"),
  /** All members lose power at once, and with it what was not synced. */
  POWER_CUT("all members lose power, and what was not synced"),
  /** What the leader sends reaches nobody. */
  ONE_WAY("what the leader sends to the others is held"),
  /** What the others send does not reach the leader. */
  ONE_WAY_BACK("what the others send to the leader is held"),
  /** A member and the others are cut off from each other. */
  TWO_WAY("a member and the others are cut off from each other"),
  /** Two members reach each other only by way of a third. */
  BRIDGE("two parts of the cluster reach each other by one member alone"),
  /** Everything between members takes longer. */
  DELAY("what members send to each other comes late"),
  /** Connections between members end at random. */
  RESET("connections between members end at random"),
  /** Connections of clients end at random. */
  RESET_CLIENTS("connections of clients end at random"),
  /** The wall clock of a member steps. */
  CLOCK("the wall clock of a member steps"),
  /** The disk of a member stands still now and then. */
  SLOW_DISK("writes to the disk of a member take long"),
  /** The disk of the leader stands still. */
  STALLED_DISK("the disk of the leader stands still"),
  /** The disk of a member is full. */
  FULL_DISK("the disk of a member is full"),
  /** A member is killed and comes back with an empty disk. */
  LOST_DISK("the disk of a member is lost"),
  /** A bit of the log of a member flips while it is down. */
  FLIP_LOG("a bit of the log of a member flips"),
  /** A bit of the store of a member flips while it is down. */
  FLIP_STORE("a bit of the store of a member flips"),
  /** A member joins, and leaves again. */
  MEMBERS("a member is added, promoted, and removed"),
  /** Leadership is handed over. */
  TRANSFER("leadership is handed over"),
  /** What was superseded is forgotten. */
  COMPACT("what was superseded is compacted, and a member defragmented"),
  /** A snapshot is taken. */
  SNAPSHOT("a snapshot is taken");

  private final String says;

  Kind(String says) {
    this.says = says;
  }

  /** Its name, as in the options and in the history. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What happens, for people. */
  public String says() {
    return says;
  }

  /** The one of that name, if there is one. */
  public static Optional<Kind> of(String label) {
    return Arrays.stream(values()).filter(each -> each.label().equals(label)).findFirst();
  }

  /** The names of all of them. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(Kind::label).toList();
  }
}
