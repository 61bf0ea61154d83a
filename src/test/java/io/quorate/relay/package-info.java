/** Who stands between two ends of a connection, for tests. */
@NullMarked
package io.quorate.relay;

import org.jspecify.annotations.NullMarked;
