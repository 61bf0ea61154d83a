package io.quorate.chaos.history;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** One thing that a {@link Request} does to the store. Keys and values are text. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "step")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Step.Read.class, name = "read"),
  @JsonSubTypes.Type(value = Step.Scan.class, name = "scan"),
  @JsonSubTypes.Type(value = Step.Write.class, name = "write"),
  @JsonSubTypes.Type(value = Step.Remove.class, name = "remove"),
})
public sealed interface Step {
  /** Reads one key. */
  record Read(String key) implements Step {}

  /** Reads all keys with a prefix, in their order. */
  record Scan(String prefix) implements Step {}

  /**
   * Writes one key.
   *
   * @param lease the lease that it ends with; 0 for none
   */
  record Write(String key, String value, long lease) implements Step {}

  /** Removes one key, if it is there. */
  record Remove(String key) implements Step {}
}
