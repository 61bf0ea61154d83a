package io.quorate.mvcc;

import io.quorate.base.Bytes;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The port to the rows on disk as of one checkpoint. An instance is used by one thread at a time
 * and must be closed; while it is open its rows do not change. A row whose checksum does not fit
 * makes every method throw an {@link IllegalStateException} that says so.
 */
public interface DiskView extends AutoCloseable {
  /** The newest row of {@code key}, with its value, or null when it was never written. */
  @Nullable Row newest(Bytes key);

  /** The row of a revision, with its value, or null when it is not there. */
  @Nullable Row at(long main, int sub);

  /** The newest rows of the keys from {@code from} on and below {@code to}, in key order. */
  KeyCursor keys(Bytes from, @Nullable Bytes to);

  /** All rows from revision ({@code main}, 0) on, in revision order. */
  RevisionCursor revisions(long main);

  /**
   * Gives the rows of a small table whose keys begin with {@code prefix} to {@code visitor}, in key
   * order, until it answers false.
   */
  void scan(Table table, Bytes prefix, BiPredicate<Bytes, Bytes> visitor);

  @Override
  void close();

  /** Walks newest rows; what it stands on is only copied when asked for. */
  interface KeyCursor extends AutoCloseable {
    /** Moves to the next key, at first to the first one; false at the end. */
    boolean next();

    /** Compares the key under the cursor with {@code other}. */
    int compareKey(Bytes other);

    /** The revision of the row under the cursor. */
    long main();

    /** Whether the row under the cursor is a deletion. */
    boolean isDeleted();

    /** The row under the cursor; without its value when {@code withValue} is false. */
    Row row(boolean withValue);

    @Override
    void close();
  }

  /** Walks rows by revision. */
  interface RevisionCursor extends AutoCloseable {
    /** Moves to the next row, at first to the first one; false at the end. */
    boolean next();

    /** The main revision of the row under the cursor. */
    long main();

    /** The row under the cursor. */
    Row row();

    @Override
    void close();
  }
}
