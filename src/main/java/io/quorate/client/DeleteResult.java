package io.quorate.client;

import java.util.List;

/**
 * The answer to a {@link Delete}.
 *
 * @param revision the revision of the store afterwards
 * @param deleted how many keys are gone
 * @param previous what they were, if that was asked for
 */
public record DeleteResult(long revision, long deleted, List<KeyValue> previous)
    implements OpResult {}
