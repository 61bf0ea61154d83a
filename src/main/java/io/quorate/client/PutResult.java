package io.quorate.client;

import java.util.Optional;

/**
 * The answer to a {@link Put}.
 *
 * @param revision the revision that the write made
 * @param previous what was there before, if it was asked for and there was something
 */
public record PutResult(long revision, Optional<KeyValue> previous) implements OpResult {}
