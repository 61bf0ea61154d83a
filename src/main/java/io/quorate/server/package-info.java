/**
 * The process: what it is told (flags, variables, file), what it owns (data directory, identity,
 * log), and how it starts and stops. Everything that serves clients lies in the rooms below this
 * one; this one wires them. Only {@link io.quorate.server.EmbeddedMember} is for others: a member
 * without the process.
 *
 * <p>What starts and watches an etcd process can start and watch this one: flags, defaults, texts
 * and exit codes are those of etcd 3.7.3 wherever the two do the same thing.
 */
@NullMarked
package io.quorate.server;

import org.jspecify.annotations.NullMarked;
