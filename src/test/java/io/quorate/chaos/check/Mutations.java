package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Fact.LeaseChange;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Ways to alter a good history in one place, so that a promise is broken there. */
final class Mutations {
  /** Alters the facts; what it returns is altered, and one of it has to be in the evidence. */
  interface Mutation {
    List<Fact> alter(List<Fact> facts, Random random);
  }

  /** Watchers that were told everything from a revision on that is known. */
  private static final List<String> WHOLE = List.of("all", "registers");

  private Mutations() {}

  static Map<String, Mutation> all() {
    Map<String, Mutation> all = new TreeMap<>();
    all.put("a value of an event", Mutations::changeValue);
    all.put("a version of an event", Mutations::changeVersion);
    all.put("a row before an event", Mutations::changePrevious);
    all.put("a removal told as a write", Mutations::tellRemovalAsWrite);
    all.put("an event dropped", Mutations::dropEvent);
    all.put("an event doubled", Mutations::doubleEvent);
    all.put("an event moved to the next message", Mutations::moveEvent);
    all.put("two messages swapped", Mutations::swapMessages);
    all.put("a revision split", Mutations::splitRevision);
    all.put("a bookmark raised", Mutations::raiseBookmark);
    all.put("a key of a lease that ends early", Mutations::endLeaseEarly);
    all.put("two fences swapped", Mutations::swapFences);
    all.put("a lock held too long", Mutations::holdLockLonger);
    all.put("a bit of a hash", Mutations::flipHash);
    all.put("a row missing at one member", Mutations::dropRow);
    all.put("a row missing at all members", Mutations::dropRowEverywhere);
    all.put("a value of an answered write", Mutations::changeWrite);
    all.put("a list that lacks its first element", Mutations::cutList);
    all.put("a stale read of a list", Mutations::readStale);
    return all;
  }

  /** One of the places that fit. */
  private static int any(List<Fact> facts, Random random, IntPredicate fits) {
    int[] places = IntStream.range(0, facts.size()).filter(fits).toArray();
    if (places.length == 0) {
      throw new IllegalStateException("the history has no such fact");
    }
    return places[random.nextInt(places.length)];
  }

  private static List<Fact> replace(List<Fact> facts, int place, Fact fact) {
    facts.set(place, fact);
    return List.of(fact);
  }

  private static Optional<Fact.WatchTold> message(List<Fact> facts, int place) {
    return facts.get(place) instanceof Fact.WatchTold it && WHOLE.contains(it.watcher())
        ? Optional.of(it)
        : Optional.empty();
  }

  private static Fact.WatchTold with(Fact.WatchTold message, List<Fact.Event> events) {
    return new Fact.WatchTold(message.at(), message.watcher(), message.revision(), events);
  }

  private static Row with(Row row, String value, long version) {
    return new Row(row.key(), value, row.created(), row.modified(), version, row.lease());
  }

  /** Alters one event of those that fit. */
  private static List<Fact> alterEvent(
      List<Fact> facts,
      Random random,
      Predicate<Fact.Event> fits,
      UnaryOperator<Fact.Event> change) {
    int place =
        any(
            facts,
            random,
            i -> message(facts, i).map(it -> it.events().stream().anyMatch(fits)).orElse(false));
    Fact.WatchTold message = message(facts, place).orElseThrow();
    List<Fact.Event> events = new ArrayList<>(message.events());
    int[] fitting =
        IntStream.range(0, events.size()).filter(i -> fits.test(events.get(i))).toArray();
    int chosen = fitting[random.nextInt(fitting.length)];
    events.set(chosen, change.apply(events.get(chosen)));
    return replace(facts, place, with(message, events));
  }

  private static List<Fact> changeValue(List<Fact> facts, Random random) {
    return alterEvent(
        facts,
        random,
        it -> !it.isRemoval() && it.row().key().startsWith("r/"),
        it -> new Fact.Event(with(it.row(), "wrong", it.row().version()), false, it.previous()));
  }

  private static List<Fact> changeVersion(List<Fact> facts, Random random) {
    return alterEvent(
        facts,
        random,
        it -> !it.isRemoval(),
        it ->
            new Fact.Event(
                with(it.row(), it.row().value(), it.row().version() + 1), false, it.previous()));
  }

  private static List<Fact> changePrevious(List<Fact> facts, Random random) {
    return alterEvent(
        facts,
        random,
        it -> it.previous().isPresent(),
        it -> {
          Row previous = it.previous().orElseThrow();
          return new Fact.Event(
              it.row(),
              it.isRemoval(),
              Optional.of(with(previous, previous.value() + "x", previous.version())));
        });
  }

  private static List<Fact> tellRemovalAsWrite(List<Fact> facts, Random random) {
    return alterEvent(
        facts,
        random,
        it -> it.isRemoval() && it.row().key().startsWith("r/"),
        it -> new Fact.Event(it.row(), false, it.previous()));
  }

  private static List<Fact> dropEvent(List<Fact> facts, Random random) {
    int place =
        any(facts, random, i -> message(facts, i).map(it -> !it.events().isEmpty()).orElse(false));
    Fact.WatchTold message = message(facts, place).orElseThrow();
    List<Fact.Event> events = new ArrayList<>(message.events());
    events.remove(random.nextInt(events.size()));
    return replace(facts, place, with(message, events));
  }

  private static List<Fact> doubleEvent(List<Fact> facts, Random random) {
    int place =
        any(facts, random, i -> message(facts, i).map(it -> !it.events().isEmpty()).orElse(false));
    Fact.WatchTold message = message(facts, place).orElseThrow();
    List<Fact.Event> events = new ArrayList<>(message.events());
    int doubled = random.nextInt(events.size());
    events.add(doubled, events.get(doubled));
    return replace(facts, place, with(message, events));
  }

  /** The next message of a watcher over the same connection; -1 if there is none. */
  private static int next(List<Fact> facts, int place) {
    if (message(facts, place).isEmpty()) {
      return -1;
    }
    String watcher = message(facts, place).orElseThrow().watcher();
    for (int i = place + 1; i < facts.size(); i++) {
      if (facts.get(i) instanceof Fact.WatchEnded it && it.watcher().equals(watcher)) {
        return -1;
      }
      if (message(facts, i).map(it -> it.watcher().equals(watcher)).orElse(false)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean hasEvents(List<Fact> facts, int place) {
    return message(facts, place).map(it -> !it.events().isEmpty()).orElse(false);
  }

  private static List<Fact> moveEvent(List<Fact> facts, Random random) {
    int place = any(facts, random, i -> hasEvents(facts, i) && next(facts, i) >= 0);
    int next = next(facts, place);
    Fact.WatchTold from = message(facts, place).orElseThrow();
    Fact.WatchTold to = message(facts, next).orElseThrow();
    List<Fact.Event> left = new ArrayList<>(from.events());
    List<Fact.Event> right = new ArrayList<>(to.events());
    right.add(0, left.remove(left.size() - 1));
    List<Fact> altered = new ArrayList<>(replace(facts, place, with(from, left)));
    altered.addAll(replace(facts, next, with(to, right)));
    return altered;
  }

  private static List<Fact> swapMessages(List<Fact> facts, Random random) {
    int place =
        any(
            facts,
            random,
            i -> hasEvents(facts, i) && next(facts, i) >= 0 && hasEvents(facts, next(facts, i)));
    int next = next(facts, place);
    Fact.WatchTold one = message(facts, place).orElseThrow();
    Fact.WatchTold other = message(facts, next).orElseThrow();
    List<Fact> altered =
        new ArrayList<>(
            replace(
                facts,
                place,
                new Fact.WatchTold(one.at(), one.watcher(), other.revision(), other.events())));
    altered.addAll(
        replace(
            facts,
            next,
            new Fact.WatchTold(other.at(), one.watcher(), one.revision(), one.events())));
    return altered;
  }

  private static int torn(Fact.WatchTold message) {
    for (int i = 1; i < message.events().size(); i++) {
      if (message.events().get(i).row().modified()
          == message.events().get(i - 1).row().modified()) {
        return i;
      }
    }
    return -1;
  }

  private static List<Fact> splitRevision(List<Fact> facts, Random random) {
    int place = any(facts, random, i -> message(facts, i).map(it -> torn(it) > 0).orElse(false));
    Fact.WatchTold message = message(facts, place).orElseThrow();
    int torn = torn(message);
    List<Fact.Event> events = message.events();
    Fact.WatchTold left =
        new Fact.WatchTold(
            message.at(),
            message.watcher(),
            events.get(torn).row().modified(),
            events.subList(0, torn));
    Fact.WatchTold right = with(message, events.subList(torn, events.size()));
    facts.set(place, left);
    facts.add(place + 1, right);
    return List.of(left, right);
  }

  private static List<Fact> raiseBookmark(List<Fact> facts, Random random) {
    int place =
        any(
            facts,
            random,
            i ->
                message(facts, i).map(it -> it.events().isEmpty()).orElse(false)
                    && next(facts, i) >= 0
                    && hasEvents(facts, next(facts, i)));
    Fact.WatchTold message = message(facts, place).orElseThrow();
    Fact.WatchTold next = message(facts, next(facts, place)).orElseThrow();
    return replace(
        facts,
        place,
        new Fact.WatchTold(
            message.at(), message.watcher(), next.events().get(0).row().modified(), List.of()));
  }

  /** The first time that the end of a lease's key was told is moved before the lease was over. */
  private static List<Fact> endLeaseEarly(List<Fact> facts, Random random) {
    int place =
        any(
            facts,
            random,
            i ->
                facts.get(i) instanceof Fact.LeaseTold it
                    && it.what() == LeaseChange.LOST
                    && IntStream.range(i, facts.size()).anyMatch(j -> ends(facts, j, it.key())));
    Fact.LeaseTold lost = (Fact.LeaseTold) facts.get(place);
    int told =
        IntStream.range(0, facts.size())
            .filter(i -> ends(facts, i, lost.key()))
            .findFirst()
            .orElseThrow();
    Fact.WatchTold message = (Fact.WatchTold) facts.get(told);
    long over =
        facts.stream()
            .filter(it -> it instanceof Fact.LeaseTold l && l.lease() == lost.lease())
            .mapToLong(it -> ((Fact.LeaseTold) it).at() + ((Fact.LeaseTold) it).ttlNanos())
            .filter(it -> it != lost.at())
            .max()
            .orElseThrow();
    return replace(
        facts,
        told,
        new Fact.WatchTold(over - 1, message.watcher(), message.revision(), message.events()));
  }

  private static boolean ends(List<Fact> facts, int place, String key) {
    return facts.get(place) instanceof Fact.WatchTold it
        && it.events().stream()
            .anyMatch(event -> event.isRemoval() && event.row().key().equals(key));
  }

  private static int nextTaken(List<Fact> facts, int place) {
    return IntStream.range(place + 1, facts.size())
        .filter(i -> facts.get(i) instanceof Fact.LockTold it && it.isHeld())
        .findFirst()
        .orElse(-1);
  }

  private static List<Fact> swapFences(List<Fact> facts, Random random) {
    int place =
        any(
            facts,
            random,
            i ->
                facts.get(i) instanceof Fact.LockTold it
                    && it.isHeld()
                    && nextTaken(facts, i) >= 0);
    int next = nextTaken(facts, place);
    Fact.LockTold one = (Fact.LockTold) facts.get(place);
    Fact.LockTold other = (Fact.LockTold) facts.get(next);
    Fact.LockTold first =
        new Fact.LockTold(one.at(), one.client(), one.lock(), other.fence(), true);
    Fact.LockTold second =
        new Fact.LockTold(other.at(), other.client(), other.lock(), one.fence(), true);
    facts.set(place, first);
    facts.set(next, second);
    return List.of(first, second);
  }

  private static List<Fact> holdLockLonger(List<Fact> facts, Random random) {
    int place =
        any(
            facts,
            random,
            i ->
                facts.get(i) instanceof Fact.LockTold it
                    && !it.isHeld()
                    && nextTaken(facts, i) >= 0);
    Fact.LockTold left = (Fact.LockTold) facts.get(place);
    long at = ((Fact.LockTold) facts.get(nextTaken(facts, place))).at() + 1;
    return replace(
        facts, place, new Fact.LockTold(at, left.client(), left.lock(), left.fence(), false));
  }

  private static List<Fact> flipHash(List<Fact> facts, Random random) {
    int place = any(facts, random, i -> facts.get(i) instanceof Fact.Hash);
    Fact.Hash hash = (Fact.Hash) facts.get(place);
    long flipped = hash.hash() ^ (1L << random.nextInt(32));
    return replace(
        facts,
        place,
        new Fact.Hash(hash.at(), hash.member(), hash.revision(), hash.compacted(), flipped));
  }

  private static Fact.State without(Fact.State state, int row) {
    List<Row> rows = new ArrayList<>(state.rows());
    rows.remove(row);
    return new Fact.State(state.at(), state.member(), state.revision(), rows);
  }

  private static List<Fact> dropRow(List<Fact> facts, Random random) {
    int place = any(facts, random, i -> facts.get(i) instanceof Fact.State);
    Fact.State state = (Fact.State) facts.get(place);
    return replace(facts, place, without(state, random.nextInt(state.rows().size())));
  }

  private static List<Fact> dropRowEverywhere(List<Fact> facts, Random random) {
    List<Fact> altered = new ArrayList<>();
    int row = -1;
    for (int i = 0; i < facts.size(); i++) {
      if (facts.get(i) instanceof Fact.State state) {
        row = row < 0 ? random.nextInt(state.rows().size()) : row;
        altered.addAll(replace(facts, i, without(state, row)));
      }
    }
    return altered;
  }

  private static List<Fact> changeWrite(List<Fact> facts, Random random) {
    int place =
        any(
            facts,
            random,
            i ->
                facts.get(i) instanceof Fact.Operation it
                    && it.client().startsWith("register")
                    && it.stepsDone().stream().anyMatch(step -> step instanceof Step.Write));
    Fact.Operation operation = (Fact.Operation) facts.get(place);
    Step.Write write = (Step.Write) operation.request().then().get(0);
    Request request =
        new Request(
            operation.request().guards(),
            List.of(new Step.Write(write.key(), "never", 0)),
            List.of(),
            false);
    return replace(
        facts,
        place,
        new Fact.Operation(
            operation.client(),
            "",
            operation.span(),
            request,
            Outcome.DONE,
            operation.reply(),
            ""));
  }

  private static boolean isRead(Fact fact) {
    return fact instanceof Fact.Operation it
        && it.client().startsWith("append")
        && it.request().onlyReads()
        && it.outcome() == Outcome.DONE;
  }

  /** The first row that an operation found; a list of two elements or more, or nothing. */
  private static Optional<Row> list(Fact fact) {
    return isRead(fact)
        ? ((Fact.Operation) fact)
            .reply().orElseThrow().results().get(0).rows().stream()
                .filter(row -> row.value().contains(","))
                .findFirst()
        : Optional.empty();
  }

  private static List<Fact> alterList(List<Fact> facts, int place, String value) {
    Fact.Operation operation = (Fact.Operation) facts.get(place);
    Reply reply = operation.reply().orElseThrow();
    Row row = list(operation).orElseThrow();
    List<Reply.Result> results = new ArrayList<>(reply.results());
    results.set(0, new Reply.Result(List.of(with(row, value, row.version())), 1));
    return replace(
        facts,
        place,
        new Fact.Operation(
            operation.client(),
            "",
            operation.span(),
            operation.request(),
            Outcome.DONE,
            Optional.of(new Reply(reply.revision(), true, results)),
            ""));
  }

  private static List<Fact> cutList(List<Fact> facts, Random random) {
    int place = any(facts, random, i -> list(facts.get(i)).isPresent());
    String value = list(facts.get(place)).orElseThrow().value();
    return alterList(facts, place, value.substring(value.indexOf(',') + 1));
  }

  /** Takes away the last element of a list, where its append was answered before the read began. */
  private static List<Fact> readStale(List<Fact> facts, Random random) {
    int place =
        any(
            facts,
            random,
            i ->
                list(facts.get(i))
                    .map(row -> isOld(facts, row, ((Fact.Operation) facts.get(i)).span().begin()))
                    .orElse(false));
    return alterList(
        facts, place, AppendLists.withoutLast(list(facts.get(place)).orElseThrow().value()));
  }

  private static boolean isOld(List<Fact> facts, Row row, long begin) {
    return facts.stream()
        .anyMatch(
            fact ->
                fact instanceof Fact.Operation it
                    && it.span().end() < begin
                    && it.stepsDone().contains(new Step.Write(row.key(), row.value(), 0)));
  }
}
