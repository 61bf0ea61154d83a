/**
 * Faults for tests of JUnit Jupiter: {@link io.quorate.chaos.junit.ChaosTest}. Needs Jupiter 5.13
 * or newer, and Linux, as the harness does.
 */
@NullMarked
package io.quorate.chaos.junit;

import org.jspecify.annotations.NullMarked;
