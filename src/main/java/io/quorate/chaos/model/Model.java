package io.quorate.chaos.model;

import io.quorate.chaos.history.Fact.Operation;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A sequential object (Herlihy and Wing, "Linearizability", 1990, section 2): states, and what an
 * operation does to them. Pure, and safe for threads.
 *
 * @param <S> its states, which never change and compare by value
 */
public interface Model<S> {
  /** The state before any operation. */
  S initial();

  /**
   * The state after {@code operation}, as if it were done at once in {@code state}; nothing if it
   * would not have been answered as it was. One whose answer is not known is always possible.
   */
  Optional<S> step(S state, Operation operation);

  /**
   * Divides a history into parts that can be judged one by one: it is linearizable if and only if
   * each of them is (Herlihy and Wing, theorem 1). Operations that are no matter of this model are
   * in no part.
   */
  Map<String, List<Operation>> parts(List<Operation> operations);
}
