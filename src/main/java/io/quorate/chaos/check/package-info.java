/**
 * Says of a history whether promises held. Pure: nothing here knows clients, processes or clocks,
 * so that each checker can be tried alone against histories that are known to be good or bad.
 */
@NullMarked
package io.quorate.chaos.check;

import org.jspecify.annotations.NullMarked;
