package io.quorate.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import io.quorate.mvcc.KeyRange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IntervalTreeTest {
  @Test
  void findsWhatALoopOverAllRangesFinds() {
    Random random = new Random(7);
    IntervalTree<Integer> tree = new IntervalTree<>();
    Map<KeyRange, Integer> model = new LinkedHashMap<>();
    for (int step = 0; step < 5000; step++) {
      byte[] from = {(byte) random.nextInt(40)};
      byte[] to = {(byte) (from[0] + random.nextInt(12))};
      KeyRange range =
          new KeyRange(Bytes.wrap(from), random.nextInt(8) == 0 ? null : Bytes.wrap(to));
      if (random.nextInt(3) == 0) {
        tree.remove(range);
        model.remove(range);
      } else {
        tree.put(range, step);
        model.put(range, step);
      }
      Bytes key = Bytes.wrap(new byte[] {(byte) random.nextInt(50)});
      List<Integer> found = new ArrayList<>();
      tree.forEachAt(key, found::add);
      assertThat(found)
          .containsExactlyInAnyOrderElementsOf(
              model.entrySet().stream()
                  .filter(entry -> entry.getKey().contains(key))
                  .map(Map.Entry::getValue)
                  .toList());
      assertThat(tree.get(range)).isEqualTo(model.get(range));
      assertThat(tree.isEmpty()).isEqualTo(model.isEmpty());
    }
  }
}
