package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.quorate.apply.Command;
import io.quorate.apply.StateMachine;
import io.quorate.apply.StoreMeta;
import io.quorate.base.EtcdError;
import io.quorate.lmdb.LmdbStore;
import io.quorate.lmdb.Tampering;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Members whose store is not what it should be, while their log is. */
class DamagedStoreTest extends Members {
  private static final int MAGIC_AT = 16;

  /** What a process does when its member asks for it. */
  private Node startAgain(long id) throws IOException {
    stop(id);
    return start(id, List.copyOf(members.values()), false);
  }

  private void awaitRepaired(long id) throws IOException {
    Node repaired = startAgain(id);
    assertThat(repaired.isQuarantined()).isTrue();
    await().until(() -> !repaired.isQuarantined());
    put(leader(), "after", "that");
    assertThat(keys(repaired)).isEqualTo(keys(leader()));
    assertThat(hash(repaired)).isEqualTo(hash(leader()));
    long again = repaired.memberId();
    assertThat(startAgain(again).isQuarantined()).isFalse();
    assertThat(keys(nodes.get(again))).isEqualTo(keys(leader()));
  }

  @Test
  void whoHoldsAnotherStateThanTheOthersIsRepaired() throws IOException {
    found(3);
    for (int i = 0; i < 50; i++) {
      put(leader(), "k" + i, "v" + i);
    }
    long id = follower().memberId();
    join(nodes.get(id).checkpoint());
    stop(id);
    Path store = dir.resolve("m" + id).resolve("store");
    try (LmdbStore disk = new LmdbStore(store, 1 << 30)) {
      StoreMeta meta = disk.meta();
      // As if an entry had done something else here than on the other members.
      StoreMeta other =
          new StoreMeta(
              meta.appliedIndex(),
              meta.appliedTerm(),
              meta.revision(),
              meta.compacted(),
              meta.digest() + 1,
              meta.membership());
      disk.write(StateMachine.founding(List.of()), other);
    }
    Node damaged = start(id, List.copyOf(members.values()), false);
    put(leader(), "a", "1");
    assertThat(join(damaged.failed()))
        .isInstanceOf(QuarantinedException.class)
        .hasMessageContaining("is not that of a majority");
    awaitRepaired(id);
  }

  @Test
  void aLeaderThatHoldsAnotherStateIsRepairedToo() throws IOException {
    found(3);
    put(leader(), "a", "1");
    Node leader = leader();
    leader.integrity().damaged("as a test says");
    assertThat(join(leader.failed())).isInstanceOf(QuarantinedException.class);
    awaitRepaired(leader.memberId());
  }

  @Test
  void aRowThatIsDamagedOnDiskIsNeverAnswered() throws IOException {
    found(3);
    String needle = "needle-in-the-store-of-one-member";
    put(leader(), "needle", needle);
    long id = follower().memberId();
    join(nodes.get(id).linearize());
    join(nodes.get(id).checkpoint());
    stop(id);
    Path store = dir.resolve("m" + id).resolve("store/gen-1/data.mdb");
    byte[] bytes = Files.readAllBytes(store);
    int flipped = 0;
    for (int at = 0; at < bytes.length - needle.length(); at++) {
      if (new String(bytes, at, needle.length(), StandardCharsets.ISO_8859_1).equals(needle)) {
        bytes[at + 3] ^= 1;
        flipped++;
      }
    }
    assertThat(flipped).isPositive();
    Files.write(store, bytes);
    Node damaged = start(id, List.copyOf(members.values()), false);
    await().until(damaged::hasLeader);
    assertThat(refusal(CompletableFuture.supplyAsync(() -> keys(damaged))))
        .isEqualTo(EtcdError.STOPPED);
    assertThat(join(damaged.failed()))
        .isInstanceOf(QuarantinedException.class)
        .hasMessageContaining("checksum");
    awaitRepaired(id);
  }

  private Node startTampered(boolean inKeys) throws IOException {
    found(3);
    for (int i = 0; i < 50; i++) {
      put(leader(), "k" + i, "v" + i);
    }
    join(leader().propose(new Command.Compact(20)));
    long id = follower().memberId();
    for (Node node : nodes.values()) {
      join(node.linearize());
      join(node.checkpoint());
      join(node.compactionSettled());
    }
    stop(id);
    Tampering.replace(dir.resolve("m" + id).resolve("store"), "k7", "other", inKeys);
    return start(id, List.copyOf(members.values()), false);
  }

  @Test
  void aRowThatIsWrongTogetherWithItsChecksumIsFoundAndRepaired() throws IOException {
    Node damaged = startTampered(true);
    assertThat(join(damaged.failed()))
        .isInstanceOf(QuarantinedException.class)
        .hasMessageContaining("are not those of a majority");
    awaitRepaired(damaged.memberId());
    assertThat(keys(nodes.get(damaged.memberId()))).contains("k7=v7");
  }

  @Test
  void tablesThatDoNotAgreeAreFoundWithoutTheOthers() throws IOException {
    Node damaged = startTampered(false);
    assertThat(join(damaged.failed()))
        .isInstanceOf(QuarantinedException.class)
        .hasMessageContaining("is not what revision");
    awaitRepaired(damaged.memberId());
  }

  @Test
  void aStoreThatCannotEvenBeOpenedIsRepaired() throws IOException {
    found(3);
    put(leader(), "k", "v");
    long id = follower().memberId();
    join(nodes.get(id).linearize());
    join(nodes.get(id).checkpoint());
    stop(id);
    flipMagic(dir.resolve("m" + id).resolve("store/gen-1/data.mdb"));
    Node repaired = start(id, List.copyOf(members.values()), false);
    assertThat(repaired.isQuarantined()).isTrue();
    await().until(() -> !repaired.isQuarantined());
    assertThat(keys(repaired)).isEqualTo(keys(leader())).contains("k=v");
    assertThat(hash(repaired)).isEqualTo(hash(leader()));
  }

  @Test
  void aStoreThatNobodyElseHasStaysAsItIs() throws IOException {
    found(1);
    put(leader(), "k", "v");
    long id = leader().memberId();
    join(leader().checkpoint());
    stop(id);
    Path file = dir.resolve("m" + id).resolve("store/gen-1/data.mdb");
    flipMagic(file);
    byte[] before = Files.readAllBytes(file);
    assertThatThrownBy(() -> start(id, List.copyOf(members.values()), false))
        .hasMessageContaining("not a valid LMDB file");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  private long suspected(boolean isTrapped) throws IOException {
    found(3);
    put(leader(), "k", "v");
    long revision = leader().revision();
    long id = follower().memberId();
    join(nodes.get(id).linearize());
    join(nodes.get(id).checkpoint());
    stop(id);
    Path store = dir.resolve("m" + id).resolve("store");
    if (isTrapped) {
      assertThat(Tampering.setTrap(store.resolve("gen-1"), revision)).isPositive();
    }
    Suspicion.raise(store, "as a test says");
    return id;
  }

  @Test
  void aStoreThatEndsWhoeverReadsItIsRepaired() throws IOException {
    long id = suspected(true);
    Node repaired = start(id, List.copyOf(members.values()), false);
    assertThat(repaired.isQuarantined()).isTrue();
    await().until(() -> !repaired.isQuarantined());
    assertThat(keys(repaired)).isEqualTo(keys(leader())).contains("k=v");
    assertThat(hash(repaired)).isEqualTo(hash(leader()));
    assertThat(Suspicion.read(dir.resolve("m" + id).resolve("store"))).isEmpty();
  }

  @Test
  void aStoreThatIsSuspectedAndWholeIsKept() throws IOException {
    long id = suspected(false);
    Node kept = start(id, List.copyOf(members.values()), false);
    assertThat(kept.isQuarantined()).isFalse();
    assertThat(Suspicion.read(dir.resolve("m" + id).resolve("store"))).isEmpty();
  }

  /** Of the first page of the file: LMDB then takes it for no file of its own. */
  private static void flipMagic(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[MAGIC_AT] ^= 1;
    Files.write(file, bytes);
  }
}
