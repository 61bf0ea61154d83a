/**
 * TLS, for members and for clients: who this member is, whom it believes, both read again for each
 * connection, and the stage that turns what is said into what travels. Knows nobody else's room.
 */
@NullMarked
package io.quorate.tls;

import org.jspecify.annotations.NullMarked;
