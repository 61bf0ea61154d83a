/**
 * The way from a call to a member: connections, who is fit to be asked, deadlines, what may be
 * tried again. Not part of the client's interface; it may change at any time.
 */
@NullMarked
package io.quorate.client.wire;

import org.jspecify.annotations.NullMarked;
