/**
 * What clients do during a run, over {@code io.quorate.client}, and how it is written down. Each
 * client is a thread that asks one thing at a time.
 */
@NullMarked
package io.quorate.chaos.workload;

import org.jspecify.annotations.NullMarked;
