/**
 * Members for tests of JUnit Jupiter: {@link io.quorate.junit.QuorateTest} and {@link
 * io.quorate.junit.QuorateExtension}. With {@code io.quorate.chaos.junit} the only one that knows
 * JUnit, which is there in tests only; it needs Jupiter 5.13 or newer.
 */
@NullMarked
package io.quorate.junit;

import org.jspecify.annotations.NullMarked;
