/**
 * The command line for what lies in files, {@code quorate utl}: it saves snapshots over the client,
 * says what is in one, and makes data directories of members out of one. What knows the formats of
 * files lies in the rooms that own them; here are flags, texts and exit codes, which are those of
 * {@code etcdutl} 3.7.3, and of {@code etcdctl} for what asks a member.
 */
@NullMarked
package io.quorate.utl;

import org.jspecify.annotations.NullMarked;
