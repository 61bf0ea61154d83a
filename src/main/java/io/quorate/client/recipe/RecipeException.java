package io.quorate.client.recipe;

import io.quorate.client.LeaseState;
import java.time.Duration;

/**
 * Why a recipe did not do what it was asked for, where that is not about the call alone. The class
 * says what it means; the message is for people.
 */
public abstract class RecipeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  RecipeException(String message) {
    super(message);
  }

  /**
   * The lease behind a place in a line is lost, or the key is not there any more: the place is
   * somebody else's. What was asked for was not done.
   */
  public static final class Lost extends RecipeException {
    private static final long serialVersionUID = 1;

    private final LeaseState.Reason reason;

    /** {@code how} it was lost. */
    public Lost(LeaseState.Lost how) {
      super(how.message());
      this.reason = how.reason();
    }

    /** What became of the lease. */
    public LeaseState.Reason reason() {
      return reason;
    }
  }

  /** It did not come about within the time that was given, and is not tried any longer. */
  public static final class TimedOut extends RecipeException {
    private static final long serialVersionUID = 1;

    /** {@code what} did not come about {@code within} that time. */
    public TimedOut(String what, Duration within) {
      super(what + " did not come about within " + within);
    }
  }

  /** Others wrote what was read, at each attempt. Nothing was written. */
  public static final class Conflict extends RecipeException {
    private static final long serialVersionUID = 1;

    private final int attempts;

    /** After {@code attempts}. */
    public Conflict(int attempts) {
      super("others wrote what was read, at each of " + attempts + " attempts");
      this.attempts = attempts;
    }

    /** How often it was tried. */
    public int attempts() {
      return attempts;
    }
  }

  /** So many wait already that no other one may. */
  public static final class Crowded extends RecipeException {
    private static final long serialVersionUID = 1;

    /** {@code waiting} is the bound. */
    public Crowded(int waiting) {
      super("no more than " + waiting + " may wait at once");
    }
  }

  /** It was closed meanwhile, or before. */
  public static final class Closed extends RecipeException {
    private static final long serialVersionUID = 1;

    /** {@code what} was closed. */
    public Closed(String what) {
      super(what + " is closed");
    }
  }
}
