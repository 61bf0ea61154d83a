package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Fact.LeaseChange;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Row;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A key that ends with a lease does not end before the time is over that its holder was granted,
 * nor while the holder counts on it, and ends when that is over. The end of a key is what watchers
 * were told, so it was no later than that; a removal that somebody asked for is nobody's breach.
 *
 * <p>What a holder was granted counts from when it says so. A fault may give a lease its whole time
 * again, as a new leader does, so the end is awaited from the end of the last one.
 *
 * <p>Memory: that of a {@link Chronicle}.
 */
public final class LeaseRules implements Checker {
  /** How late a holder may write down that it counts on a lease no more. */
  static final long HOLDER_LATE_NANOS_MAX = 1_000_000_000L;

  /** How long after its time the key of a lease may still be there. */
  static final long GONE_LATE_NANOS_MAX = 15_000_000_000L;

  @Override
  public List<Finding> check(History history) {
    List<Fact.LeaseTold> told = history.of(Fact.LeaseTold.class);
    return told.isEmpty() ? List.of() : new Look(history).findings(told);
  }

  /** One history, looked at once. */
  private static final class Look {
    private final Tally counted = new Tally("lease: no key ends while its holder counts on it");
    private final Tally early = new Tally("lease: no key ends before its time");
    private final Tally late = new Tally("lease: each key ends after its time");
    private final Chronicle chronicle;
    private final List<Fact.State> states;
    private final Set<String> prefixes;
    private final long end;
    private final long calm;

    Look(History history) {
      chronicle = new Chronicle(history, new Tally("told"));
      states = history.of(Fact.State.class);
      prefixes =
          history.of(Fact.WatchOpened.class).stream()
              .map(Fact.WatchOpened::prefix)
              .collect(Collectors.toSet());
      end = history.facts().stream().mapToLong(Fact::at).max().orElse(0);
      calm = history.of(Fact.Fault.class).stream().mapToLong(it -> it.span().end()).max().orElse(0);
    }

    List<Finding> findings(List<Fact.LeaseTold> told) {
      Map<Long, List<Fact.LeaseTold>> leases = new LinkedHashMap<>();
      for (Fact.LeaseTold each : told) {
        leases.computeIfAbsent(each.lease(), lease -> new ArrayList<>()).add(each);
      }
      for (List<Fact.LeaseTold> each : leases.values()) {
        each.sort(Comparator.comparingLong(Fact.LeaseTold::at));
        if (each.stream().anyMatch(Look::isGranted)) {
          look(each);
        }
      }
      List<Finding> findings =
          new ArrayList<>(
              List.of(
                  counted.finding("leases whose keys were watched"),
                  early.finding("leases whose keys were watched")));
      if (!late.isEmpty()) {
        findings.add(late.finding("keys of leases that were over before the end"));
      }
      return List.copyOf(findings);
    }

    private void look(List<Fact.LeaseTold> told) {
      String key = told.get(0).key();
      long lease = told.get(0).lease();
      if (prefixes.stream().anyMatch(key::startsWith)) {
        counted.looked();
        early.looked();
        for (Change each : chronicle.of(key).values()) {
          if (isByLease(each, lease)) {
            lookAtEnd(told, each);
          }
        }
      }
      lookAtRest(told, lease);
    }

    /** Whether a key was removed though nobody asked for it while it hung on this lease. */
    private boolean isByLease(Change change, long lease) {
      String key = change.row().key();
      if (!change.isRemoval() || change.operation() != null || chronicle.isPerhapsRemoved(key)) {
        return false;
      }
      Change before = chronicle.before(key, change.revision());
      return before != null && !before.isRemoval() && before.row().lease() == lease;
    }

    private void lookAtEnd(List<Fact.LeaseTold> told, Change removal) {
      long at = removal.source().at();
      Fact.LeaseTold granted = null;
      Fact.LeaseTold given = null;
      for (Fact.LeaseTold each : told) {
        if (isGranted(each) && each.at() <= at && (granted == null || over(each) > over(granted))) {
          granted = each;
        } else if (!isGranted(each) && given == null) {
          given = each;
        }
      }
      if (granted == null) {
        return;
      }
      boolean isAbandoned =
          told.stream().anyMatch(it -> it.what() == LeaseChange.ABANDONED && it.at() <= at);
      if (at < over(granted) && !isAbandoned) {
        early.broken(
            removal.text()
                + " was told "
                + (over(granted) - at) / 1_000_000
                + " ms before the time of its lease was over",
            List.of(granted, removal.source()));
      }
      if (at + HOLDER_LATE_NANOS_MAX < (given == null ? end : given.at())) {
        counted.broken(
            removal.text() + " was told while its holder counted on the lease",
            given == null
                ? List.of(granted, removal.source())
                : List.of(granted, removal.source(), given));
      }
    }

    private void lookAtRest(List<Fact.LeaseTold> told, long lease) {
      Fact.LeaseTold last = told.get(told.size() - 1);
      if (isGranted(last)) {
        return;
      }
      long ttl = told.stream().mapToLong(Fact.LeaseTold::ttlNanos).max().orElse(0);
      long gone = Math.max(last.at(), calm) + ttl + GONE_LATE_NANOS_MAX;
      boolean isLooked = false;
      for (Fact.State each : states) {
        if (each.at() < gone) {
          continue;
        }
        isLooked = true;
        for (Row row : each.rows()) {
          if (row.lease() == lease) {
            late.broken(
                row.key() + " is still there at the end, though its lease is over",
                List.of(last, each));
          }
        }
      }
      if (isLooked) {
        late.looked();
      }
    }

    private static boolean isGranted(Fact.LeaseTold told) {
      return told.what() == LeaseChange.GRANTED || told.what() == LeaseChange.RENEWED;
    }

    /** Until when a holder may count on what it was told. */
    private static long over(Fact.LeaseTold told) {
      return told.at() + told.ttlNanos();
    }
  }
}
