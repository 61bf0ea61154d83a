package io.quorate.client.wire;

import io.grpc.Status;
import io.quorate.base.EtcdError.Code;

/** What grpc-java says of an end, in our words. */
final class Statuses {
  private Statuses() {}

  static Code code(Status status) {
    return Code.of(status.getCode().value());
  }

  /** The description, and what lies below it: who only reads "io exception" knows nothing. */
  static String text(Status status) {
    String description = status.getDescription();
    String text = description == null ? status.getCode().name() : description;
    Throwable cause = status.getCause();
    if (cause == null || cause.getMessage() == null || text.contains(cause.getMessage())) {
      return text;
    }
    return text + ": " + cause.getMessage();
  }
}
