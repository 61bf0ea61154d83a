package io.quorate.client.recipe;

import io.quorate.base.Bytes;
import io.quorate.client.Change;
import io.quorate.client.KeyValue;
import io.quorate.client.WatchSignal;
import io.quorate.client.recipe.Cache.Snapshot;
import io.quorate.client.recipe.Cache.Standing;
import java.util.Collections;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a cache knows: a function of the signals of its watch. What is seen is always one revision
 * as a whole: a list is gathered aside and put in place when it is complete.
 *
 * <p>A snapshot is the map itself, and only the first change after one copies it. Not for several
 * threads at once.
 */
final class CacheCore {
  private TreeMap<Bytes, KeyValue> keys = new TreeMap<>();
  private @Nullable TreeMap<Bytes, KeyValue> incoming;
  private long revision;
  private boolean isShared;
  private Standing standing = Standing.RESYNCING;

  /** Whether there is a list. */
  boolean isFilled() {
    return revision > 0;
  }

  long revision() {
    return revision;
  }

  Optional<KeyValue> get(Bytes key) {
    return Optional.ofNullable(keys.get(key));
  }

  Snapshot snapshot() {
    isShared = true;
    return new Snapshot(revision, Collections.unmodifiableSortedMap(keys), standing);
  }

  /** Takes a signal; returns whether keys or standing are others now. */
  boolean take(WatchSignal signal) {
    if (signal instanceof WatchSignal.Listing listing) {
      return list(listing);
    }
    if (signal instanceof WatchSignal.Resync) {
      standing = Standing.RESYNCING;
      return true;
    }
    if (signal instanceof WatchSignal.Changes changes) {
      if (isShared) {
        keys = new TreeMap<>(keys);
        isShared = false;
      }
      changes.changes().forEach(this::apply);
    }
    revision = signal.revision();
    return signal instanceof WatchSignal.Changes;
  }

  private void apply(Change change) {
    if (change.isDelete()) {
      keys.remove(change.key());
    } else {
      keys.put(change.key(), change.kv());
    }
  }

  private boolean list(WatchSignal.Listing listing) {
    TreeMap<Bytes, KeyValue> list = incoming;
    if (list == null || listing.isFirst()) {
      list = new TreeMap<>();
      incoming = list;
    }
    for (KeyValue kv : listing.kvs()) {
      list.put(kv.key(), kv);
    }
    if (!listing.isLast()) {
      return false;
    }
    keys = list;
    incoming = null;
    isShared = false;
    revision = listing.revision();
    standing = Standing.FOLLOWING;
    return true;
  }

  /** Nothing more will come. */
  void end() {
    incoming = null;
    standing = Standing.ENDED;
  }
}
