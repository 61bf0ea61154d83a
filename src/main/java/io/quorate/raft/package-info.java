/**
 * Consensus as a pure value machine (Ongaro and Ousterhout, "In Search of an Understandable
 * Consensus Algorithm"; Ongaro's dissertation for pre-vote, transfer and membership). No clock, no
 * threads, no I/O: the shell in {@code node} and the simulator drive the same code.
 */
@NullMarked
package io.quorate.raft;

import org.jspecify.annotations.NullMarked;
