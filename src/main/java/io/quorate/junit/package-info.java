/**
 * Members for tests of JUnit Jupiter: {@link io.quorate.junit.QuorateTest} and {@link
 * io.quorate.junit.QuorateExtension}. The only room that knows JUnit, which is there in tests only;
 * it needs Jupiter 5.13 or newer.
 */
@NullMarked
package io.quorate.junit;

import org.jspecify.annotations.NullMarked;
