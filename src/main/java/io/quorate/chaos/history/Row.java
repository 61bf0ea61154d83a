package io.quorate.chaos.history;

/**
 * A key as it was at a revision.
 *
 * @param key its name
 * @param value what it held
 * @param created the revision at which it was created
 * @param modified the revision at which it was last written
 * @param version how often it was written since
 * @param lease the lease it ends with; 0 for none
 */
public record Row(
    String key, String value, long created, long modified, long version, long lease) {}
