/**
 * Watches: who sees which change of which key, in which order. {@link io.quorate.watch.WatchHub} is
 * a value machine owned by one thread; it reads history through values and speaks to streams
 * through {@link io.quorate.watch.Outlet}.
 */
@NullMarked
package io.quorate.watch;

import org.jspecify.annotations.NullMarked;
