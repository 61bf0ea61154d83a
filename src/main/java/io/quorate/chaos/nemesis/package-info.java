/**
 * Faults: which, when, to whom, as a seed decides; how each is done, and how it is seen that it
 * took effect.
 */
@NullMarked
package io.quorate.chaos.nemesis;

import org.jspecify.annotations.NullMarked;
