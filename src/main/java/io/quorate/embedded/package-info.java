/**
 * Members within the JVM of another program, and in tests of one: {@link
 * io.quorate.embedded.Quorate} starts them and hands out where clients find them. It knows no
 * client.
 */
@NullMarked
package io.quorate.embedded;

import org.jspecify.annotations.NullMarked;
