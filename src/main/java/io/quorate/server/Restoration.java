package io.quorate.server;

import io.quorate.apply.MemberIds;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.lmdb.BadSnapshotException;
import io.quorate.lmdb.SnapshotFile;
import io.quorate.node.DurableFile;
import io.quorate.node.RestoredStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.LongConsumer;

/**
 * Makes the data directory of one member of a cluster that goes on from a snapshot. Whoever is
 * started with it founds that cluster together with those that were restored from the same file,
 * and with nobody else: the id of the cluster is made of its members and of the snapshot. Checks,
 * texts and defaults are those of {@code etcdutl snapshot restore}.
 *
 * <p>All of it is made in {@code member.part} within the directory, on the same file system, and
 * renamed at the end: until then no member starts there, and what fails leaves nothing behind.
 */
public final class Restoration {
  /** Below the data directory: what becomes {@code member}. */
  private static final String PART = DataDir.MEMBER + DurableFile.PART;

  /**
   * What is asked for.
   *
   * @param snapshot the file
   * @param dataDir where the member is to lie; not there, or empty
   * @param founding whom it is a member with
   * @param skipHashCheck whether a file is taken that has no digest, or another one; then every row
   *     is checked instead
   * @param bump how many revisions are left out; above 0 all up to the last of these are compacted
   */
  public record Request(
      Path snapshot, Path dataDir, Founders founding, boolean skipHashCheck, long bump) {}

  /**
   * The cluster, as flags say it.
   *
   * @param name of this member
   * @param initialCluster all members, as {@code name=url,name=url}
   * @param token what keeps clusters of equal URLs apart
   * @param advertised the peer URLs of this member, by comma
   */
  public record Founders(String name, String initialCluster, String token, String advertised) {}

  /** Is told how far it is. */
  public interface Progress {
    /** So many bytes of the snapshot are copied, of {@code total}. */
    void copied(long bytes, long total);
  }

  private final Request request;
  private final Progress progress;
  private final List<MemberIdentity.Founder> founders;
  private final MemberIdentity.Founder self;

  private Restoration(Request request, Progress progress) throws ConfigException {
    this.request = request;
    this.progress = progress;
    Founders asked = request.founding();
    try {
      List<EtcdUrl> advertised = EtcdUrl.parseList(asked.advertised());
      SortedMap<String, List<EtcdUrl>> cluster = InitialCluster.parse(asked.initialCluster());
      Founding.check(asked.name(), cluster, advertised);
      this.founders = MemberIdentity.founders(cluster, asked.token());
    } catch (GoText.BadValue e) {
      throw ConfigException.start(String.valueOf(e.getMessage()));
    }
    Optional<MemberIdentity.Founder> own =
        founders.stream().filter(founder -> founder.name().equals(asked.name())).findFirst();
    this.self = own.orElseThrow();
  }

  /**
   * Does it. Blocks.
   *
   * @return who the member is
   * @throws ConfigException what is wrong, in one line; then nothing has changed
   */
  public static MemberIdentity restore(Request request, Progress progress) throws ConfigException {
    return new Restoration(request, progress).restore();
  }

  private MemberIdentity restore() throws ConfigException {
    refuseUsed(request.dataDir());
    try (SnapshotFile snapshot = SnapshotFile.open(request.snapshot())) {
      if (!snapshot.isDigested() && !request.skipHashCheck()) {
        throw new BadSnapshotException("snapshot missing hash but --skip-hash-check=false");
      }
      snapshot.checkKind();
      if (request.skipHashCheck()) {
        snapshot.facts(told(snapshot));
      }
      return install(snapshot);
    } catch (BadSnapshotException e) {
      throw ConfigException.start(String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException e) {
      // A format of a later version.
      throw ConfigException.start("snapshot " + request.snapshot() + " has " + e.getMessage());
    } catch (IOException e) {
      throw ConfigException.start(
          "cannot write to data directory " + request.dataDir() + ": " + DataDir.reason(e));
    }
  }

  private MemberIdentity install(SnapshotFile snapshot) throws IOException, ConfigException {
    Path dataDir = request.dataDir();
    Path part = dataDir.resolve(PART);
    Path member = dataDir.resolve(DataDir.MEMBER);
    boolean isNew = !Files.exists(dataDir);
    boolean done = false;
    try {
      DataDir.create(dataDir);
      MemberIdentity identity = build(snapshot, part);
      Files.move(part, member, StandardCopyOption.ATOMIC_MOVE);
      DurableFile.syncName(member);
      DurableFile.syncName(dataDir);
      done = true;
      return identity;
    } finally {
      if (!done) {
        DataDir.remove(isNew ? dataDir : part);
      }
    }
  }

  private static void refuseUsed(Path dataDir) throws ConfigException {
    try {
      if (!Files.exists(dataDir) || DataDir.VOLUME_ROOT.containsAll(DataDir.list(dataDir))) {
        return;
      }
    } catch (IOException unreadable) {
      // Told in the same words.
    }
    throw ConfigException.start(
        "data-dir " + GoText.quote(dataDir.toString()) + " not empty or could not be read");
  }

  private MemberIdentity build(SnapshotFile snapshot, Path member) throws IOException {
    DataDir.create(member);
    Path store = member.resolve(DataDir.STORE);
    DataDir.create(store);
    Bytes digest = snapshot.copyTo(store, !request.skipHashCheck(), told(snapshot));
    RestoredStore.found(store, founders.stream().map(RealMember::founder).toList(), request.bump());
    MemberIdentity identity =
        new MemberIdentity(clusterId(digest), self.id(), request.founding().name());
    IdentityFile.write(member, new DataDir.Owner(identity, founders));
    return identity;
  }

  /** Of those only that were restored from the same file, in the same way. */
  private long clusterId(Bytes digest) {
    return MemberIds.restored(
        founders.stream().map(MemberIdentity.Founder::id).toList(),
        new ByteWriter(64).putBytes(digest).putLong(request.bump()).toBytes());
  }

  private LongConsumer told(SnapshotFile snapshot) {
    return bytes -> progress.copied(bytes, snapshot.storeBytes());
  }
}
