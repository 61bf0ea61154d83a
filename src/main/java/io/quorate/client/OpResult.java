package io.quorate.client;

/** The answer to an {@link Op}. */
public sealed interface OpResult permits RangeResult, PutResult, DeleteResult, TxnResult {
  /** The revision of the store when it was answered; that of the write, if it was one. */
  long revision();
}
