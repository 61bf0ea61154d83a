package io.quorate.chaos.check;

import io.quorate.chaos.history.History;
import java.util.List;

/** Looks at a history for one kind of promise. Safe to use from any thread. */
public interface Checker {
  /** What it says; a promise that is not among the workloads of the history is left out. */
  List<Finding> check(History history);
}
