/** What the client port serves besides gRPC: version, health and metrics. */
@NullMarked
package io.quorate.server.http;

import org.jspecify.annotations.NullMarked;
