/**
 * The times of leases: when one expires, when its remaining time is replicated. {@link
 * io.quorate.lease.Lessor} is a value machine owned by one thread; which leases exist and which
 * keys hang on them is replicated state and lives elsewhere.
 */
@NullMarked
package io.quorate.lease;

import org.jspecify.annotations.NullMarked;
