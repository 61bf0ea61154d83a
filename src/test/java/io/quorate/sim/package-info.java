/**
 * The simulator: whole clusters of the same consensus, state machine, store and watch code in one
 * thread under a virtual clock, with every fault and every order of messages drawn from one seed.
 */
@org.jspecify.annotations.NullMarked
package io.quorate.sim;
