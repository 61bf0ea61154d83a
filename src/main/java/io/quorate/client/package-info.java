/**
 * The reactive client: for Java programs that read, write, watch and hold leases, in Quorate or in
 * etcd, and never have to know where the leader is.
 *
 * <p>{@link io.quorate.client.Client} is the door. Calls are {@link
 * java.util.concurrent.CompletionStage}s, streams are {@link java.util.concurrent.Flow.Publisher}s,
 * and what fails, fails with a {@link io.quorate.client.ClientException} that says whether
 * something may have happened. No type of a library is in a signature here. Everything may be used
 * by several threads at once.
 */
@NullMarked
package io.quorate.client;

import org.jspecify.annotations.NullMarked;
