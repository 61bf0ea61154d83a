package io.quorate.mvcc;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreModelTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void answersAsTheListOfAllRevisions(long seed) {
    Shelf shelf = new Shelf(new MemoryDisk());
    new StoreModelRun(shelf, StoreModelRun.shortKeys(), seed).play(400);
  }
}
