package io.quorate.node;

import io.quorate.base.EtcdException;

/**
 * Where the outcome of a request to the member goes: exactly one of the two is called, once, on any
 * thread; it must not block.
 *
 * @param <T> what success gives
 */
public interface Completion<T> {
  /** The request was done. */
  void done(T result);

  /** The request was refused, or its fate is unknown: the text says which. */
  void refused(EtcdException refusal);
}
