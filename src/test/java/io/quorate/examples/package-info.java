/** The programs that the documentation shows, line by line, and the tests that run them. */
@NullMarked
package io.quorate.examples;

import org.jspecify.annotations.NullMarked;
