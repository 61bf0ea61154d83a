/**
 * What a store is to do, one operation at a time, as pure functions: what {@code check} searches an
 * order of operations for.
 */
@NullMarked
package io.quorate.chaos.model;

import org.jspecify.annotations.NullMarked;
