/**
 * What a member counts, and the text in which Prometheus reads it. Whoever sees something happen
 * holds the {@link io.quorate.metrics.Counter} of it; nothing is looked up when it happens.
 */
@NullMarked
package io.quorate.metrics;

import org.jspecify.annotations.NullMarked;
