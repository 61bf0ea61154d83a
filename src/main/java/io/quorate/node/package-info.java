/**
 * The actor shells round the pure cores: each translates messages, calls its core and performs the
 * effects that the core asked for.
 */
@NullMarked
package io.quorate.node;

import org.jspecify.annotations.NullMarked;
