package io.quorate.chaos.history;

import java.util.List;

/**
 * What a member answered.
 *
 * @param revision the newest revision of the store as of which it answered; that of the request
 *     itself if it wrote
 * @param succeeded whether the guards held
 * @param results one for each step that was done
 */
public record Reply(long revision, boolean succeeded, List<Result> results) {
  /**
   * What one step gave.
   *
   * @param rows what a read or scan found, in the order of keys
   * @param count how many keys a step removed or found
   */
  public record Result(List<Row> rows, long count) {
    /** Copies the list. */
    public Result {
      rows = List.copyOf(rows);
    }
  }

  /** Copies the list. */
  public Reply {
    results = List.copyOf(results);
  }
}
