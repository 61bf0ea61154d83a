/**
 * The chaos harness: starts members or takes some that run, lets clients work while faults happen,
 * writes down what was asked, answered and seen, and says whether every promise of the API held.
 * Everything here is black box: over {@code client} and over processes, never over the server.
 */
@NullMarked
package io.quorate.chaos;

import org.jspecify.annotations.NullMarked;
