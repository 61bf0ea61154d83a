/** The client for Pekko Streams; the only place where types of Pekko are in its signatures. */
@NullMarked
package io.quorate.client.pekko;

import org.jspecify.annotations.NullMarked;
