/** Values and checks that every room uses: no I/O, no clock, no threads. */
@NullMarked
package io.quorate.base;

import org.jspecify.annotations.NullMarked;
