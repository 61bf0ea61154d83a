package io.quorate.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongConsumer;
import org.apache.pekko.actor.AbstractExtensionId;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.Extension;
import org.jspecify.annotations.Nullable;

/**
 * The journals that the plugins of one actor system have open, for those who must reach them past
 * the messages of Pekko Persistence: the log reader, checkpoints, compaction and recovery. Safe
 * from any thread.
 */
public final class FileJournals implements Extension {
  private static final Id ID = new Id();

  private final ExtendedActorSystem system;
  private final ConcurrentMap<Path, SegmentedLog> logs = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, ReplayGate> gates = new ConcurrentHashMap<>();
  private volatile LongConsumer syncObserver = nanos -> {};

  private static final class Id extends AbstractExtensionId<FileJournals> {
    @Override
    public FileJournals createExtension(ExtendedActorSystem system) {
      return new FileJournals(system);
    }
  }

  private FileJournals(ExtendedActorSystem system) {
    this.system = system;
  }

  /** Those of {@code system}. */
  public static FileJournals get(ActorSystem system) {
    return ID.get(system);
  }

  /**
   * The journal of the plugin {@code pluginId}, or null while it is not open, which is so before
   * the first recovery has begun, after a failure to open it, and for a plugin of another class.
   */
  public @Nullable SegmentedLog log(String pluginId) {
    String key = pluginId + ".dir";
    return system.settings().config().hasPath(key)
        ? logs.get(keyOf(Path.of(system.settings().config().getString(key))))
        : null;
  }

  /** A reader of the entries of {@code group} in the plugin {@code pluginId}; null as above. */
  public @Nullable LogReader reader(String pluginId, int group) {
    SegmentedLog log = log(pluginId);
    return log == null ? null : new LogReader(log, group);
  }

  /**
   * Tells {@code observer} how long each sync of a log that is opened from now on took, in
   * nanoseconds, on the writing thread.
   */
  public void observeSyncs(LongConsumer observer) {
    syncObserver = observer;
  }

  /** Has the next replay of {@code persistenceId} wait at {@code gate}. */
  public void putGate(String persistenceId, ReplayGate gate) {
    gates.put(persistenceId, gate);
  }

  /** Opens and forgets {@code gate}. */
  public void removeGate(String persistenceId, ReplayGate gate) {
    gates.remove(persistenceId, gate);
    gate.open();
  }

  @Nullable ReplayGate gate(String persistenceId) {
    return gates.get(persistenceId);
  }

  SegmentedLog open(LogSettings settings, Disk disk) throws IOException {
    SegmentedLog log = SegmentedLog.open(settings, disk);
    log.observeSyncs(nanos -> syncObserver.accept(nanos));
    logs.put(keyOf(settings.directory()), log);
    return log;
  }

  void close(SegmentedLog log) throws IOException {
    logs.remove(keyOf(log.settings().directory()), log);
    log.close();
  }

  private static Path keyOf(Path directory) {
    return directory.toAbsolutePath().normalize();
  }
}
