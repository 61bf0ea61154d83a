/**
 * Keys, their revisions, and the plans that read and change them: etcd's multi-version model as
 * pure values over two ports, the rows in memory and the rows on disk.
 */
@NullMarked
package io.quorate.mvcc;

import org.jspecify.annotations.NullMarked;
