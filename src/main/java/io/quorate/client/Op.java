package io.quorate.client;

/** What can be asked of the store, alone or as a step of a {@link Txn}. */
public sealed interface Op permits Range, Put, Delete, Txn {
  /** Whether it leaves the store as it is, so that it may be tried again. */
  boolean isRead();
}
