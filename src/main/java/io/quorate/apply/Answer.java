package io.quorate.apply;

import io.quorate.mvcc.OpResult;
import java.util.List;

/** What a command answers when it was not refused. Each carries the revision to show. */
public sealed interface Answer {
  /** The newest revision after the command, or the one that its result asks to be shown. */
  long revision();

  /** A write was done. */
  record Written(OpResult result) implements Answer {
    @Override
    public long revision() {
      return result.revision();
    }
  }

  /** A lease was created: its id and the seconds it was given. */
  record Granted(long revision, long id, long ttl) implements Answer {}

  /** Alarms after a change: those that the change was about. */
  record Alarms(long revision, List<Alarm> alarms) implements Answer {}

  /** The members after a change of theirs, by id. */
  record Members(long revision, List<Member> members) implements Answer {
    /** Copies the list. */
    public Members {
      members = List.copyOf(members);
    }
  }

  /** There is nothing more to say. */
  record Done(long revision) implements Answer {}
}
