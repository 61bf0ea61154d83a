package io.quorate.chaos.report;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Span;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All numbers of a run, from one pass over its history. Of an operation it keeps 16 bytes at most;
 * of faults and of what members said of leaders, everything.
 */
final class Figures {
  /** The most workloads that are told apart; the rest count as {@link #OTHERS}. */
  static final int WORKLOADS_MAX = 32;

  static final String OTHERS = "others";

  private final SortedMap<String, Tally> workloads = new TreeMap<>();
  private final Tally all = new Tally();
  private final Buckets buckets = new Buckets();
  private final List<Fact.Fault> faults = new ArrayList<>();
  private final List<Fact.Leader> leaders = new ArrayList<>();
  private final Silences.Times answers = new Silences.Times();
  private final Silences.Times writes = new Silences.Times();
  private Optional<Fact.Run> run = Optional.empty();
  private Optional<Fact.End> end = Optional.empty();
  private long firstAsked = Long.MAX_VALUE;
  private long lastEnded;
  private long last;

  private Figures() {}

  static Figures of(History history) {
    Figures figures = new Figures();
    history.facts().forEach(figures::add);
    return figures;
  }

  private void add(Fact fact) {
    if (fact instanceof Fact.Operation operation) {
      add(operation);
    } else if (fact instanceof Fact.Fault fault) {
      faults.add(fault);
      last = Math.max(last, fault.span().end());
    } else if (fact instanceof Fact.Leader leader) {
      leaders.add(leader);
      last = Math.max(last, leader.at());
    } else if (fact instanceof Fact.Run begun) {
      run = Optional.of(begun);
    } else if (fact instanceof Fact.End ended) {
      end = Optional.of(ended);
      last = Math.max(last, ended.at());
    }
  }

  private void add(Fact.Operation operation) {
    Span span = operation.span();
    all.add(operation);
    workloads.computeIfAbsent(row(operation.workload()), name -> new Tally()).add(operation);
    buckets.add(operation);
    firstAsked = Math.min(firstAsked, span.begin());
    lastEnded = Math.max(lastEnded, span.end());
    last = Math.max(last, span.end());
    if (operation.outcome() == Outcome.DONE) {
      answers.add(span.end());
      if (!operation.request().onlyReads()) {
        writes.add(span.end());
      }
    }
  }

  private String row(String workload) {
    return workloads.containsKey(workload) || workloads.size() < WORKLOADS_MAX ? workload : OTHERS;
  }

  Optional<Fact.Run> run() {
    return run;
  }

  Optional<Fact.End> end() {
    return end;
  }

  /** When the last thing happened: as long as the run is known to have been. */
  long nanos() {
    return Math.max(1, last);
  }

  List<String> members() {
    return run.map(Fact.Run::members).orElse(List.of());
  }

  Tally all() {
    return all;
  }

  SortedMap<String, Tally> workloads() {
    return Collections.unmodifiableSortedMap(workloads);
  }

  Buckets buckets() {
    return buckets;
  }

  List<Fact.Fault> faults() {
    return List.copyOf(faults);
  }

  List<Reigns.Reign> reigns() {
    return Reigns.of(members(), leaders, nanos());
  }

  /** Between answers of any kind. */
  Silences silences() {
    return new Silences(answers, asked());
  }

  /** Between answers to requests that may write: those that need a majority. */
  Silences silencesOfWrites() {
    return new Silences(writes, asked());
  }

  /** From the first question to the last answer, or to when the last was given up. */
  Span asked() {
    return new Span(Math.min(firstAsked, lastEnded), lastEnded);
  }
}
