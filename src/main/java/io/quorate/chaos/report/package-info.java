/**
 * Shows people what came out of a run: a page with pictures and a summary for the terminal. Pure
 * but for the writing of the file; reads a history once, and everything that it draws has a bound,
 * so a long run gives no larger page than a short one.
 */
@NullMarked
package io.quorate.chaos.report;

import org.jspecify.annotations.NullMarked;
