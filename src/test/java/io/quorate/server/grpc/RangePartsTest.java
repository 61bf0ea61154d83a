package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.base.SeededRandom;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.OpResult;
import io.quorate.mvcc.RangePlan;
import io.quorate.proto.etcd.RangeResponse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class RangePartsTest {
  private static final int ROUNDS = 50;

  private final KvAnswers answers = new KvAnswers(new FakeFacts());
  private FakeOutbound out = new FakeOutbound();
  private final Queue<Runnable> steps = new ArrayDeque<>();
  private int reads;
  private int ends;

  private static List<KeyValue> pairs(SeededRandom random, int count, int valueBytesMax) {
    List<KeyValue> pairs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      pairs.add(
          new KeyValue(
              Bytes.utf8(String.format("key/%06d", i)),
              1 + random.nextInt(1 << 20),
              1 + random.nextInt(1 << 30),
              1 + random.nextInt(300),
              Bytes.wrap(new byte[random.nextInt(valueBytesMax)]),
              random.nextInt(3) == 0 ? -1 : 0));
    }
    return pairs;
  }

  private RangeParts.Size send(List<KeyValue> kvs, boolean more, long count) {
    long bytes = 0;
    int largest = 0;
    for (KeyValue kv : kvs) {
      bytes += KvAnswers.pairSize(kv);
      largest = Math.max(largest, KvAnswers.pairSize(kv));
    }
    RangeParts.Size size = new RangeParts.Size(9, kvs.size(), bytes, largest, more, count);
    RangeParts.send(
        out,
        answers.begin(9, bytes, more, count),
        size,
        (from, passed, visitor) -> show(kvs, from, visitor),
        steps::add,
        kvs.get(0).key(),
        () -> ends++);
    runSteps();
    return size;
  }

  private void runSteps() {
    for (Runnable step = steps.poll(); step != null; step = steps.poll()) {
      step.run();
    }
  }

  private void show(List<KeyValue> kvs, Bytes from, RangePlan.Visitor visitor) {
    reads++;
    for (KeyValue kv : kvs) {
      if (kv.key().compareTo(from) >= 0 && !visitor.visit(kv)) {
        return;
      }
    }
  }

  @Test
  void partsFormTheSameMessageAsAWholeAnswer() throws Exception {
    SeededRandom random = new SeededRandom(20);
    for (int round = 0; round < ROUNDS; round++) {
      List<KeyValue> kvs =
          pairs(random, 1 + random.nextInt(40), round % 5 == 0 ? 2 << 20 : 1 << (1 + round % 18));
      boolean more = random.nextInt(2) == 0;
      long count = kvs.size() + (more ? 7L : 0);
      out = new FakeOutbound();
      send(kvs, more, count);
      byte[] whole = answers.range(new OpResult.Range(9, kvs, more, count)).message();
      assertThat(out.messages()).hasSize(1);
      assertThat(out.messages().get(0)).isEqualTo(whole);
      assertThat(RangeResponse.parseFrom(whole).getSerializedSize()).isEqualTo(whole.length);
      assertThat(out.status()).isEqualTo("ok ");
      assertThat(ends).isEqualTo(round + 1);
    }
  }

  @Test
  void aReaderThatStopsHoldsOnePartAndCausesNoFurtherReads() throws Exception {
    out.read(false);
    List<KeyValue> kvs = pairs(new SeededRandom(3), 2000, 4096);
    RangeParts.Size size = send(kvs, false, kvs.size());
    assertThat(size.pairsBytes()).isGreaterThan(2 << 20);
    assertThat(reads).isEqualTo(1);
    assertThat(out.queuedBytes()).isBetween(1L, RangeParts.PART_BYTES + 100L);
    assertThat(ends).isZero();
    out.read(true);
    runSteps();
    assertThat(RangeResponse.parseFrom(out.messages().get(0)).getKvsList()).hasSize(2000);
    assertThat(ends).isEqualTo(1);
  }

  @Test
  void noPartOfALargePairExceedsTheBound() {
    out.read(false);
    RangeParts.Size size = send(pairs(new SeededRandom(4), 3, 3 << 20), false, 3);
    assertThat(size.pairBytesMax()).isGreaterThan(1 << 20);
    assertThat(out.queuedBytes()).isLessThan(RangeParts.LARGE_PART_BYTES + 100L);
    assertThat(size.heldBytes()).isEqualTo(3L * RangeParts.LARGE_PART_BYTES);
  }

  @Test
  void pairsThatAreNotThoseThatWereCountedEndInAnError() {
    List<KeyValue> kvs = pairs(new SeededRandom(5), 10, 100);
    RangeParts.Size wrong = new RangeParts.Size(9, 11, 100_000, 200, false, 11);
    RangeParts.send(
        out,
        answers.begin(9, 100_000, false, 11),
        wrong,
        (from, passed, visitor) -> show(kvs, from, visitor),
        steps::add,
        kvs.get(0).key(),
        () -> ends++);
    assertThatThrownBy(this::runSteps).hasMessageContaining("first counted as 11");
    assertThat(out.status()).startsWith("internal");
    assertThat(ends).isEqualTo(1);
  }
}
