/**
 * The rows on disk, in LMDB: one writer, many readers, each commit synced. Nothing of LMDB leaves
 * this package; buffers that it hands out are copied before their transaction ends.
 */
@NullMarked
package io.quorate.lmdb;

import org.jspecify.annotations.NullMarked;
