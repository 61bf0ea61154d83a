/**
 * What the build does with the jars it ships, so that a start from them is quick. Nothing of this
 * runs in a member.
 */
@NullMarked
package io.quorate.pack;

import org.jspecify.annotations.NullMarked;
