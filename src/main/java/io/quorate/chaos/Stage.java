package io.quorate.chaos;

import io.quorate.chaos.nemesis.Kind;
import io.quorate.chaos.nemesis.Site;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** What a run is played on: a cluster of its own, or somebody else's. Used by one thread, once. */
interface Stage extends AutoCloseable {
  /** What it is, for people. */
  String title();

  /** The names of the members at the beginning. */
  List<String> names();

  /** Those of the faults that were asked for which can be done on it. */
  List<Kind> kinds();

  /**
   * Makes it ready for clients.
   *
   * @throws IOException if it is not fit for a run, saying why
   */
  void open() throws IOException;

  /** Where clients reach the members, by name; once it is open. */
  Map<String, String> endpoints();

  /** Where faults are done; once it is open. */
  Site site();

  /** Ends what it has begun. */
  @Override
  void close() throws IOException;
}
