package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact.Operation;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.model.Model;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether a short history is linearizable, by the definition and nothing else: tries each order
 * that real time permits, with and without each operation that was not answered.
 */
final class AllOrders {
  private AllOrders() {}

  static <S> boolean isLinearizable(Model<S> model, List<Operation> operations) {
    return goesOn(model, model.initial(), operations);
  }

  private static <S> boolean goesOn(Model<S> model, S state, List<Operation> left) {
    if (left.stream().allMatch(each -> each.outcome() != Outcome.DONE)) {
      return true;
    }
    for (Operation next : left) {
      boolean mustWait =
          left.stream()
              .anyMatch(
                  each ->
                      each.outcome() == Outcome.DONE && each.span().end() < next.span().begin());
      if (next.outcome() == Outcome.REFUSED || mustWait) {
        continue;
      }
      Optional<S> after = model.step(state, next);
      List<Operation> rest = new ArrayList<>(left);
      rest.remove(next);
      if (after.isPresent() && goesOn(model, after.get(), rest)) {
        return true;
      }
    }
    return false;
  }
}
