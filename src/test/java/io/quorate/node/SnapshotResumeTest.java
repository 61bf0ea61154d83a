package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import io.quorate.lmdb.LmdbDisk;
import io.quorate.lmdb.LmdbStore;
import io.quorate.lmdb.Place;
import io.quorate.lmdb.StoreImport;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.KeyRange;
import io.quorate.mvcc.Op;
import io.quorate.mvcc.Shelf;
import io.quorate.raft.Message;
import io.quorate.raft.SnapshotMeta;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots that are cut and gone on with, without a cluster round them. */
class SnapshotResumeTest {
  private static final int ANY_ROWS = 1_000_000;
  private static final int VALUE_BYTES = 8 * 1024;
  private static final int KEYS = 60;

  @TempDir Path dir;

  private final CompactionHold.Hold hold =
      SnapshotReader.hold(new CompactionHold(() -> 0, Duration.ofSeconds(60)));
  private final SeededRandom random = new SeededRandom(7);
  private LmdbDisk sender;
  private LmdbDisk receiver;
  private Shelf shelf;

  @BeforeEach
  void open() throws IOException {
    sender = new LmdbDisk(Files.createDirectories(dir.resolve("sender")));
    receiver = new LmdbDisk(Files.createDirectories(dir.resolve("receiver")));
    shelf = new Shelf(sender);
  }

  @AfterEach
  void close() {
    sender.close();
    receiver.close();
  }

  private static void write(Shelf shelf, SeededRandom random, int count) {
    for (int i = 0; i < count; i++) {
      int number = random.nextInt(KEYS);
      // Some are longer than a key of LMDB may be.
      Bytes key = Bytes.utf8("k" + number + "k".repeat(number % 7 == 0 ? 600 : 0));
      if (random.nextInt(4) == 0) {
        shelf.write(new Op.DeleteRange(KeyRange.single(key), false));
      } else {
        Bytes value = Bytes.utf8(Integer.toString(i).repeat(VALUE_BYTES / 4));
        shelf.write(new Op.Put(key, value, 0, false, false, false));
      }
    }
    shelf.flush();
  }

  private SnapshotReader reader(LmdbStore store, Place held) {
    return new SnapshotReader(store, hold, held);
  }

  private Place held() throws IOException {
    LmdbStore.Held held = receiver.store().heldImport();
    return held == null ? Place.START : SnapshotCodec.lastHeld(SnapshotCodec.held(held));
  }

  /** Adds {@code chunks} of a snapshot and cuts it; the bytes of them all. */
  private long bring(SnapshotReader reader, int chunks) throws IOException {
    StoreImport content = open(reader);
    long bytes = 0;
    for (int i = 0; i < chunks; i++) {
      Bytes chunk = reader.next();
      bytes += chunk.size();
      SnapshotCodec.add(chunk, content);
    }
    content.suspend();
    return bytes;
  }

  /** Adds all that is left of a snapshot and installs it; the bytes of it. */
  private long bringAll(SnapshotReader reader) throws IOException {
    StoreImport content = open(reader);
    long bytes = 0;
    boolean whole = false;
    while (!whole) {
      Bytes chunk = reader.next();
      bytes += chunk.size();
      whole = SnapshotCodec.add(chunk, content);
    }
    content.finish();
    receiver.store().install(content);
    return bytes;
  }

  private StoreImport open(SnapshotReader reader) throws IOException {
    return reader.resumed().equals(Place.START)
        ? receiver.store().beginImport()
        : receiver.store().resumeImport(reader.resumed());
  }

  private static List<String> rows(LmdbStore store) {
    List<String> rows = new ArrayList<>();
    try (DiskView view = store.open();
        DiskView.RevisionCursor revisions = view.revisions(0);
        DiskView.KeyCursor keys = view.keys(Bytes.EMPTY, null)) {
      while (revisions.next()) {
        rows.add(revisions.row().toString());
      }
      while (keys.next()) {
        rows.add("key " + keys.row(true));
      }
    }
    rows.add("bytes " + store.diskBytes() + " " + store.meta() + " " + store.progress());
    return rows;
  }

  @Test
  void goesOnWithTheRestAlone() throws IOException {
    write(shelf, random, 400);
    long first = bring(reader(sender.store(), held()), 6);
    write(shelf, random, 100);
    assertThat(held()).isNotEqualTo(Place.START);
    SnapshotReader rest = reader(sender.store(), held());
    long second = bringAll(rest);
    assertThat(rows(receiver.store())).isEqualTo(rows(sender.store()));
    long whole = bringAll(reader(sender.store(), Place.START));
    // What is named again takes few bytes.
    assertThat(second).isLessThan(whole - first * 9 / 10);
    assertThat(rest.rowsSent()).isPositive();
    assertThat(rows(receiver.store())).isEqualTo(rows(sender.store()));
  }

  @Test
  void dropsWhatACompactionHasRemovedMeanwhile() throws IOException {
    write(shelf, random, 400);
    bring(reader(sender.store(), held()), 6);
    write(shelf, random, 200);
    long all = rows(sender.store()).size();
    shelf.compact(400);
    assertThat(shelf.removeRows(ANY_ROWS)).isTrue();
    assertThat(rows(sender.store())).hasSizeLessThan((int) all * 2 / 3);
    SnapshotReader rest = reader(sender.store(), held());
    assertThat(rest.resumed()).isNotEqualTo(Place.START);
    bringAll(rest);
    assertThat(rows(receiver.store())).isEqualTo(rows(sender.store()));
  }

  @Test
  void goesOnAfterARestartAndAfterSeveralCuts() throws IOException {
    write(shelf, random, 400);
    bring(reader(sender.store(), held()), 4);
    Place last = held();
    for (int cut = 0; cut < 5; cut++) {
      receiver.reopen();
      write(shelf, random, 50);
      shelf.compact(60 + 20 * cut);
      shelf.removeRows(100);
      // Cut among the rows that are only named, too.
      bring(reader(sender.store(), held()), 4);
      assertThat(held()).isGreaterThanOrEqualTo(last);
      last = held();
    }
    bringAll(reader(sender.store(), held()));
    assertThat(rows(receiver.store())).isEqualTo(rows(sender.store()));
    assertThat(held()).isEqualTo(Place.START);
  }

  @Test
  void refusesToGoOnFromOtherContent() throws IOException {
    write(shelf, random, 400);
    bring(reader(sender.store(), held()), 6);
    try (LmdbDisk other = new LmdbDisk(Files.createDirectories(dir.resolve("other")))) {
      write(new Shelf(other), new SeededRandom(8), 400);
      SnapshotReader rest = reader(other.store(), held());
      assertThatThrownBy(() -> bringAll(rest)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void refusesToGoOnWhereARowOfTheSenderIsNotThere() throws IOException {
    write(shelf, random, 400);
    bring(reader(sender.store(), held()), 6);
    // A sender that has removed less than the one before.
    try (LmdbDisk other = new LmdbDisk(Files.createDirectories(dir.resolve("other")))) {
      write(new Shelf(other), new SeededRandom(7), 400);
      shelf.compact(300);
      shelf.removeRows(ANY_ROWS);
      bring(reader(sender.store(), held()), 3);
      SnapshotReader rest = reader(other.store(), held());
      assertThatThrownBy(() -> bringAll(rest)).hasMessageContaining("is not there");
    }
  }

  @Test
  void beginsAnewWhereTheReceiverHasMoreThanTheSnapshot() throws IOException {
    write(shelf, random, 400);
    bring(reader(sender.store(), held()), 9);
    try (LmdbDisk other = new LmdbDisk(Files.createDirectories(dir.resolve("other")))) {
      write(new Shelf(other), new SeededRandom(7), 20);
      SnapshotReader all = reader(other.store(), held());
      assertThat(all.resumed()).isEqualTo(Place.START);
      bringAll(all);
      assertThat(rows(receiver.store())).isEqualTo(rows(other.store()));
    }
  }

  @Test
  void theHeaderSaysWhereItGoesOn() {
    SnapshotMeta meta = new SnapshotMeta(9, 2, Membership.of(Set.of(1L, 2L)));
    Message.InstallSnapshot message = new Message.InstallSnapshot(1, 2, 3, meta);
    for (Place place : List.of(Place.START, new Place(7, 0), new Place(1L << 40, 12))) {
      SnapshotCodec.Header header = new SnapshotCodec.Header(place, message);
      assertThat(SnapshotCodec.Header.decode(header.encode())).isEqualTo(header);
    }
    assertThat(SnapshotCodec.lastHeld(SnapshotCodec.held(null))).isEqualTo(Place.START);
  }
}
