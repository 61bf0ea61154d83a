package io.quorate.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import io.quorate.base.EtcdException;
import io.quorate.base.SeededRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * A seeded history on a {@link Shelf} and on the {@link StoreModel}: writes, reads at any revision,
 * compactions in parts, halves that come and go, restarts. Every answer is equal.
 */
public final class StoreModelRun {
  private static final int LEASES = 3;

  private final Shelf shelf;
  private final SeededRandom random;
  private final StoreModel model = new StoreModel();
  private final List<Bytes> keys;

  /** A history on {@code shelf} over {@code keys}, which are in order. */
  public StoreModelRun(Shelf shelf, List<Bytes> keys, long seed) {
    this.shelf = shelf;
    this.keys = keys;
    this.random = new SeededRandom(seed);
    for (long lease = 1; lease <= LEASES; lease++) {
      shelf.grant(lease);
      model.grant(lease);
    }
  }

  /** A few short keys, neighbours and prefixes of each other. */
  public static List<Bytes> shortKeys() {
    return java.util.stream.Stream.of(
            "a", "a\\x00", "a\\x00\\x00", "aa", "ab", "b", "b\\x7f", "b\\xff", "c", "\\xff\\xff")
        .map(StoreScript::bytes)
        .sorted()
        .toList();
  }

  /** Plays {@code steps} steps, then compares everything. */
  public void play(int steps) {
    for (int i = 0; i < steps; i++) {
      step();
    }
    compareAll();
  }

  private void step() {
    int roll = random.nextInt(100);
    if (roll < 32) {
      write(put(true));
    } else if (roll < 40) {
      write(delete());
    } else if (roll < 55) {
      write(txn(2));
    } else if (roll < 75) {
      Op.Range range = range(true);
      compare(() -> model.range(range), () -> shelf.range(range), range);
    } else if (roll < 79) {
      chunks();
    } else if (roll < 83) {
      events();
    } else if (roll < 86) {
      hash();
    } else if (roll < 88) {
      compact();
    } else if (roll < 92) {
      shelf.removeRows(1 + random.nextInt(20));
    } else {
      halves(random.nextInt(13));
    }
  }

  private void halves(int roll) {
    switch (roll) {
      case 0 -> restart();
      case 1, 2 -> shelf.flush();
      case 3, 4, 5 -> shelf.writeFrozen();
      case 6, 7, 8 -> shelf.drop();
      default -> shelf.freeze();
    }
  }

  private void restart() {
    shelf.restart();
    assertThat(shelf.store().revision()).isEqualTo(model.revision());
    assertThat(shelf.store().compacted()).isEqualTo(model.compacted());
  }

  private void write(Op op) {
    long before = model.revision();
    List<Shelf.Written> written = new ArrayList<>();
    compare(
        () -> model.write(op),
        () -> {
          written.add(shelf.write(op));
          return written.get(0).result();
        },
        op);
    List<StoreModel.Change> expected = model.changes(before + 1, model.revision());
    if (written.isEmpty()) {
      assertThat(expected).as("changes of the refused %s", op).isEmpty();
    } else {
      assertThat(changes(written.get(0).events())).as("changes of %s", op).isEqualTo(expected);
    }
    assertThat(shelf.store().revision()).isEqualTo(model.revision());
    TreeMap<Long, TreeSet<Bytes>> attached = new TreeMap<>();
    model.at(model.revision()).values().stream()
        .filter(kv -> kv.lease() != 0)
        .forEach(kv -> attached.computeIfAbsent(kv.lease(), id -> new TreeSet<>()).add(kv.key()));
    assertThat(shelf.attached()).as("keys of leases after %s", op).isEqualTo(attached);
  }

  private static List<StoreModel.Change> changes(List<Event> events) {
    return events.stream()
        .map(event -> new StoreModel.Change(event.kv(), event.previous()))
        .toList();
  }

  private void compare(Supplier<Object> expected, Supplier<Object> actual, Op op) {
    assertThat(answer(actual)).as("%s", op).isEqualTo(answer(expected));
  }

  private static Object answer(Supplier<Object> answer) {
    try {
      return answer.get();
    } catch (EtcdException refusal) {
      return refusal.text();
    }
  }

  private void chunks() {
    Op.Range range = range(false);
    if (!(answer(() -> model.range(range)) instanceof OpResult.Range whole)) {
      return;
    }
    long wanted = range.limit() > 0 ? range.limit() : Long.MAX_VALUE;
    List<KeyValue> kvs = new ArrayList<>();
    Op.Range next = range;
    RangePlan.Chunk chunk;
    do {
      long part = Math.min(wanted - kvs.size(), 1 + random.nextInt(4));
      chunk = shelf.chunk(next, part, wanted - kvs.size());
      assertThat(chunk.kvs().size()).isLessThanOrEqualTo((int) part);
      kvs.addAll(chunk.kvs());
      if (!chunk.kvs().isEmpty()) {
        Bytes last = chunk.kvs().get(chunk.kvs().size() - 1).key();
        KeyRange rest = new KeyRange(KeyRange.single(last).to(), range.keys().to());
        next = withKeys(range, rest);
      }
    } while (chunk.more() && kvs.size() < wanted);
    assertThat(kvs).as("chunks of %s", range).isEqualTo(whole.kvs());
    assertThat(chunk.more()).as("chunks of %s", range).isEqualTo(whole.more());
    assertThat(kvs.size() + chunk.restCount()).as("%s", range).isEqualTo(whole.count());
  }

  private static Op.Range withKeys(Op.Range range, KeyRange keys) {
    return new Op.Range(
        keys,
        range.limit(),
        range.revision(),
        range.sort(),
        range.keysOnly(),
        false,
        Op.RevisionBounds.NONE);
  }

  private void events() {
    long lowest = Math.max(1, model.compacted());
    long from = lowest + random.nextInt((int) (model.revision() - lowest + 1));
    long to = from + random.nextInt((int) (model.revision() - from + 1));
    List<StoreModel.Change> read = new ArrayList<>();
    long bytesMax = 1 + random.nextInt(60);
    long next = from;
    while (next <= to) {
      EventReader.Slice slice = shelf.events(next, to, bytesMax);
      assertThat(slice.next()).isGreaterThan(next);
      assertThat(kept(changes(slice.events())))
          .as("slice of revisions %d to %d", next, slice.next() - 1)
          .isEqualTo(kept(model.changes(next, slice.next() - 1)));
      read.addAll(changes(slice.events()));
      next = slice.next();
    }
    assertThat(next).isEqualTo(to + 1);
    assertThat(kept(read)).isEqualTo(kept(model.changes(from, to)));
  }

  /** Of the compacted revision itself, a put that was deleted at once may be gone already. */
  private List<StoreModel.Change> kept(List<StoreModel.Change> changes) {
    return changes.stream()
        .filter(
            change ->
                change.kv().modRevision() > model.compacted()
                    || model.physical().stream().anyMatch(write -> write.kv().equals(change.kv())))
        .toList();
  }

  private void hash() {
    long lowest = Math.max(1, model.compacted());
    long at = lowest + random.nextInt((int) (model.revision() - lowest + 1));
    assertThat(shelf.hash(at))
        .as("hash at %d of %d, compacted at %d", at, model.revision(), model.compacted())
        .isEqualTo(new StoreHash(model.hash(at), model.compacted(), at));
  }

  private void compact() {
    long at = model.revision() - random.nextInt(12) + 1;
    long previous = model.compacted();
    Supplier<Object> actual =
        () -> {
          shelf.compact(at);
          return "done";
        };
    Supplier<Object> expected =
        () -> {
          model.compact(at);
          return "done";
        };
    Object answer = answer(expected);
    assertThat(answer(actual)).isEqualTo(answer);
    if (answer.equals("done")) {
      assertThat(shelf.toldHash(at))
          .as("hash of the compaction at %d after %d", at, previous)
          .isEqualTo(new StoreHash(model.compactionHash(previous, at), previous, at));
      shelf.removeRows(random.nextInt(3) == 0 ? 1000 : random.nextInt(5));
    }
  }

  /** Everything that can be read, with all rows on disk and what is outdated removed. */
  private void compareAll() {
    shelf.flush();
    int rounds = 0;
    while (!shelf.removeRows(3)) {
      assertThat(++rounds).isLessThan(10_000);
    }
    long lowest = Math.max(1, model.compacted());
    for (long at = lowest; at <= model.revision(); at++) {
      Op.Range all = all(at);
      compare(() -> model.range(all), () -> shelf.range(all), all);
    }
    comparePhysical();
    restart();
    comparePhysical();
    hash();
  }

  private void comparePhysical() {
    List<StoreModel.Write> rows = new ArrayList<>();
    long bytes = 0;
    try (DiskView view = shelf.disk().open();
        DiskView.RevisionCursor cursor = view.revisions(0)) {
      while (cursor.next()) {
        rows.add(new StoreModel.Write(cursor.row().kv(), cursor.row().sub()));
        bytes += cursor.row().countedBytes();
      }
    }
    assertThat(rows).isEqualTo(model.physical());
    assertThat(shelf.disk().bytes()).isEqualTo(bytes);
    assertThat(shelf.store().countedBytes()).isEqualTo(bytes);
    try (DiskView view = shelf.disk().open()) {
      for (Bytes key : keys) {
        boolean there = rows.stream().anyMatch(row -> row.kv().key().equals(key));
        assertThat(view.newest(key) != null).as("newest row of %s", key).isEqualTo(there);
      }
    }
  }

  private static Op.Range all(long at) {
    return new Op.Range(
        new KeyRange(Bytes.EMPTY, null), 0, at, Op.Sort.NONE, false, false, Op.RevisionBounds.NONE);
  }

  private Bytes key() {
    return keys.get(random.nextInt(keys.size()));
  }

  private KeyRange keyRange() {
    Bytes from = random.chance(100) ? Bytes.EMPTY : key();
    return switch (random.nextInt(6)) {
      case 0, 1 -> KeyRange.single(key());
      case 2 -> new KeyRange(from, null);
      default -> new KeyRange(from, key());
    };
  }

  private Op.Range range(boolean anyOrder) {
    long lowest = Math.max(1, model.compacted());
    long at = lowest - 1 + random.nextInt((int) (model.revision() - lowest + 3));
    Op.RevisionBounds bounds =
        anyOrder && random.chance(300)
            ? new Op.RevisionBounds(bound(), bound(), bound(), bound())
            : Op.RevisionBounds.NONE;
    return new Op.Range(
        keyRange(),
        random.nextInt(6) - 1,
        random.chance(300) ? 0 : at,
        new Op.Sort(
            Op.SortOrder.values()[anyOrder ? random.nextInt(3) : 0],
            Op.SortTarget.values()[anyOrder ? random.nextInt(5) : 0]),
        random.chance(200),
        anyOrder && random.chance(150),
        bounds);
  }

  private long bound() {
    return random.chance(500) ? 0 : random.nextInt((int) model.revision() + 2);
  }

  private Op.Put put(boolean anyLease) {
    boolean ignoreValue = random.chance(80);
    boolean ignoreLease = random.chance(80);
    int lease = random.nextInt(LEASES * 2) - LEASES + 1;
    boolean unknown = anyLease && random.chance(30);
    return new Op.Put(
        key(),
        ignoreValue ? Bytes.EMPTY : value(),
        ignoreLease ? 0 : unknown ? 99 : Math.max(0, lease),
        random.chance(500),
        ignoreValue,
        ignoreLease);
  }

  private Bytes value() {
    int size = random.nextInt(8);
    if (random.chance(100)) {
      size = 509 + random.nextInt(8);
    }
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) random.nextInt(256);
    }
    return Bytes.wrap(bytes);
  }

  private Op.DeleteRange delete() {
    return new Op.DeleteRange(
        random.chance(700) ? KeyRange.single(key()) : keyRange(), random.chance(500));
  }

  private Op.Txn txn(int depth) {
    List<Op.Compare> compares = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      compares.add(compare());
    }
    return new Op.Txn(compares, ops(depth), ops(depth));
  }

  /** As edges demand, no key is written twice, but for a deletion after a put. */
  private List<Op> ops(int depth) {
    List<Op> ops = new ArrayList<>();
    TreeSet<Bytes> put = new TreeSet<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      Op.Put each = put(false);
      if (put.add(each.key())) {
        ops.add(each);
      }
      if (random.chance(300)) {
        ops.add(range(true));
      }
    }
    if (depth > 0 && random.chance(300)) {
      ops.clear();
      ops.add(txn(depth - 1));
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      ops.add(delete());
    }
    if (random.chance(300)) {
      ops.add(range(true));
    }
    return ops;
  }

  private Op.Compare compare() {
    Op.Target target = Op.Target.values()[random.nextInt(5)];
    boolean value = target == Op.Target.VALUE;
    return new Op.Compare(
        random.chance(700) ? KeyRange.single(key()) : keyRange(),
        target,
        Op.Relation.values()[random.nextInt(4)],
        value ? 0 : random.nextInt(4),
        value ? value() : null);
  }
}
