package io.quorate.node;

import io.quorate.apply.Member;
import io.quorate.lmdb.CorruptStoreException;
import io.quorate.lmdb.LmdbStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
  private static final long MAP_BYTES = 1L << 40;

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

  private static Quarantine quarantined(NodeSettings settings, RuntimeException failure)
      throws IOException {
    String damage = CorruptStoreException.reason(failure);
    List<Member> known = settings.cluster().members();
    boolean isAlone = known.stream().allMatch(member -> member.id() == settings.self().id());
    if (damage == null || isAlone) {
      throw failure;
    }
    // Who was added later is not among them; whoever leads finds this member all the same.
    Quarantine mark = new Quarantine(damage, new Roster(settings.cluster().id(), known, List.of()));
    mark.write(settings.storeDir());
    return mark;
  }
}
