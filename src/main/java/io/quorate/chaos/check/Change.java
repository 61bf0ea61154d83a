package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Row;
import org.jspecify.annotations.Nullable;

/**
 * What happened to one key at one revision, as somebody told it.
 *
 * @param row the key afterwards; for a removal only its name and the revision count
 * @param isRemoval whether the key was removed
 * @param isWhole whether {@code created} and {@code version} of the row are known
 * @param operation what did it and was answered, if that is known
 * @param source the first who told it, and all of it where somebody did
 */
record Change(
    Row row, boolean isRemoval, boolean isWhole, Fact.@Nullable Operation operation, Fact source) {
  private static final int TEXT_CHARS_MAX = 40;

  long revision() {
    return row.modified();
  }

  /** Who shows it best: who did it, or else who told it first. */
  Fact witness() {
    return operation == null ? source : operation;
  }

  /** Whether both may be said of the same change. */
  boolean agrees(Change other) {
    if (isRemoval || other.isRemoval) {
      return isRemoval == other.isRemoval;
    }
    return row.value().equals(other.row.value())
        && row.lease() == other.row.lease()
        && (!isWhole || !other.isWhole || row.equals(other.row));
  }

  /** What both know together; they agree, and this one was told first. */
  Change and(Change other) {
    return new Change(
        isWhole ? row : other.row,
        isRemoval,
        isWhole || other.isWhole,
        operation == null ? other.operation : operation,
        isWhole ? source : other.source);
  }

  /** In words. */
  String text() {
    return isRemoval
        ? "the removal of " + row.key() + " at " + revision()
        : row.key() + " = " + brief(row.value()) + " at " + revision();
  }

  private static String brief(String value) {
    return value.length() <= TEXT_CHARS_MAX ? value : value.substring(0, TEXT_CHARS_MAX) + "...";
  }
}
