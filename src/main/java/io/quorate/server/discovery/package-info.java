/**
 * Finds the members of a cluster that is to be founded: by SRV records of DNS as etcd does, or by
 * Pekko Discovery. Nothing of it is loaded unless a flag asks for it.
 */
@NullMarked
package io.quorate.server.discovery;

import org.jspecify.annotations.NullMarked;
