/**
 * How the client's publishers tell their subscribers: the rules of Reactive Streams, once. Not part
 * of the client's interface; it may change at any time.
 */
@NullMarked
package io.quorate.client.flow;

import org.jspecify.annotations.NullMarked;
