package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Follows one watcher through its facts. Within one opening of its watch, {@code start <= last <=
 * told}: from {@code start} on all must be told, {@code last} is the revision of its last event,
 * and all up to {@code told} was told, because a message said so.
 */
final class WatchCourse {
  /** Nothing is known of where a watch that begins with now begins. */
  private static final long UNKNOWN = -1;

  /** One key at one revision. */
  private record Place(long revision, String key) {}

  private final String watcher;
  private final Chronicle chronicle;
  private final WatchTallies tallies;
  private final List<Fact.State> states;
  private final long newest;
  private final RowRules rows;

  private final HashMap<Place, Fact.WatchTold> seen = new HashMap<>();
  private Fact.@Nullable WatchOpened opened;
  private Fact.@Nullable WatchTold lastMessage;
  private Fact.@Nullable WatchTold furthest;
  private Fact.@Nullable WatchEnded compaction;
  private long start = UNKNOWN;
  private long last = UNKNOWN;
  private long told = UNKNOWN;

  /**
   * The course of one watcher.
   *
   * @param newest the newest revision that anybody was told of, but by a bookmark
   */
  WatchCourse(
      String watcher,
      Chronicle chronicle,
      WatchTallies tallies,
      List<Fact.State> states,
      long newest) {
    this.newest = newest;
    this.watcher = watcher;
    this.chronicle = chronicle;
    this.tallies = tallies;
    this.states = states;
    this.rows = new RowRules(chronicle, tallies);
  }

  /** Looks at the facts of this watcher, in their order. */
  void follow(List<Fact> facts) {
    for (Fact fact : facts) {
      if (fact instanceof Fact.WatchOpened it) {
        open(it);
      } else if (fact instanceof Fact.WatchTold it) {
        tell(it);
      } else if (fact instanceof Fact.WatchEnded it) {
        end(it);
      }
    }
    finish();
  }

  private void open(Fact.WatchOpened next) {
    Fact.WatchOpened before = opened;
    if (next.from() > 0) {
      tallies.resumable.looked();
      if (before != null && before.prefix().equals(next.prefix()) && told != UNKNOWN) {
        lookForGap(before, next);
      }
    }
    opened = next;
    seen.clear();
    lastMessage = null;
    furthest = null;
    compaction = null;
    start = next.from() > 0 ? next.from() : UNKNOWN;
    last = UNKNOWN;
    told = next.from() > 0 ? next.from() - 1 : UNKNOWN;
  }

  /** Between two openings nothing may be left out, but for what was compacted. */
  private void lookForGap(Fact.WatchOpened before, Fact.WatchOpened next) {
    long from = Math.max(told, compaction == null ? 0 : compaction.compacted() - 1);
    List<Change> all = chronicle.under(next.prefix());
    for (int i = Chronicle.after(all, from);
        i < all.size() && all.get(i).revision() < next.from();
        i++) {
      tallies.reliable.broken(
          watcher + " went on at " + next.from() + " and left out " + all.get(i).text(),
          evidence(before, furthest, compaction, next, all.get(i).source()));
    }
  }

  private void end(Fact.WatchEnded ended) {
    if (ended.compacted() == 0) {
      return;
    }
    compaction = ended;
    if (told != UNKNOWN && told + 1 >= ended.compacted()) {
      tallies.resumable.broken(
          watcher
              + " was to go on at "
              + (told + 1)
              + " and was told that this is compacted, though only what is before "
              + ended.compacted()
              + " is",
          evidence(opened, furthest, ended));
    }
  }

  private void tell(Fact.WatchTold next) {
    if (opened == null) {
      tallies.complete.unsure(watcher + " was told something, but its watch was never opened");
      return;
    }
    long reach = next.revision();
    for (Fact.Event event : next.events()) {
      reach = Math.max(reach, event.row().modified());
    }
    if (start == UNKNOWN) {
      start = next.events().isEmpty() ? reach + 1 : next.events().get(0).row().modified();
      told = start - 1;
    }
    HashSet<Place> here = new HashSet<>();
    for (Fact.Event event : next.events()) {
      tell(event, next);
      here.add(new Place(event.row().modified(), event.row().key()));
    }
    lookForMissing(next, reach, here);
    if (reach > told || furthest == null) {
      told = Math.max(told, reach);
      furthest = next;
    }
    lookBeyondTheEnd(next);
    if (!next.events().isEmpty()) {
      lastMessage = next;
    }
  }

  private void tell(Fact.Event event, Fact.WatchTold now) {
    long revision = event.row().modified();
    tallies.ordered.looked();
    tallies.unique.looked();
    tallies.atomic.looked();
    if (revision < last) {
      tallies.ordered.broken(text(event) + " after " + last, evidence(lastMessage, now));
    }
    Fact.WatchTold twice = seen.putIfAbsent(new Place(revision, event.row().key()), now);
    if (twice != null) {
      tallies.unique.broken(text(event) + " twice", evidence(twice, now));
    } else if (revision <= told && revision > last && furthest != null) {
      tallies.bookmarkable.broken(
          text(event) + " after it was told that it is at " + told, evidence(furthest, now));
    }
    Fact.WatchOpened watch = opened;
    if (watch != null
        && (revision < watch.from() || !event.row().key().startsWith(watch.prefix()))) {
      tallies.resumable.broken(
          text(event) + ", but asked for [" + watch.prefix() + "] from " + watch.from() + " on",
          evidence(watch, now));
    }
    rows.look(event, start, watch != null && watch.withPrevious(), now);
    last = Math.max(last, revision);
  }

  private String text(Fact.Event event) {
    return watcher + " was told of " + event.row().key() + " at " + event.row().modified();
  }

  private void lookForMissing(Fact.WatchTold now, long reach, Set<Place> here) {
    Fact.WatchOpened watch = opened;
    if (watch == null) {
      return;
    }
    boolean isBookmark = now.events().isEmpty() || reach > last;
    if (isBookmark) {
      tallies.bookmarkable.looked();
    }
    List<Change> all = chronicle.under(watch.prefix());
    for (int i = Chronicle.after(all, told);
        i < all.size() && all.get(i).revision() <= reach;
        i++) {
      Change each = all.get(i);
      tallies.reliable.looked();
      if (here.contains(new Place(each.revision(), each.row().key()))) {
        continue;
      }
      String why = watcher + " was told all up to " + reach + " but for " + each.text();
      List<Fact> facts = evidence(watch, now, each.source());
      boolean isOfRevision =
          now.events().stream().anyMatch(event -> event.row().modified() == each.revision());
      (isOfRevision ? tallies.atomic : tallies.reliable).broken(why, facts);
      if (isBookmark && each.revision() > last) {
        tallies.bookmarkable.broken(why, facts);
      }
      if (furthest == null && watch.from() > 0) {
        tallies.resumable.broken(why, facts);
      }
    }
  }

  /** Nobody can be told of revisions that the store does not even have in the end. */
  private void lookBeyondTheEnd(Fact.WatchTold now) {
    for (Fact.State each : states) {
      if (each.at() < now.at()) {
        return;
      }
    }
    if (!states.isEmpty() && newest < told) {
      tallies.bookmarkable.broken(
          watcher + " was told all up to " + told + ", but there was only " + newest,
          evidence(now, states.get(0)));
    }
  }

  private void finish() {
    tallies.complete.looked();
    long newest = UNKNOWN;
    for (Fact.State each : states) {
      newest = Math.max(newest, each.revision());
    }
    if (newest == UNKNOWN) {
      tallies.complete.unsure("nobody said at which revision the run ended");
    } else if (told < newest) {
      tallies.complete.unsure(
          watcher + " was told all up to " + told + ", but the run ended at " + newest);
    }
  }

  private static List<Fact> evidence(@Nullable Fact... facts) {
    List<Fact> there = new ArrayList<>();
    for (Fact each : facts) {
      if (each != null) {
        there.add(each);
      }
    }
    return there;
  }
}
