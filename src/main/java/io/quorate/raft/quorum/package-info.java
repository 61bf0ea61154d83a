/** The arithmetic of majorities, simple and joint. Numbers in, numbers out. */
@NullMarked
package io.quorate.raft.quorum;

import org.jspecify.annotations.NullMarked;
