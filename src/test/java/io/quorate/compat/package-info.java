/**
 * Black-box proofs that the server behaves as etcd: real processes, real sockets, no server class.
 *
 * <p>The server under test is given as a command line that takes etcd's flags, so that each test
 * can also be run with the reference on both sides (see {@link io.quorate.compat.Servers}).
 */
@NullMarked
package io.quorate.compat;

import org.jspecify.annotations.NullMarked;
