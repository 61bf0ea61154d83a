/**
 * The replicated state machine: what a committed entry does to keys, leases, alarms and members.
 * Pure; every member that applies the same log holds the same state.
 */
@NullMarked
package io.quorate.apply;

import org.jspecify.annotations.NullMarked;
