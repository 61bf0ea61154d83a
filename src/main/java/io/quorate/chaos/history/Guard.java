package io.quorate.chaos.history;

/**
 * What has to hold of a key so that a {@link Request} does what it does then.
 *
 * @param key of which key
 * @param field what of it
 * @param expected what it has to be: the value, or the number in decimal; 0 where the key is absent
 */
public record Guard(String key, Field field, String expected) {
  /** What is compared, for equality. */
  public enum Field {
    /** The value; an absent key equals none. */
    VALUE,
    /** How often it was written since it was created; 0 if it is absent. */
    VERSION,
    /** At which revision it was created; 0 if it is absent. */
    CREATED,
    /** At which revision it was last written; 0 if it is absent. */
    MODIFIED
  }
}
