package io.quorate.client;

import io.quorate.base.EtcdError;
import java.util.Optional;

/**
 * Why a call or a stream of the client ended without its answer. The class says what that means for
 * whoever has to go on; the message is for people.
 *
 * <p>A stage completes with one of these directly, never wrapped; {@code join()} wraps what it
 * throws in a {@link java.util.concurrent.CompletionException}, as it always does.
 */
public abstract class ClientException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ClientException(String message) {
    super(message);
  }

  ClientException(String message, Throwable cause) {
    super(message, cause);
  }

  /** A member said no: nothing was changed, and it would say so again. */
  public static class Refused extends ClientException {
    private static final long serialVersionUID = 1;

    private final String text;
    private final EtcdError.Code code;

    /**
     * A refusal.
     *
     * @param code the status code of gRPC
     * @param message the text of the member, to the letter
     */
    public Refused(EtcdError.Code code, String message) {
      super(message);
      this.text = message;
      this.code = code;
    }

    /** The status code of gRPC. */
    public EtcdError.Code code() {
      return code;
    }

    /** Which of etcd's errors it is, if it is one that was known when this was built. */
    public Optional<EtcdError> error() {
      return EtcdError.ofText(text);
    }
  }

  /** What was to be read, or watched from, has been compacted. */
  public static final class Compacted extends Refused {
    private static final long serialVersionUID = 1;

    private final long revision;

    /** As {@link Refused}; {@code revision} is 0 where the member did not say it. */
    public Compacted(EtcdError.Code code, String message, long revision) {
      super(code, message);
      this.revision = revision;
    }

    /** The oldest revision that can still be read; 0 if the member did not say. */
    public long revision() {
      return revision;
    }
  }

  /**
   * A write was sent, and nobody said what became of it: it may have been done, now or later, or
   * never. The client does not try again by itself; read before you do.
   */
  public static final class Ambiguous extends ClientException {
    private static final long serialVersionUID = 1;

    /** {@code message} says what was seen last. */
    public Ambiguous(String message) {
      super(message);
    }
  }

  /**
   * No member gave an answer in time, or all of it, and nothing was changed: a read, or a write
   * never sent.
   */
  public static final class Unavailable extends ClientException {
    private static final long serialVersionUID = 1;

    /** {@code message} says what was tried, and what was seen last. */
    public Unavailable(String message) {
      super(message);
    }
  }

  /** The client was closed before there was an answer; a write may have been done. */
  public static final class Closed extends ClientException {
    private static final long serialVersionUID = 1;

    /** With a message of its own. */
    public Closed() {
      super("the client is closed");
    }
  }
}
