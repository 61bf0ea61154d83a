package io.quorate.lmdb;

import java.io.IOException;

/** A file is not the snapshot that it is given out as; the message is one line for the user. */
public final class BadSnapshotException extends IOException {
  private static final long serialVersionUID = 1;

  /** Says in one line what is wrong with which file. */
  public BadSnapshotException(String message) {
    super(message);
  }
}
