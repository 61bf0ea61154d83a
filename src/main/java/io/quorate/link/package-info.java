/**
 * The TCP links between members: messages of consensus, questions with answers, and transfers of
 * many bytes, each on connections of their own so that none delays another. Knows what is said, not
 * what it means.
 */
@NullMarked
package io.quorate.link;

import org.jspecify.annotations.NullMarked;
