package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.apply.Member;
import io.quorate.apply.StoreMeta;
import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.lmdb.LmdbStore;
import io.quorate.lmdb.Snapshots;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Row;
import io.quorate.mvcc.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestorationTest {
  private static final long MAP_BYTES = 1L << 30;
  private static final String CLUSTER = "a=http://h:1,b=http://h:2,c=http://h:3";

  @TempDir Path temp;
  private Path file;

  @BeforeEach
  void save() throws IOException {
    file = Snapshots.save(temp.resolve("store"), temp.resolve("s.db"));
  }

  private Restoration.Request request(Path snapshot, String name, long bump) {
    String port = name.equals("a") ? "1" : name.equals("b") ? "2" : "3";
    return new Restoration.Request(
        snapshot,
        temp.resolve(name + ".quorate"),
        new Restoration.Founders(name, CLUSTER, "t", "http://h:" + port),
        false,
        bump);
  }

  private static Restoration.Request skipping(Restoration.Request request) {
    return new Restoration.Request(
        request.snapshot(), request.dataDir(), request.founding(), true, request.bump());
  }

  private static MemberIdentity restore(Restoration.Request request) throws ConfigException {
    return Restoration.restore(request, (bytes, total) -> {});
  }

  private static ServeConfig config(String name) throws ConfigException {
    return ConfigResolverTest.resolve(
        "--name=" + name,
        "--initial-cluster=" + CLUSTER,
        "--initial-cluster-token=t",
        "--initial-advertise-peer-urls=http://h:" + (name.equals("a") ? 1 : 2));
  }

  private void refused(Restoration.Request request, String why) throws IOException {
    assertThatThrownBy(() -> restore(request))
        .isInstanceOf(ConfigException.class)
        .hasMessageMatching(why);
    assertThat(Files.exists(request.dataDir())).isFalse();
  }

  private static List<Row> rows(DiskView view) {
    List<Row> rows = new ArrayList<>();
    try (DiskView.RevisionCursor cursor = view.revisions(0)) {
      while (cursor.next()) {
        rows.add(cursor.row());
      }
    }
    return rows;
  }

  private static List<String> table(DiskView view, Table table) {
    List<String> rows = new ArrayList<>();
    view.scan(table, Bytes.EMPTY, (key, value) -> rows.add(key + "=" + value));
    return rows;
  }

  @Test
  void isTheDirectoryOfAFounderOfANewCluster() throws Exception {
    MemberIdentity identity = restore(request(file, "a", 0));
    Path dir = temp.resolve("a.quorate");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir)))
        .isEqualTo("rwx------");
    MemberIdentity flags = MemberIdentity.of(config("a"));
    assertThat(identity.memberId()).isEqualTo(flags.memberId());
    assertThat(identity.clusterId()).isNotEqualTo(flags.clusterId());
    try (DataDir dataDir = DataDir.open(dir)) {
      // A start with these flags takes it as its own.
      Begin begin = Serve.begin(config("a"), dataDir);
      assertThat(begin)
          .isEqualTo(
              new Begin.Restart(new DataDir.Owner(identity, MemberIdentity.founders(config("a")))));
    }
  }

  @Test
  void holdsTheKeysAndLeasesAndOnlyTheNewMembers() throws Exception {
    List<Row> before;
    List<String> leases;
    try (LmdbStore old = new LmdbStore(temp.resolve("store"), MAP_BYTES);
        DiskView view = old.open()) {
      before = rows(view);
      leases = table(view, Table.LEASE);
    }
    MemberIdentity identity = restore(request(file, "b", 0));
    List<MemberIdentity.Founder> founders = MemberIdentity.founders(config("b"));
    try (LmdbStore store = new LmdbStore(temp.resolve("b.quorate/member/store"), MAP_BYTES);
        DiskView view = store.open()) {
      assertThat(rows(view)).isEqualTo(before).isNotEmpty();
      assertThat(table(view, Table.LEASE)).isEqualTo(leases).hasSize(1);
      assertThat(table(view, Table.MEMBER))
          .containsExactlyElementsOf(
              founders.stream()
                  .map(
                      f ->
                          Bytes.ofLong(f.id())
                              + "="
                              + new Member(f.id(), f.name(), f.peerUrls(), List.of(), false)
                                  .encode())
                  .toList());
      TreeSet<Long> voters = new TreeSet<>();
      founders.forEach(founder -> voters.add(founder.id()));
      assertThat(voters).contains(identity.memberId());
      // At the founding entry, which has another term than where nothing was restored.
      assertThat(store.meta())
          .isEqualTo(
              new StoreMeta(
                  1, 2, Snapshots.REVISION, KvStore.NEVER_COMPACTED, 0, Membership.of(voters)));
      assertThat(table(view, Table.META)).noneMatch(row -> row.startsWith("installed"));
    }
    assertThat(Files.exists(temp.resolve("b.quorate/member/journal"))).isFalse();
  }

  @Test
  void whoIsRestoredAlikeIsOfOneClusterAndNobodyElseIs() throws Exception {
    long cluster = restore(request(file, "a", 0)).clusterId();
    assertThat(restore(request(file, "b", 0)).clusterId()).isEqualTo(cluster);
    // What was bumped goes on from elsewhere, and so does what another file holds.
    assertThat(restore(request(file, "c", 5)).clusterId()).isNotEqualTo(cluster);
    byte[] store = Arrays.copyOf(Files.readAllBytes(file), (int) Files.size(file) - 32 + 4096);
    Path other = Snapshots.sealed(temp.resolve("o.db"), store);
    DataDir.remove(temp.resolve("c.quorate"));
    assertThat(restore(request(other, "c", 0)).clusterId()).isNotEqualTo(cluster);
  }

  @Test
  void revisionsThatAreLeftOutAreCompacted() throws Exception {
    restore(request(file, "a", 1_000_000));
    try (LmdbStore store = new LmdbStore(temp.resolve("a.quorate/member/store"), MAP_BYTES);
        DiskView view = store.open()) {
      assertThat(store.meta().revision()).isEqualTo(Snapshots.REVISION + 1_000_000);
      assertThat(store.meta().compacted()).isEqualTo(Snapshots.REVISION + 1_000_000);
      assertThat(rows(view)).hasSize((int) Snapshots.REVISION - 1);
    }
    refused(request(file, "b", Long.MAX_VALUE), "--bump-revision is .*, beyond the last revision");
  }

  @Test
  void whatIsWrongLeavesNothing() throws Exception {
    byte[] good = Files.readAllBytes(file);
    refused(request(temp.resolve("none"), "a", 0), "open .*/none: no such file or directory");
    Path bare = Files.write(temp.resolve("bare.db"), Arrays.copyOf(good, good.length - 32));
    refused(request(bare, "a", 0), "snapshot missing hash but --skip-hash-check=false");
    Path cut = Files.write(temp.resolve("cut.db"), Arrays.copyOf(good, good.length - 512));
    refused(request(cut, "a", 0), "snapshot .* is truncated or damaged: .*");
    byte[] altered = good.clone();
    altered[good.length / 2] ^= 1;
    Path wrong = Files.write(temp.resolve("wrong.db"), altered);
    refused(request(wrong, "a", 0), "expected sha256 \\[.*], got \\[.*]");
    byte[] foreign = good.clone();
    foreign[16] = (byte) 0xED;
    foreign[17] = (byte) 0xDA;
    foreign[18] = 0x0C;
    foreign[19] = (byte) 0xED;
    Path etcd = Files.write(temp.resolve("etcd.db"), foreign);
    refused(request(etcd, "a", 0), "snapshot .* is one of etcd \\(bbolt\\), not of Quorate");
  }

  @Test
  void whatHasNoDigestIsTakenWhereThatIsAskedForIfItsRowsAreWhole() throws Exception {
    byte[] good = Files.readAllBytes(file);
    Path bare = Files.write(temp.resolve("bare.db"), Arrays.copyOf(good, good.length - 32));
    restore(skipping(request(bare, "a", 0)));
    int at = new String(good, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("xxxxxxxx");
    good[at] = 'y';
    Path altered = Files.write(temp.resolve("altered.db"), good);
    refused(
        skipping(request(altered, "b", 0)), "snapshot file integrity check failed. 1 errors .*");
  }

  @Test
  void aDirectoryThatIsUsedStaysAsItIs() throws Exception {
    restore(request(file, "a", 0));
    Path identity = temp.resolve("a.quorate/member/identity");
    String before = Files.readString(identity);
    assertThatThrownBy(() -> restore(request(file, "a", 7)))
        .hasMessage("data-dir \"%s\" not empty or could not be read", temp.resolve("a.quorate"));
    assertThat(Files.readString(identity)).isEqualTo(before);
    Path some = Files.createDirectory(temp.resolve("b.quorate"));
    Files.writeString(some.resolve("mine"), "x");
    assertThatThrownBy(() -> restore(request(file, "b", 0)))
        .hasMessageContaining("not empty or could not be read");
    assertThat(some.resolve("mine")).hasContent("x");
  }

  @Test
  void aFreshVolumeIsTakenAndKeptWhenItFails() throws Exception {
    Path volume = Files.createDirectories(temp.resolve("a.quorate/lost+found")).getParent();
    Path none = temp.resolve("none");
    assertThatThrownBy(() -> restore(request(none, "a", 0))).hasMessageContaining("no such file");
    byte[] altered = Files.readAllBytes(file);
    altered[altered.length / 2] ^= 1;
    Path wrong = Files.write(temp.resolve("wrong.db"), altered);
    assertThatThrownBy(() -> restore(request(wrong, "a", 0))).hasMessageContaining("sha256");
    try (Stream<Path> left = Files.list(volume)) {
      assertThat(left).containsExactly(volume.resolve("lost+found"));
    }
    restore(request(file, "a", 0));
    assertThat(volume.resolve("member/identity")).exists();
  }

  @Test
  void flagsThatContradictEachOtherAreRefusedAsByEtcd() throws Exception {
    Path dir = temp.resolve("x");
    refused(
        new Restoration.Request(
            file, dir, new Restoration.Founders("x", CLUSTER, "t", "http://h:1"), false, 0),
        "couldn't find local name \"x\" in the initial cluster configuration");
    refused(
        new Restoration.Request(
            file, dir, new Restoration.Founders("a", CLUSTER, "t", "http://127.0.0.1:9"), false, 0),
        "--initial-cluster has a=http://h:1 but missing from --initial-advertise-peer-urls=.*");
    refused(
        new Restoration.Request(
            file, dir, new Restoration.Founders("a", "a=bogus", "t", "http://h:1"), false, 0),
        "URL scheme must be http, https, unix, or unixs: bogus");
  }

  @Test
  void itIsToldHowFarItIs() throws Exception {
    List<String> told = new ArrayList<>();
    Restoration.restore(request(file, "a", 0), (bytes, total) -> told.add(bytes + " of " + total));
    long store = Files.size(file) - 32;
    assertThat(told).last().isEqualTo(store + " of " + store);
  }
}
