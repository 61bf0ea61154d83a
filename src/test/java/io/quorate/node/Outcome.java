package io.quorate.node;

import io.quorate.base.EtcdException;
import java.util.ArrayList;
import java.util.List;

/** Notes what became of a request. */
final class Outcome<T> implements Completion<T> {
  private final List<T> results = new ArrayList<>();
  private final List<String> refusals = new ArrayList<>();

  @Override
  public void done(T result) {
    results.add(result);
  }

  @Override
  public void refused(EtcdException refusal) {
    refusals.add(refusal.text());
  }

  boolean isOpen() {
    return results.isEmpty() && refusals.isEmpty();
  }

  List<T> results() {
    return results;
  }

  List<String> refusals() {
    return refusals;
  }
}
