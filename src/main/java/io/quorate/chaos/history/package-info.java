/**
 * What was asked, answered and seen in a run, as values: the only thing that checkers and reports
 * read. Times are nanoseconds of one monotonic clock since the run began.
 */
@NullMarked
package io.quorate.chaos.history;

import org.jspecify.annotations.NullMarked;
