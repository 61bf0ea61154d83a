package io.quorate.lmdb;

import org.jspecify.annotations.Nullable;
import org.lmdbjava.Env;
import org.lmdbjava.LmdbNativeException;

/** The store is not what was written: a checksum does not fit, or LMDB finds its pages damaged. */
public final class CorruptStoreException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  /** Says in one line what was found. */
  public CorruptStoreException(String message) {
    super(message);
  }

  /** Why {@code failure} says that the store is damaged; null if it does not. */
  public static @Nullable String reason(@Nullable Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CorruptStoreException
          || cause instanceof Env.FileInvalidException
          || cause instanceof LmdbNativeException.PageCorruptedException
          || cause instanceof LmdbNativeException.PageNotFoundException) {
        return cause.getMessage();
      }
    }
    return null;
  }
}
