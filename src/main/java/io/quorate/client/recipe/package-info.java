/**
 * What is built from keys, leases and watches again and again: locks, elections, transactions that
 * are retried, a local copy of a prefix.
 *
 * <p>Locks and elections lie in the store as etcd's own {@code concurrency} package and {@code
 * etcdctl lock} and {@code elect} lay them out, so that programs of both kinds exclude each other.
 *
 * <p>Nothing here blocks. Stages complete, and subscribers are told, on a thread of the client,
 * which must not be made to wait; only what ends because its time is up ends on the common pool of
 * the JVM. Everything may be used by several threads at once. What fails, fails with a {@link
 * io.quorate.client.ClientException} or a {@link io.quorate.client.recipe.RecipeException}, never
 * wrapped. A stage that is cancelled ({@code toCompletableFuture().cancel}) gives up what it stands
 * for; one that was derived from it does not.
 */
@NullMarked
package io.quorate.client.recipe;

import org.jspecify.annotations.NullMarked;
