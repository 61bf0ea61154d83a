package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Row;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How an event of a watch has to follow from what was there before. Let {@code u} be the last known
 * change of its key before it. Where the watch covers {@code u}, nothing lies between them that is
 * not known, so a write after a write counts one version on, and a write after a removal begins
 * with the first. Where it does not, something unknown may lie between, and less can be said: a
 * version of the same creation is greater, and no more so than there were revisions. The row before
 * may be left out where it is compacted.
 */
final class RowRules {
  /** The first write of an empty store has this revision. */
  private static final long REVISION_MIN = 2;

  private final Chronicle chronicle;
  private final WatchTallies tallies;

  RowRules(Chronicle chronicle, WatchTallies tallies) {
    this.chronicle = chronicle;
    this.tallies = tallies;
  }

  /**
   * Looks at one event.
   *
   * @param start from which revision on its watch tells everything
   * @param withPrevious whether its watch has to say what was there before
   * @param now the message that holds it
   */
  void look(Fact.Event event, long start, boolean withPrevious, Fact.WatchTold now) {
    Row row = event.row();
    Change before = chronicle.before(row.key(), row.modified());
    boolean isKnown = before == null ? start <= REVISION_MIN : before.revision() >= start;
    tallies.fields.looked();
    String wrong =
        event.isRemoval()
            ? wrongRemoval(before, isKnown)
            : first(wrongAlone(row), wrongAfter(row, before, isKnown));
    if (!wrong.isEmpty()) {
      tallies.fields.broken(
          row.key() + " at " + row.modified() + " " + wrong, evidence(now, before));
    }
    boolean isExpected = withPrevious && isKnown && row.modified() - 1 >= chronicle.compacted();
    if (isExpected || event.previous().isPresent()) {
      tallies.previous.looked();
      String wrongBefore = wrongPrevious(event, before, isExpected, now);
      if (!wrongBefore.isEmpty()) {
        tallies.previous.broken(
            row.key() + " at " + row.modified() + " " + wrongBefore, evidence(now, before));
      }
    }
  }

  private static String wrongRemoval(@Nullable Change before, boolean isKnown) {
    return isKnown && (before == null || before.isRemoval())
        ? "was removed, but was not there"
        : "";
  }

  private static String wrongAlone(Row row) {
    boolean isFirst = row.created() == row.modified();
    return row.version() < 1
            || row.created() < 1
            || row.created() > row.modified()
            || isFirst != (row.version() == 1)
            || row.version() - 1 > row.modified() - row.created()
        ? numbers(row) + ", which cannot be"
        : "";
  }

  private static String wrongAfter(Row row, @Nullable Change before, boolean isKnown) {
    boolean isFirst = row.created() == row.modified();
    if (before == null || before.isRemoval()) {
      if (isKnown && !isFirst) {
        return numbers(row) + ", but was not there before";
      }
      return before != null && row.created() <= before.revision()
          ? numbers(row) + ", but was removed at " + before.revision()
          : "";
    }
    if (!before.isWhole()) {
      return isKnown && isFirst ? numbers(row) + ", but was there before" : "";
    }
    Row old = before.row();
    boolean isSame = row.created() == old.created();
    boolean follows =
        isKnown
            ? isSame && row.version() == old.version() + 1
            : isSame
                ? row.version() > old.version()
                    && row.version() - old.version() <= row.modified() - old.modified()
                : row.created() > old.modified();
    return follows ? "" : numbers(row) + ", but before " + numbers(old);
  }

  private static String wrongPrevious(
      Fact.Event event, @Nullable Change before, boolean isExpected, Fact.WatchTold now) {
    Optional<Row> told = event.previous();
    if (told.isEmpty()) {
      return isExpected && before != null && !before.isRemoval()
          ? "is told without the row before, " + before.text()
          : "";
    }
    Row previous = told.get();
    if (!previous.key().equals(event.row().key())
        || previous.modified() >= event.row().modified()) {
      return "is told with a row before that is " + previous;
    }
    if (before == null) {
      return "is told with a row before that nobody else knows";
    }
    boolean isSame =
        before.agrees(new Change(previous, false, true, null, now))
            && before.revision() == previous.modified();
    return isSame ? "" : "is told with a row before that is not " + before.text();
  }

  private static String numbers(Row row) {
    return "has created " + row.created() + " and version " + row.version();
  }

  private static String first(String one, String other) {
    return one.isEmpty() ? other : one;
  }

  private static List<Fact> evidence(Fact.WatchTold now, @Nullable Change before) {
    return before == null ? List.of(now) : List.of(before.source(), now);
  }
}
