package io.quorate.node;

import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import java.util.concurrent.CompletionException;

/** What a client is told of a stage that failed. */
public final class Refusals {
  private Refusals() {}

  /** The refusal that {@code failure} is or wraps; any other failure is one of code Unknown. */
  public static EtcdException of(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof EtcdException refusal
        ? refusal
        : new EtcdException(EtcdError.Code.UNKNOWN, String.valueOf(cause.getMessage()));
  }
}
