/** The mistakes of {@code src/test/seeded}, and the unit tests that are to find them. */
@NullMarked
package io.quorate.seeded;

import org.jspecify.annotations.NullMarked;
