package io.quorate.node;

import io.quorate.base.Check;
import io.quorate.lmdb.StoreImport;
import io.quorate.raft.Ready;
import io.quorate.raft.SnapshotMeta;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * The contents of snapshots that have arrived, and the one that is being installed. The core
 * decides which one it takes, and may do so later than it is told: so a content is dropped when a
 * snapshot of its index or a later one was installed, and not before. Used by the RaftActor's
 * thread.
 */
final class SnapshotInstall {
  private final ActorRef<ApplyActor.Command> apply;
  private final Executor closer;
  private final TreeMap<Long, StoreImport> contents = new TreeMap<>();
  private Ready.@Nullable Persist installing;
  private @Nullable SnapshotMeta repairing;

  /**
   * @param apply replaces the store
   * @param closer where contents are removed that nobody takes: files of any size
   */
  SnapshotInstall(ActorRef<ApplyActor.Command> apply, Executor closer) {
    this.apply = apply;
    this.closer = closer;
  }

  /** A content has arrived; one of the same index before is dropped. */
  void arrived(long index, StoreImport content) {
    StoreImport before = contents.put(index, content);
    if (before != null) {
      close(before);
    }
  }

  /**
   * Installs the snapshot that {@code persist} begins with: first in the store, then in the log. So
   * a store that is ahead of its log can be told from one whose log is lost.
   */
  void install(Ready.Persist persist, SnapshotMeta meta) {
    StoreImport content = contents.remove(meta.index());
    Check.that(content != null, "snapshot %d has no content", meta.index());
    installing = persist;
    apply.tell(new ApplyActor.Install(Objects.requireNonNull(content)));
  }

  /**
   * Installs the snapshot {@code meta} in the store alone: the log holds what follows it. Nothing
   * if another one is being installed.
   */
  void repair(SnapshotMeta meta) {
    StoreImport content = isInstalling() ? null : contents.remove(meta.index());
    if (content == null) {
      dropUpTo(meta.index());
    } else {
      repairing = meta;
      apply.tell(new ApplyActor.Install(content));
    }
  }

  /** The snapshot that was installed in the store alone; null if it was another one. */
  @Nullable SnapshotMeta repaired() {
    SnapshotMeta meta = repairing;
    repairing = null;
    if (meta != null) {
      dropUpTo(meta.index());
    }
    return meta;
  }

  boolean isInstalling() {
    return installing != null || repairing != null;
  }

  /** The store holds the snapshot at {@code index}; what is still to be written to the log. */
  Ready.Persist installed(long index) {
    Ready.Persist persist = Objects.requireNonNull(installing);
    SnapshotMeta meta = Objects.requireNonNull(persist.snapshot());
    Check.that(meta.index() == index, "installed %d instead of %d", index, meta.index());
    installing = null;
    dropUpTo(index);
    return persist;
  }

  /** The snapshot at {@code index} will not be taken. */
  void drop(long index) {
    StoreImport content = contents.remove(index);
    if (content != null) {
      close(content);
    }
  }

  private void close(StoreImport content) {
    closer.execute(content::close);
  }

  /** Everything up to {@code index} is part of the state, or will not be taken. */
  void dropUpTo(long index) {
    if (contents.isEmpty()) {
      return;
    }
    Map<Long, StoreImport> old = contents.headMap(index, true);
    old.values().forEach(this::close);
    old.clear();
  }

  /** The log's new beginning, where the snapshot of {@code persist} ends. */
  static JournalActor.Reset reset(Ready.Persist persist, long ticket) {
    SnapshotMeta meta = Objects.requireNonNull(persist.snapshot());
    return new JournalActor.Reset(ticket, persist.hardState(), meta);
  }
}
