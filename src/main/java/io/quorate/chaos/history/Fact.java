package io.quorate.chaos.history;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Something that was seen in a run: one line of its history. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "fact")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Fact.Run.class, name = "run"),
  @JsonSubTypes.Type(value = Fact.Operation.class, name = "operation"),
  @JsonSubTypes.Type(value = Fact.WatchOpened.class, name = "watch-opened"),
  @JsonSubTypes.Type(value = Fact.WatchTold.class, name = "watch-told"),
  @JsonSubTypes.Type(value = Fact.WatchEnded.class, name = "watch-ended"),
  @JsonSubTypes.Type(value = Fact.LeaseTold.class, name = "lease"),
  @JsonSubTypes.Type(value = Fact.LockTold.class, name = "lock"),
  @JsonSubTypes.Type(value = Fact.Fault.class, name = "fault"),
  @JsonSubTypes.Type(value = Fact.Leader.class, name = "leader"),
  @JsonSubTypes.Type(value = Fact.Hash.class, name = "hash"),
  @JsonSubTypes.Type(value = Fact.State.class, name = "state"),
  @JsonSubTypes.Type(value = Fact.End.class, name = "end"),
})
public sealed interface Fact {
  /** The workload that is none: asks for the newest revision when all others are over. */
  String FINAL = "final";

  /** When it was, or began: nanoseconds since the run began; of the run itself 0. */
  long at();

  /** From when to when it was; both are the same where it took no time. */
  default Span span() {
    return new Span(at(), at());
  }

  /**
   * What the run was; the first of all facts.
   *
   * @param seed what decides the schedule of faults and what clients ask
   * @param target what was run against, for people
   * @param members the names of the members at the beginning
   * @param options all that was chosen, by name, as on the command line
   */
  record Run(long seed, String target, List<String> members, Map<String, String> options)
      implements Fact {
    /** Copies what can change. */
    public Run {
      members = List.copyOf(members);
      options = Map.copyOf(options);
    }

    @Override
    public long at() {
      return 0;
    }
  }

  /**
   * One request and what became of it. A client has one under way at a time.
   *
   * @param client who asked: the name of a workload, a dash and a number
   * @param member whom it asked; empty if the client chose
   * @param span from the call to the answer, or to when it was given up
   * @param request what was asked
   * @param outcome what became of it
   * @param reply what was answered; there if and only if it was done
   * @param error what was said where it was not done; empty otherwise
   */
  record Operation(
      String client,
      String member,
      Span span,
      Request request,
      Outcome outcome,
      Optional<Reply> reply,
      String error)
      implements Fact {
    /** Checks that an answer is there exactly where there must be one. */
    public Operation {
      if (reply.isPresent() != (outcome == Outcome.DONE)) {
        throw new IllegalArgumentException(outcome + " with the answer " + reply);
      }
    }

    @Override
    public long at() {
      return span.begin();
    }

    /** The workload of the client: its name without the dash and the number. */
    public String workload() {
      int dash = client.lastIndexOf('-');
      return dash < 0 ? client : client.substring(0, dash);
    }

    /** The steps that were done, in order; nothing unless it was done. */
    public List<Step> stepsDone() {
      return reply.map(r -> r.succeeded() ? request.then() : request.otherwise()).orElse(List.of());
    }
  }

  /**
   * A watch was begun, or went on at another connection.
   *
   * @param at when
   * @param watcher whose
   * @param member at which member
   * @param prefix of which keys
   * @param from the first revision that it has to tell; 0 for what comes after it began
   * @param withPrevious whether its events say what was there before
   */
  record WatchOpened(
      long at, String watcher, String member, String prefix, long from, boolean withPrevious)
      implements Fact {}

  /**
   * A watch told something, in one message.
   *
   * @param revision how far everything was told with this
   * @param events in the order in which they came; nothing for a bookmark
   */
  record WatchTold(long at, String watcher, long revision, List<Event> events) implements Fact {
    /** Copies the list. */
    public WatchTold {
      events = List.copyOf(events);
    }
  }

  /**
   * What a watch told of one key.
   *
   * @param row the key afterwards; for a removal only its name and the revision count
   * @param isRemoval whether the key was removed
   * @param previous the key before, where it was asked for and there was one
   */
  record Event(Row row, boolean isRemoval, Optional<Row> previous) {}

  /**
   * A watch ended; it may go on with another {@link WatchOpened}.
   *
   * @param why what was said
   * @param compacted the oldest revision that can still be read, where that is why; else 0
   */
  record WatchEnded(long at, String watcher, String why, long compacted) implements Fact {}

  /**
   * Something became of a lease, as its holder knows it.
   *
   * @param lease its id
   * @param key the one key that ends with it
   * @param what what
   * @param ttlNanos how long from {@code at} on it was sure to live: what it was granted or renewed
   *     for, counted from when that was asked for; 0 if that is not what happened
   */
  record LeaseTold(long at, long lease, String key, LeaseChange what, long ttlNanos)
      implements Fact {}

  /** What can become of a lease. */
  enum LeaseChange {
    /** The holder has it, and nothing was asked of it yet. */
    GRANTED,
    /** A member said that it lives on. */
    RENEWED,
    /** The holder counts on it no more. */
    LOST,
    /** The holder begins to give it up. */
    ABANDONED
  }

  /**
   * Something became of a lock, as its client knows it.
   *
   * @param client who
   * @param lock its name
   * @param fence the fencing token; greater than those of all holders before
   * @param isHeld whether it holds it from now on, or no longer counts on that
   */
  record LockTold(long at, String client, String lock, long fence, boolean isHeld)
      implements Fact {}

  /**
   * A fault was done.
   *
   * @param span from when it was to work until it was taken back
   * @param kind its name, as in the options
   * @param targets the members that it was meant for
   * @param isProven whether it was seen that it took effect
   * @param evidence what was seen, or why nothing was
   */
  record Fault(Span span, String kind, List<String> targets, boolean isProven, String evidence)
      implements Fact {
    /** Copies the list. */
    public Fault {
      targets = List.copyOf(targets);
    }

    @Override
    public long at() {
      return span.begin();
    }
  }

  /** A member said whom it takes for the leader of which term; empty for nobody. */
  record Leader(long at, String member, String leader, long term) implements Fact {}

  /** A member told the hash of what it holds up to a revision. */
  record Hash(long at, String member, long revision, long compacted, long hash) implements Fact {}

  /** All keys that a member had in the end, when faults and clients were over. */
  record State(long at, String member, long revision, List<Row> rows) implements Fact {
    /** Copies the list. */
    public State {
      rows = List.copyOf(rows);
    }
  }

  /**
   * The run came to its end; the last of all facts. Without it nothing can be said of the rest.
   *
   * @param isComplete whether all that was to be done was done
   * @param why what went wrong, if not
   */
  record End(long at, boolean isComplete, String why) implements Fact {}
}
