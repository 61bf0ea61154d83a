/**
 * Real members as processes of this machine, behind networks and on disks that can fail. What is
 * done to them is done from outside, by the means of Linux, so that any program that takes etcd's
 * flags can be tried. What needs root or a program that is not installed says so in one line, and
 * the rest works without it.
 */
@NullMarked
package io.quorate.chaos.cluster;

import org.jspecify.annotations.NullMarked;
