package io.quorate.node;

import io.quorate.lmdb.CorruptStoreException;
import io.quorate.lmdb.LmdbStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store of a member as it starts. One that cannot be opened for damage is put in quarantine
 * there and then, as one whose damage is found later; then an empty one takes its place until the
 * others have repaired it.
 *
 * @param mark why it is in quarantine; null if it is not
 */
record OpenedStore(LmdbStore disk, @Nullable Quarantine mark) {
  private static final Logger LOG = LoggerFactory.getLogger(OpenedStore.class);

  /** The address space reserved for the store, in bytes; the store can never grow larger. */
  static final long MAP_BYTES = 1L << 40;

  /**
   * Opens it. Blocks.
   *
   * @throws IOException when it cannot be read or written
   * @throws IllegalStateException when it is damaged and there is nobody to repair it
   */
  static OpenedStore open(NodeSettings settings) throws IOException {
    Path dir = settings.storeDir();
    Quarantine mark = Quarantine.read(dir);
    if (mark == null) {
      mark = tried(settings);
    }
    if (mark == null) {
      try {
        return new OpenedStore(new LmdbStore(dir, MAP_BYTES), null);
      } catch (RuntimeException e) {
        mark = quarantined(settings, e);
      }
    }
    LOG.warn("the store is in quarantine until others have repaired it: {}", mark.reason());
    LmdbStore.discard(dir);
    return new OpenedStore(new LmdbStore(dir, MAP_BYTES), mark);
  }

  /**
   * Tries a store in which the last process has ended. That is no proof: what ends a process within
   * a whole store would end the next one, too, and cost each member its store in turn.
   */
  private static @Nullable Quarantine tried(NodeSettings settings) throws IOException {
    Path dir = settings.storeDir();
    Optional<String> suspicion = Suspicion.read(dir);
    if (suspicion.isEmpty()) {
      return null;
    }
    LOG.warn("the store is read from end to end before it is used: {}", suspicion.get());
    Optional<String> damage = StoreTrial.of(dir, MAP_BYTES);
    Quarantine mark = null;
    if (damage.isEmpty()) {
      LOG.info("the store is whole");
    } else if (isAlone(settings)) {
      LOG.error("the store is damaged, and nobody else has one: {}", damage.get());
    } else {
      mark = quarantined(settings, damage.get());
    }
    // Behind the mark, which a crash here leaves.
    Suspicion.clear(dir);
    return mark;
  }

  private static Quarantine quarantined(NodeSettings settings, RuntimeException failure)
      throws IOException {
    String damage = CorruptStoreException.reason(failure);
    if (damage == null || isAlone(settings)) {
      throw failure;
    }
    return quarantined(settings, damage);
  }

  private static Quarantine quarantined(NodeSettings settings, String damage) throws IOException {
    // Who was added later is not among them; whoever leads finds this member all the same.
    Quarantine mark =
        new Quarantine(
            damage, new Roster(settings.cluster().id(), settings.cluster().members(), List.of()));
    mark.write(settings.storeDir());
    return mark;
  }

  private static boolean isAlone(NodeSettings settings) {
    long self = settings.self().id();
    return settings.cluster().members().stream().allMatch(member -> member.id() == self);
  }
}
