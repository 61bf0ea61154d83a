package io.quorate.journal;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.zip.CRC32C;
import org.apache.pekko.dispatch.Futures;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.apache.pekko.persistence.snapshot.japi.SnapshotStore;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
import scala.concurrent.Future;

/**
 * The snapshot-store plugin: one file for each snapshot, named by its persistence id (hashed),
 * sequence number and time, checked as a whole by a CRC-32C. The Raft log does without it; it is
 * there for other persistent actors. Its dispatcher must be pinned, since it blocks.
 *
 * <pre>
 * magic:4 version:4 persistenceId:text serializer:4 manifest:text length:4 payload crc:4
 * </pre>
 */
public final class FileSnapshotStore extends SnapshotStore {
  private static final int MAGIC = 0x514a5353;
  private static final int VERSION = 1;
  private static final String SUFFIX = ".snapshot";
  private static final int NAME_HASH_BYTES = 16;

  private record Stored(Path path, SnapshotMetadata metadata) {}

  private final Serialization serialization;
  private final Path directory;
  private final int sizeMax;

  /** A store in the directory that {@code config} names, see {@code quorate-journal.conf}. */
  public FileSnapshotStore(Config config) throws IOException {
    serialization = SerializationExtension.get(context().system());
    directory = Path.of(config.getString("dir"));
    sizeMax = Math.toIntExact(config.getBytes("snapshot-size-max"));
    Files.createDirectories(directory);
  }

  @Override
  public Future<Optional<SelectedSnapshot>> doLoadAsync(
      String persistenceId, SnapshotSelectionCriteria criteria) {
    return attempt(
        () -> {
          List<Stored> found = find(persistenceId, criteria);
          return found.isEmpty()
              ? Optional.empty()
              : Optional.of(load(found.get(found.size() - 1)));
        });
  }

  @Override
  public Future<Void> doSaveAsync(SnapshotMetadata metadata, Object snapshot) {
    return attempt(
        () -> {
          save(metadata, snapshot);
          return done();
        });
  }

  @Override
  public Future<Void> doDeleteAsync(SnapshotMetadata metadata) {
    long timestamp = metadata.timestamp();
    SnapshotSelectionCriteria criteria =
        SnapshotSelectionCriteria.create(
            metadata.sequenceNr(),
            timestamp == 0 ? Long.MAX_VALUE : timestamp,
            metadata.sequenceNr(),
            timestamp);
    return doDeleteAsync(metadata.persistenceId(), criteria);
  }

  @Override
  public Future<Void> doDeleteAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
    return attempt(
        () -> {
          for (Stored stored : find(persistenceId, criteria)) {
            Disk.REAL.delete(stored.path());
          }
          return done();
        });
  }

  private void save(SnapshotMetadata metadata, Object snapshot) throws IOException {
    Serializer serializer = serialization.findSerializerFor(snapshot);
    byte[] payload = serialization.serialize(snapshot).get();
    RecordBuffer buffer = new RecordBuffer(sizeMax);
    buffer.room(8).putInt(MAGIC).putInt(VERSION);
    buffer.putText(metadata.persistenceId());
    buffer.room(4).putInt(serializer.identifier());
    buffer.putText(Serializers.manifestFor(serializer, snapshot));
    buffer.room(4).putInt(payload.length);
    ByteBuffer bytes = buffer.room(payload.length + 4).put(payload);
    bytes.putInt(checksum(bytes.duplicate().limit(bytes.position())));
    bytes = bytes.duplicate().limit(bytes.position()).position(RecordBuffer.HEADER_BYTES);

    Path path = pathOf(metadata);
    Path temporary = directory.resolve(path.getFileName() + SegmentedLog.TEMPORARY_SUFFIX);
    try (Disk.DiskFile file = Disk.REAL.create(temporary)) {
      file.write(bytes, 0);
      file.force();
    }
    Disk.REAL.rename(temporary, path);
  }

  private SelectedSnapshot load(Stored stored) throws IOException {
    byte[] content = Files.readAllBytes(stored.path());
    ByteBuffer from = ByteBuffer.wrap(content);
    CRC32C crc = new CRC32C();
    crc.update(content, 0, Math.max(0, content.length - 4));
    if (content.length < 12
        || from.getInt(content.length - 4) != (int) crc.getValue()
        || from.getInt() != MAGIC
        || from.getInt() != VERSION) {
      throw new CorruptJournalException(
          stored.path(), 0, "checksum of the snapshot does not match");
    }
    String persistenceId = RecordBuffer.getText(from);
    if (!persistenceId.equals(stored.metadata().persistenceId())) {
      throw new CorruptJournalException(stored.path(), 0, "snapshot is that of " + persistenceId);
    }
    int serializerId = from.getInt();
    String manifest = RecordBuffer.getText(from);
    byte[] payload = new byte[from.getInt()];
    from.get(payload);
    return new SelectedSnapshot(
        stored.metadata(), serialization.deserialize(payload, serializerId, manifest).get());
  }

  /** The snapshots that match, the newest last. */
  private List<Stored> find(String persistenceId, SnapshotSelectionCriteria criteria)
      throws IOException {
    List<Stored> found = new ArrayList<>();
    String pattern = hash(persistenceId) + "-*" + SUFFIX;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, pattern)) {
      for (Path path : files) {
        SnapshotMetadata metadata = metadataOf(path, persistenceId);
        if (metadata.sequenceNr() <= criteria.maxSequenceNr()
            && metadata.sequenceNr() >= criteria.minSequenceNr()
            && metadata.timestamp() <= criteria.maxTimestamp()
            && metadata.timestamp() >= criteria.minTimestamp()) {
          found.add(new Stored(path, metadata));
        }
      }
    }
    found.sort(
        Comparator.comparingLong((Stored stored) -> stored.metadata().sequenceNr())
            .thenComparingLong(stored -> stored.metadata().timestamp()));
    return found;
  }

  private Path pathOf(SnapshotMetadata metadata) {
    return directory.resolve(
        hash(metadata.persistenceId())
            + "-"
            + metadata.sequenceNr()
            + "-"
            + metadata.timestamp()
            + SUFFIX);
  }

  private static SnapshotMetadata metadataOf(Path path, String persistenceId) {
    String name = path.getFileName().toString();
    List<String> parts = List.of(name.substring(0, name.length() - SUFFIX.length()).split("-", -1));
    return new SnapshotMetadata(
        persistenceId, Long.parseLong(parts.get(1)), Long.parseLong(parts.get(2)));
  }

  private static String hash(String persistenceId) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(persistenceId.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, NAME_HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static int checksum(ByteBuffer written) {
    CRC32C crc = new CRC32C();
    crc.update(written.position(RecordBuffer.HEADER_BYTES));
    return (int) crc.getValue();
  }

  private static <T> Future<T> attempt(Callable<T> operation) {
    try {
      return Futures.successful(operation.call());
    } catch (Exception e) {
      return Futures.failed(e);
    }
  }

  @SuppressWarnings("NullAway") // The one value of Void is null.
  private static Void done() {
    return null;
  }
}
