/**
 * The gRPC edge: a dispatcher of our own on Pekko HTTP/2, and the services on it. Handlers are
 * called by the actors of connections and must not block; replies may come from any thread.
 */
@NullMarked
package io.quorate.server.grpc;

import org.jspecify.annotations.NullMarked;
